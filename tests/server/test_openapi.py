"""The OpenAPI document: what the dashboard's types are made from, and what random requests are made from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.schemas import APIOperation

from tests.server.program import ServerProcess
from vigie.server.api.openapi import as_text, document
from vigie.server.api.problems import PROBLEM_JSON
from vigie.server.app import build_api

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


def test_the_committed_document_is_the_one_the_server_gives():
    assert COMMITTED.read_text(encoding="utf-8") == as_text(build_api()), "the routes have changed: run `make docs`"


def test_every_route_has_a_stable_name_and_every_error_is_a_problem():
    operations = [operation for methods in document(build_api())["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) >= 17
    assert all(name.islower() and name.isidentifier() for name in names)
    for operation in operations:
        for status, answer in operation["responses"].items():
            is_health = operation["operationId"] == "get_health"
            if int(status) >= 400 and not is_health:
                assert list(answer["content"]) == [PROBLEM_JSON], (operation["operationId"], status)


SCHEMA = schemathesis.openapi.from_dict(document(build_api()))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server that all the random requests go to."""
    with ServerProcess(tmp_path_factory.mktemp("data")).wait_until_up() as server:
        yield server.url


@schemathesis.serializer("multipart/x-mixed-replace")
def _as_it_is(_context: schemathesis.SerializationContext, value: bytes) -> bytes:
    return value


# Not `SCHEMA.parametrize()`: its failures do not come through from the workers of pytest-xdist.
@pytest.mark.parametrize("operation", [found.ok() for found in SCHEMA.get_all_operations()], ids=lambda operation: operation.label)
def test_no_request_that_the_document_allows_or_forbids_is_a_server_error(operation: APIOperation, address: str):
    @given(case=operation.as_strategy())
    @settings(max_examples=25, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case) -> None:
        answer = case.call(base_url=address, timeout=10)
        # 503 and 504 are the contract's own: no bridge is connected here.
        assert answer.status_code < 500 or answer.status_code in {503, 504}, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == [PROBLEM_JSON], answer.text

    ask()
