"""The list of people: who may change it, and what it keeps to itself."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Server
from tests.server.test_pins import ANN, ANN_UNDER_DURESS, BOB, WRONG, add, alerts, audited, set_mode
from vigie.server import people
from vigie.server.pins import MAX_PEOPLE
from vigie.testing import FakeClock


def names(answer: dict[str, Any]) -> list[str]:
    return [person["name"] for person in answer["people"]]


async def test_the_first_person_needs_nobody_and_the_next_somebodys_pin(server: Server):
    assert await server.get("/api/people") == (200, {"people": []})
    assert names(await add(server, "bob", BOB)) == ["bob"]
    status, problem = await server.post("/api/people", {"name": "ann", "pin": ANN})
    assert (status, problem["code"]) == (403, "pin_required")
    status, problem = await server.post("/api/people", {"name": "ann", "pin": ANN, "current_pin": WRONG})
    assert (status, problem["code"]) == (403, "pin_wrong")
    added = await add(server, "ann", ANN, current_pin=BOB)
    assert added == {"people": [{"name": name, "created_at": "2026-11-23T19:00:00.000Z"} for name in ("ann", "bob")]}
    assert await server.get("/api/people") == (200, added)


async def test_no_pin_and_no_hash_is_told_or_stored_in_clear(server: Server, tmp_path: Path):
    await add(server, "ann", "918273", duress_pin="192837")
    told = [str(await server.get(path)) for path in ("/api/people", "/api/audit", "/api/site", "/metrics")]
    assert not [text for text in told if "argon2" in text or "918273" in text or "duress" in text]
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir() if path.is_file())
    assert b"$argon2id$v=19$m=19456,t=2,p=1$" in stored
    assert b"918273" not in stored


async def test_all_pins_of_a_site_are_distinct(server: Server):
    await add(server, "ann", ANN, duress_pin=ANN_UNDER_DURESS)
    for body in [
        {"pin": ANN},
        {"pin": ANN_UNDER_DURESS},
        {"pin": BOB, "duress_pin": ANN},
        {"pin": BOB, "duress_pin": BOB},
    ]:
        status, problem = await server.post("/api/people", {"name": "bob", **body, "current_pin": ANN})
        assert (status, problem["code"]) == (409, "pin_taken"), body
    await add(server, "bob", BOB, current_pin=ANN)
    for change in [{"pin": ANN}, {"duress_pin": BOB}]:
        status, problem = await server.put("/api/people/bob", {**change, "current_pin": ANN})
        assert (status, problem["code"]) == (409, "pin_taken"), change


async def test_who_has_one_pin_cannot_try_those_of_others_by_the_thousand(server: Server, clock: FakeClock, monkeypatch):
    monkeypatch.setattr(people, "MAX_PINS_PER_HOUR", 4)
    await add(server, "ann", ANN)
    await add(server, "bob", BOB, current_pin=ANN)
    pin = BOB
    for guess in ("1000", "1001"):
        assert (await server.put("/api/people/bob", {"pin": guess, "current_pin": pin}))[0] == 200
        pin = guess
    for guess in ("1002", ANN):
        status, problem = await server.put("/api/people/bob", {"pin": guess, "current_pin": pin})
        assert (status, problem["code"]) == (429, "people_changed_often"), "and a taken one is not told apart"
    await clock.advance(3601)
    assert (await server.put("/api/people/bob", {"pin": "1002", "current_pin": pin}))[0] == 200


@pytest.mark.usefixtures("bridge")
async def test_a_changed_pin_works_and_the_old_one_does_not(server: Server):
    await add(server, "ann", ANN, duress_pin=ANN_UNDER_DURESS)
    assert (await server.put("/api/people/ann", {"pin": "2468", "current_pin": ANN}))[0] == 200
    assert (await set_mode(server, "active", ANN))[1]["code"] == "pin_wrong"
    assert (await set_mode(server, "active", "2468"))[0] == 200
    assert (await set_mode(server, "active", ANN_UNDER_DURESS))[0] == 200, "what is not there stays"
    assert (await server.put("/api/people/ann", {"duress_pin": "8642", "current_pin": "2468"}))[0] == 200
    assert (await set_mode(server, "active", ANN_UNDER_DURESS))[1]["code"] == "pin_wrong"
    assert (await server.put("/api/people/ann", {"duress_pin": None, "current_pin": "2468"}))[0] == 200
    assert (await set_mode(server, "active", "8642"))[1]["code"] == "pin_wrong"


@pytest.mark.usefixtures("bridge")
async def test_a_wrong_pin_says_how_many_tries_are_left_and_then_how_long_to_wait(server: Server):
    await add(server, "ann", ANN)
    left = [(await set_mode(server, "active", "8642"))[1]["errors"][0]["tries_left"] for _ in range(3)]
    assert left == [2, 1, 0]
    assert (await set_mode(server, "active", ANN))[1]["code"] == "pin_locked"


async def test_pin_and_duress_pin_may_change_places(server: Server):
    await add(server, "ann", ANN, duress_pin=ANN_UNDER_DURESS)
    swapped = {"pin": ANN_UNDER_DURESS, "duress_pin": ANN, "current_pin": ANN}
    assert (await server.put("/api/people/ann", swapped))[0] == 200
    assert (await server.put("/api/people/ann", {"pin": ANN_UNDER_DURESS, "current_pin": ANN_UNDER_DURESS}))[0] == 200
    assert await alerts(server) == []


@pytest.mark.usefixtures("bridge")
async def test_after_the_last_one_is_removed_no_pin_is_asked_for(server: Server):
    await add(server, "ann", ANN)
    await add(server, "bob", BOB, current_pin=ANN)
    assert (await server.post("/api/people/bob/remove", {}))[1]["code"] == "pin_required"
    status, left = await server.post("/api/people/bob/remove", {"current_pin": BOB})
    assert (status, names(left)) == (200, ["ann"])
    assert (await set_mode(server, "active", BOB))[1]["code"] == "pin_wrong"
    assert names((await server.post("/api/people/ann/remove", {"current_pin": ANN}))[1]) == []
    assert (await set_mode(server, "active"))[0] == 200


async def test_who_is_not_there_or_there_already_is_said(server: Server):
    await add(server, "ann", ANN)
    status, problem = await server.post("/api/people", {"name": "ann", "pin": BOB, "current_pin": ANN})
    assert (status, problem["code"]) == (409, "name_taken")
    for answer in (
        await server.put("/api/people/bob", {"pin": BOB, "current_pin": ANN}),
        await server.post("/api/people/bob/remove", {"current_pin": ANN}),
    ):
        assert (answer[0], answer[1]["code"]) == (404, "unknown_person")
    for name in ("Ann", "-ann", "a" * 33, "a/b", "", "ännchen"):
        assert (await server.post("/api/people", {"name": name, "pin": BOB, "current_pin": ANN}))[0] == 422, name


async def test_a_duress_pin_given_to_change_people_changes_them_and_alerts(server: Server):
    await add(server, "ann", ANN, duress_pin=ANN_UNDER_DURESS)
    assert names(await add(server, "bob", BOB, current_pin=ANN_UNDER_DURESS)) == ["ann", "bob"]
    assert [(alert["type"], alert["silent"]) for alert in await alerts(server)] == [("duress", True)]
    newest = (await audited(server))[0]
    assert (newest["actor"], newest["action"]) == ("ann", "person_added")


async def test_wrong_pins_for_people_and_for_the_mode_are_counted_together(server: Server):
    await add(server, "ann", ANN)
    await set_mode(server, "active", WRONG)
    await server.put("/api/people/ann", {"pin": BOB, "current_pin": WRONG})
    await server.post("/api/people/ann/remove", {"current_pin": WRONG})
    assert (await server.post("/api/people", {"name": "bob", "pin": BOB, "current_pin": ANN}))[0] == 429


async def test_two_first_people_at_once_leave_one_who_needed_no_pin(server: Server):
    answers = await asyncio.gather(*(server.post("/api/people", {"name": f"p{n}", "pin": f"100{n}"}) for n in range(5)))
    assert sorted(status for status, _ in answers) == [201, 403, 403, 403, 403]


async def test_there_is_a_limit_to_the_people(server: Server, tmp_path: Path):
    await add(server, "ann", ANN)
    with sqlite3.connect(tmp_path / "data" / "vigie.db") as database:
        for number in range(MAX_PEOPLE - 1):
            database.execute("INSERT INTO people SELECT ?, 'broken', NULL, 0 FROM people WHERE name = 'ann'", (f"p{number}",))
    database.close()
    status, problem = await server.post("/api/people", {"name": "bob", "pin": BOB, "current_pin": ANN})
    assert (status, problem["code"]) == (409, "too_many_people")


async def test_no_body_of_any_bytes_is_a_server_error_or_gets_past_the_pin(server: Server):
    await add(server, "ann", ANN)
    bodies = [
        *(b"", b"null", b"[]", b"7", b'"1234"', b"\xff\xfe", b"{", b"[" * 100_000, b'{"pin":' * 50_000),
        b'{"name": "bob", "pin": 1e999, "current_pin": NaN}',
        b'{"name": "bob", "pin": ' + b"1" * 5000 + b"}",
        b'{"name": "b\\u0000b", "pin": "1111"}',
        b'{"name": "bob", "pin": "\\ud800", "current_pin": "\\ud800"}',
        b'{"name": "bob", "pin": "567890", "current_pin": {"$ne": null}}',
        b'{"name": "bob", "pin": "567890", "current_pin": ""}',
        b'{"name": "bob", "pin": "567890", "current_pin": null}',
    ]
    for method, path in [
        ("POST", "/api/people"),
        ("PUT", "/api/people/ann"),
        ("POST", "/api/people/ann/remove"),
        ("PUT", "/api/mode"),
    ]:
        for body in bodies:
            headers = {"Content-Type": "application/json"}
            async with server.http.request(method, path, data=body, headers=headers) as answer:
                assert (answer.status in {400, 403, 422}, answer.content_type) == (True, "application/problem+json"), body[:50]
    assert names((await server.get("/api/people"))[1]) == ["ann"]
    assert [entry["action"] for entry in await audited(server)] == ["person_added"], "none of it was a try"
