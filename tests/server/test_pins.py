"""PINs: what asks for one, what becomes of a wrong one, what a duress PIN does."""

import asyncio
import math
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Browser, FakeBridge, Server, bridge_on, running_server
from vigie.testing.fake_clock import FakeClock

ANN, BOB, ANN_UNDER_DURESS, WRONG = "1234", "567890", "4321", "0000"


async def add(server: Server, name: str, pin: str, **more: Any) -> Any:
    status, answer = await server.post("/api/people", {"name": name, "pin": pin, **more})
    assert status == 201, answer
    return answer


async def set_mode(server: Server, mode: str, pin: str | None = None, **more: Any) -> tuple[int, Any]:
    return await server.put("/api/mode", {"mode": mode, **({} if pin is None else {"pin": pin}), **more})


async def mode_of(server: Server) -> str:
    return (await server.get("/api/mode"))[1]["mode"]


async def alerts(server: Server) -> list[dict[str, Any]]:
    return (await server.get("/api/alerts"))[1]["alerts"]


async def audited(server: Server, **params: Any) -> list[dict[str, Any]]:
    return (await server.get("/api/audit", **params))[1]["entries"]


@pytest.fixture
async def guarded(server: Server, bridge: FakeBridge) -> Server:
    """A site on guard, where Ann has a PIN."""
    assert bridge.modes == []
    await add(server, "ann", ANN, duress_pin=ANN_UNDER_DURESS)
    assert (await set_mode(server, "surveillance"))[0] == 200
    return server


@pytest.mark.usefixtures("bridge")
async def test_without_people_no_pin_is_asked_for(server: Server):
    for mode in ("surveillance", "night", "active", "active"):
        status, state = await set_mode(server, mode)
        assert (status, state["mode"], state["changed_by"]) == (200, mode, "dashboard")
    assert (await set_mode(server, "night", WRONG))[0] == 200


async def test_lessening_the_guard_asks_for_a_pin_and_arming_does_not(guarded: Server):
    for mode in ("active", "night"):
        status, problem = await set_mode(guarded, mode)
        assert (status, problem["code"]) == (403, "pin_required")
    assert (await set_mode(guarded, "surveillance"))[0] == 200
    assert await mode_of(guarded) == "surveillance"
    assert (await set_mode(guarded, "active", ANN))[0] == 200
    assert (await set_mode(guarded, "active"))[1]["code"] == "pin_required"
    assert (await set_mode(guarded, "night"))[0] == 200


async def test_nobody_opens_the_house_for_an_exit_delay_by_going_from_night_to_surveillance_without_a_pin(guarded: Server):
    assert (await set_mode(guarded, "night", ANN))[0] == 200
    assert (await set_mode(guarded, "surveillance"))[1]["code"] == "pin_required"
    assert await mode_of(guarded) == "night"
    assert (await set_mode(guarded, "surveillance", ANN))[0] == 200


async def test_the_record_says_whose_pin_it_was_and_from_where(guarded: Server, bridge: FakeBridge):
    await add(guarded, "bob", BOB, current_pin=ANN)
    _, state = await set_mode(guarded, "active", BOB)
    assert (state["changed_by"], state["changed_from"]) == ("bob", "page 127.0.0.1")
    assert (bridge.modes[-1]["changed_by"], bridge.modes[-1]["changed_from"]) == ("bob", "page 127.0.0.1")
    assert (await set_mode(guarded, "surveillance", ANN))[1]["changed_by"] == "ann"
    assert (await set_mode(guarded, "surveillance"))[1]["changed_by"] == "dashboard"


async def test_a_wrong_pin_changes_nothing_and_says_what_is_left(guarded: Server):
    details = []
    for _ in range(3):
        status, problem = await set_mode(guarded, "active", WRONG)
        assert (status, problem["code"]) == (403, "pin_wrong")
        details.append(problem["detail"])
    assert ["2 more tries" in details[0], "1 more try " in details[1], "in 30 s" in details[2]] == [True, True, True]
    assert await mode_of(guarded) == "surveillance"


async def test_waits_double_and_the_right_pin_waits_too(guarded: Server, clock: FakeClock):
    for _ in range(3):
        await set_mode(guarded, "active", WRONG)
    for wait_s in (30, 60, 120):
        async with guarded.http.put("/api/mode", json={"mode": "active", "pin": ANN}) as answer:
            problem = await answer.json(content_type=None)
            assert (answer.status, problem["code"], answer.headers["Retry-After"]) == (429, "pin_locked", str(wait_s))
        clock.turn(wait_s - 0.5)
        assert (await set_mode(guarded, "active", ANN))[0] == 429
        clock.turn(0.5)
        assert (await set_mode(guarded, "active", WRONG))[0] == 403
    clock.turn(240)
    assert (await set_mode(guarded, "active", ANN))[0] == 200
    assert "2 more tries" in (await set_mode(guarded, "active", WRONG))[1]["detail"]


