"""Who is at the server's very machine, by what a request shows; and which rights contain which."""

import pytest

from vigie.cli import people
from vigie.domain.access import RIGHTS_OF_ROLE, RIGHTS_OF_SCOPE, Knock, Right, Role, Scope, is_at_the_machine

OWNER = {"peer": "127.0.0.1", "host": "127.0.0.1:8000", "origin": None}


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"host": "localhost:8000", "origin": "http://localhost:8000"},
        {"peer": "::1", "host": "[::1]:8000", "origin": "http://[::1]:8000"},
        {"peer": "::ffff:127.0.0.1"},
    ],
)
def test_the_owner_at_the_machine(shown: dict[str, str]):
    assert is_at_the_machine(Knock(**{**OWNER, **shown}), on_loopback=True)


@pytest.mark.parametrize(
    "shown",
    [
        {"peer": "192.168.1.7"},
        {"peer": ""},
        {"peer": "localhost"},
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": ""},
        {"host": "[::1"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"is_forwarded": True},
    ],
)
def test_anything_that_is_not_the_owners_is_nobody_at_the_machine(shown: dict[str, str]):
    assert not is_at_the_machine(Knock(**{**OWNER, **shown}), on_loopback=True)


def test_nobody_is_at_the_machine_of_a_server_that_the_network_reaches():
    assert not is_at_the_machine(Knock(**OWNER), on_loopback=False)


def test_each_role_may_all_that_those_before_it_may_and_a_bridge_looks_at_nothing():
    viewer, operator, admin = (RIGHTS_OF_ROLE[role] for role in Role)
    assert viewer < operator < admin
    assert RIGHTS_OF_SCOPE[Scope.INGEST] == {Right.DELIVER, Right.FOLLOW_UP}
    assert all(Right.OWN_ACCOUNT not in rights for rights in RIGHTS_OF_SCOPE.values())


def test_the_command_line_offers_what_there_is_without_importing_it():
    assert (*people.ROLES,) == tuple(Role)
    assert (*people.SCOPES,) == tuple(Scope)
