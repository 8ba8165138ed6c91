"""A new Pi at the server: who makes codes and confirms, what a Pi is told, and what the log has of it."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.server.access import peopled
from tests.server.enrolling import FILES, APi, FakeCertifier, certifying
from tests.server.running import Server, running_server
from vigie.domain.enrolment import LIFE_S, PRESENT_S
from vigie.domain.join_code import parse_code
from vigie.server.api.schemas import NOBODY
from vigie.testing.fake_clock import FakeClock


class Enrolling(NamedTuple):
    """`anna` is an admin. Where nobody has an account, everybody at this machine is."""

    anna: Server
    stranger: Server
    certifier: FakeCertifier

    async def code(self) -> str:
        status, made = await self.anna.post("/api/enrolment")
        assert status == 201, made
        return str(made["code"])

    async def a_pi(self, ticket: str = "t") -> APi:
        return APi(self.stranger, await self.code(), ticket)

    async def confirm(self, number: str, **more: Any) -> tuple[int, Any]:
        return await self.anna.post("/api/enrolment/confirm", {"check_number": number, **more})

    async def log(self) -> list[tuple[str, str, dict[str, Any]]]:
        _, page = await self.anna.get("/api/audit")
        return [(one["action"], one["actor"], one["detail"]) for one in page["entries"] if "enrolment" in one["action"]]


@pytest.fixture
async def here(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Enrolling]:
    async with certifying(tmp_path) as (certifier, settings), running_server(tmp_path / "data", clock, **settings) as server:
        yield Enrolling(server, server, certifier)


def refusal(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["code"]


async def test_from_the_code_to_the_files(here: Enrolling, clock: FakeClock):
    pi = await here.a_pi()
    assert (await here.anna.get("/api/enrolment"))[1]["stage"] == "open"
    status, asked = await pi.ask(camera="picamera2")
    assert (status, len(asked["check_number"]), asked["left_s"]) == (202, 6, LIFE_S)
    assert await pi.answer() == (200, {"files": None})
    _, state = await here.anna.get("/api/enrolment")
    assert state["request"] == {
        "device_id": "raspberry-03",
        "camera": "picamera2",
        "address": "127.0.0.1",
        "check_number": asked["check_number"],
        "waits": True,
    }
    status, state = await here.confirm(asked["check_number"])
    assert (status, state["stage"]) == (200, "signed")
    order = {"device": "raspberry-03", "camera": "picamera2", "key_switch": False, "etc": "/etc/vigie", "replace": False}
    assert here.certifier.asked == [order]
    assert await pi.answer() == (200, {"files": FILES})
    assert refusal(await pi.answer()) == (410, "code_over")
    assert (await here.anna.get("/api/enrolment"))[1]["stage"] == "taken"


async def test_it_takes_a_person_not_a_token_and_nobody_sees_anothers_code(tmp_path: Path, clock: FakeClock):
    async with certifying(tmp_path) as (certifier, settings), peopled(tmp_path / "data", clock, **settings) as site:
        here = Enrolling(site.people["anna"], await site.stranger(), certifier)
        program = await site.with_token("script", "admin")
        assert (await program.get("/api/audit"))[0] == 200
        for answer in (await program.post("/api/enrolment"), await program.get("/api/enrolment")):
            assert refusal(answer) == (403, "not_allowed")
        pi = await here.a_pi()
        number = (await pi.ask())[1]["check_number"]
        await here.anna.patch("/api/users/otto", {"role": "admin"})
        otto = here._replace(anna=site.people["otto"])
        assert (await otto.anna.get("/api/enrolment"))[1]["request"] is None
        assert refusal(await otto.confirm(number)) == (409, "nothing_asked")
        assert (await here.confirm(number))[0] == 200
        assert await here.log() == [
            ("enrolment_confirmed", "anna", {"name": "raspberry-03", "address": "127.0.0.1", "replace": False}),
            ("enrolment_opened", "anna", {}),
        ]


async def test_a_code_is_seen_once_fits_the_authority_that_anybody_may_have_and_nonsense_uses_nothing_up(here: Enrolling):
    _, made = await here.anna.post("/api/enrolment")
    _, state = await here.anna.get("/api/enrolment")
    assert made["code"][:4] not in str(state)
    _, authority = await here.stranger.get("/api/enrolment/authority")
    assert parse_code(made["code"]).is_of(ssl.PEM_cert_to_DER_cert(authority["certificate"].strip()))
    assert "KEY" not in authority["certificate"]
    pi = APi(here.stranger, made["code"])
    for wrong in (
        {"device_id": "../etc"},
        {"device_id": "A"},
        {"camera": "x"},
        {"etc": "etc"},
        {"etc": '/a"\n'},
        {"secret": "x" * 99},
    ):
        assert (await pi.ask(**wrong))[0] == 422, wrong
    assert (await here.anna.get("/api/enrolment"))[1]["stage"] == "open", "it has used nothing up"


async def test_a_second_use_changes_nothing_but_the_same_pi_may_ask_again(here: Enrolling):
    code = await here.code()
    pi, thief = APi(here.stranger, code), APi(here.stranger, code, "x")
    first = await pi.ask()
    assert (await pi.ask(device_id="raspberry-04"))[1]["check_number"] == first[1]["check_number"]
    assert refusal(await thief.ask()) == (410, "code_over")
    assert refusal(await thief.answer()) == (403, "unknown_code")


async def test_who_asked_is_refused_and_told_so(here: Enrolling):
    pi = await here.a_pi()
    number = (await pi.ask())[1]["check_number"]
    status, state = await here.anna.delete("/api/enrolment")
    assert (status, state["stage"]) == (200, "refused")
    status, problem = await pi.answer()
    assert (status, problem["detail"]) == (410, "it was refused on the page")
    assert refusal(await here.confirm(number)) == (409, "nothing_asked")
    assert here.certifier.asked == []
    assert (await here.log())[0] == ("enrolment_refused", NOBODY, {"name": "raspberry-03", "address": "127.0.0.1"})


async def test_ten_minutes_and_a_pi_that_went_away(here: Enrolling, clock: FakeClock):
    late = await here.a_pi()
    clock.turn(LIFE_S)
    status, problem = await late.ask()
    assert (status, problem["stage"]) == (410, "expired")
    pi = await here.a_pi()
    number = (await pi.ask())[1]["check_number"]
    clock.turn(PRESENT_S + 1)
    assert (await here.anna.get("/api/enrolment"))[1]["request"]["waits"] is False
    assert refusal(await here.confirm(number)) == (409, "pi_away")
    clock.turn(LIFE_S)
    assert (await here.anna.get("/api/enrolment"))[1]["stage"] == "expired"
    assert (await pi.answer())[1]["stage"] == "expired"


async def test_wrong_codes_are_slowed_down_and_none_is_good_after_a_restart(tmp_path: Path, clock: FakeClock):
    async with certifying(tmp_path) as (_, settings):
        async with running_server(tmp_path / "data", clock, **settings) as server:
            code = (await server.post("/api/enrolment"))[1]["code"]
        async with running_server(tmp_path / "data", clock, **settings) as server:
            assert refusal(await APi(server, code).ask()) == (403, "unknown_code")
            answers = [refusal(await APi(server, "ABCDEFGHJK").ask()) for _ in range(5)]
            assert answers == [(403, "unknown_code")] * 4 + [(429, "codes_locked")]
            clock.turn(30)
            assert refusal(await APi(server, "ABCDEFGHJK").ask()) == (403, "unknown_code")


async def test_a_name_that_is_taken_is_replaced_only_when_that_is_said(here: Enrolling):
    pi = await here.a_pi()
    number = (await pi.ask())[1]["check_number"]
    here.certifier.answer = {"error": "it is there", "code": "device_exists"}
    assert refusal(await here.confirm(number)) == (409, "device_exists")
    assert await pi.answer() == (200, {"files": None}), "it goes on to wait"
    here.certifier.answer = {"files": FILES}
    assert (await here.confirm(number, replace=True))[0] == 200
    assert [order["replace"] for order in here.certifier.asked] == [False, True]


async def test_what_was_not_signed_is_said_and_can_be_tried_again(here: Enrolling):
    pi = await here.a_pi()
    number = (await pi.ask())[1]["check_number"]
    for answer in (None, [], {"files": {}}, {"error": "the disk is full"}, {"files": "x" * 300_000}):
        here.certifier.answer = answer
        assert refusal(await here.confirm(number)) == (503, "not_signed")
        assert await pi.answer() == (200, {"files": None})
    here.certifier.answer = {"files": FILES}
    assert (await here.confirm(number))[0] == 200


async def test_a_server_that_cannot_sign_says_so(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path / "data", clock) as server:
        assert (await server.get("/api/enrolment"))[1]["can_sign"] is False
        status, problem = await server.post("/api/enrolment")
        assert (status, problem["code"]) == (503, "cannot_sign")
        assert "vigie provision" in problem["detail"]
    nowhere = {"enrol_socket": tmp_path / "none", "enrol_authority": tmp_path / "none"}
    async with running_server(tmp_path / "other", clock, **nowhere) as server:
        assert refusal(await server.get("/api/enrolment/authority")) == (503, "authority_unreadable")