async def test_after_the_tenth_nobody_can_try_however_long_they_wait(guarded: Server, clock: FakeClock):
    tried = 0
    for _ in range(30):
        tried += (await set_mode(guarded, "active", WRONG))[0] == 403
        clock.turn(24 * 3600)
    assert tried == 10
    async with guarded.http.put("/api/mode", json={"mode": "active", "pin": ANN}) as answer:
        assert (answer.status, "Retry-After" in answer.headers) == (429, False)
        assert "vigie pin unlock" in (await answer.json(content_type=None))["detail"]
    assert [entry["action"] for entry in (await audited(guarded))[:2]] == ["pin_closed", "pin_failed"]


async def test_a_wall_clock_that_jumps_shortens_no_wait(guarded: Server, clock: FakeClock):
    for _ in range(3):
        await set_mode(guarded, "active", WRONG)
    now = clock.now()
    for year in (2030, 1971):
        clock.set_wall(now.replace(year=year))
        assert (await set_mode(guarded, "active", ANN))[0] == 429


async def test_the_lockout_survives_a_restart(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server:
        await add(server, "ann", ANN)
        for _ in range(3):
            await set_mode(server, "active", WRONG)
    clock.turn(10)
    async with running_server(tmp_path, clock) as server, bridge_on(server):
        async with server.http.put("/api/mode", json={"mode": "active", "pin": ANN}) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "20")
        clock.turn(20)
        assert (await set_mode(server, "active", ANN))[0] == 200


async def test_guesses_at_the_same_moment_are_counted_one_by_one(guarded: Server):
    answers = await asyncio.gather(*(set_mode(guarded, "active", f"{number:04}") for number in range(50)))
    assert sorted(status for status, _ in answers) == [403] * 3 + [429] * 47


async def test_from_the_third_failure_on_there_is_one_open_alert(guarded: Server, browser: Browser, clock: FakeClock):
    await set_mode(guarded, "active", WRONG)
    await set_mode(guarded, "active", WRONG)
    assert await alerts(guarded) == []
    for _ in range(3):
        await set_mode(guarded, "active", WRONG)
        clock.turn(3600)
    [alert] = await alerts(guarded)
    assert (alert["type"], alert["device_id"], alert["mode"], alert["silent"]) == ("pin_failed", "server", "surveillance", False)
    assert await browser.next("alert") == alert
    await guarded.post(f"/api/alerts/{alert['id']}/acknowledge")
    await set_mode(guarded, "active", WRONG)
    assert [one["state"] for one in await alerts(guarded)] == ["open", "acknowledged"]


async def test_a_duress_pin_disarms_like_the_persons_own_and_alerts_silently(guarded: Server, browser: Browser):
    _, state = await set_mode(guarded, "active", ANN_UNDER_DURESS)
    assert (state["mode"], state["changed_by"]) == ("active", "ann")
    [alert] = await alerts(guarded)
    assert (alert["type"], alert["silent"], alert["state"]) == ("duress", True, "open")
    assert await browser.next("alert") == alert
    assert "duress" not in str((await guarded.get("/api/audit"))[1])
    await set_mode(guarded, "active", ANN_UNDER_DURESS)
    assert len(await alerts(guarded)) == 2


async def test_a_duress_alert_stands_also_where_the_mode_could_not_be_changed(guarded: Server, bridge: FakeBridge):
    bridge.mode_answer = {"status": "no_broker", "reason": "MQTT is down"}
    assert (await set_mode(guarded, "active", ANN_UNDER_DURESS))[0] == 503
    assert [alert["type"] for alert in await alerts(guarded)] == ["duress"]


async def test_a_pin_that_is_given_is_tried_also_where_none_is_needed(guarded: Server):
    await set_mode(guarded, "active", ANN)
    assert (await set_mode(guarded, "surveillance", WRONG))[1]["code"] == "pin_wrong"
    assert (await set_mode(guarded, "surveillance", ANN_UNDER_DURESS))[0] == 200
    assert [alert["type"] for alert in await alerts(guarded)] == ["duress"]


async def test_arming_again_with_more_bypassed_asks_for_a_pin(guarded: Server):
    bypass = ["raspberry-01/motion"]
    assert (await set_mode(guarded, "surveillance", bypass=bypass))[1]["code"] == "pin_required"
    assert (await set_mode(guarded, "surveillance", ANN, bypass=bypass))[1]["bypass"] == bypass
    assert (await set_mode(guarded, "surveillance", bypass=bypass))[0] == 200


async def test_what_is_no_pin_is_a_422_and_no_try(guarded: Server):
    for pin in ["", "123", "1" * 13, "12a4", "１２３４", " 1234", "1234\n", 1234, ["1234"], {"pin": "1234"}, True, math.pi]:
        status, problem = await guarded.put("/api/mode", {"mode": "active", "pin": pin})
        assert (status, problem["errors"][0]["loc"]) == (422, ["body", "pin"]), pin
        assert str(pin) not in problem["detail"] or pin in ("", True)
    assert "2 more tries" in (await set_mode(guarded, "active", WRONG))[1]["detail"]
