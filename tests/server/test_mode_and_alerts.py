"""The site's mode, and the alerts that detections open while the site is guarded."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Browser, FakeBridge, Server, bridge_on, event, running_server
from vigie.testing.fake_clock import FakeClock


def record(mode: str, *stamp: Any) -> dict[str, Any]:
    return {"mode": mode, "stamp": list(stamp), "changed_by": "someone"}


async def test_nobody_knows_the_mode_before_a_bridge_has_said_it(server: Server, bridge: FakeBridge, browser: Browser):
    status, state = await server.get("/api/mode")
    assert (status, state["mode"], state["known"]) == (200, "active", False)
    assert await bridge.say("mode", record("night", 5, 0, "pi")) == {}
    _, state = await server.get("/api/mode")
    assert (state["mode"], state["known"], state["changed_by"]) == ("night", True, "someone")
    assert await browser.next("mode") == state


async def test_the_newest_stamp_wins_whatever_the_order(server: Server, bridge: FakeBridge, browser: Browser):
    for said in (record("night", 5, 0, "pi"), record("surveillance", 4, 9, "pi"), record("night", 5, 0, "pi")):
        assert await bridge.say("mode", said) == {}
    assert (await server.get("/api/mode"))[1]["mode"] == "night"
    await bridge.say("mode", record("active", 5, 1, "pi"))
    await browser.next("mode", lambda mode: mode["mode"] == "active")
    assert len(browser.heard("mode")) == 2


async def test_a_stamp_from_a_broken_clock_is_not_believed(server: Server, bridge: FakeBridge):
    answer = await bridge.say("mode", record("night", 2**62, 0, "pi"))
    assert "2100" in answer["error"]
    assert (await server.get("/api/mode"))[1]["known"] is False


async def test_a_change_is_answered_once_the_broker_has_it(server: Server, bridge: FakeBridge, browser: Browser):
    await bridge.say("mode", record("active", 2**50 // 1000, 7, "pi"))
    status, state = await server.put("/api/mode", {"mode": "surveillance"})
    assert (status, state["mode"], state["known"]) == (200, "surveillance", True)
    [asked] = bridge.modes
    assert asked["stamp"] > [2**50 // 1000, 7, "pi"]
    await browser.next("mode", lambda mode: mode["mode"] == "surveillance")
    assert await bridge.say("mode", asked) == {}
    assert len(browser.heard("mode")) == 2


async def test_an_unconfirmed_change_is_a_503_and_changes_nothing(server: Server, bridge: FakeBridge):
    for answer in [{"status": "no_broker", "reason": "MQTT is down"}, {"error": "x"}, None, "done", []]:
        bridge.mode_answer = answer
        status, problem = await server.put("/api/mode", {"mode": "night"})
        assert (status, "nothing was changed" in problem["detail"]) == (503, True)
        assert (await server.get("/api/mode"))[1]["mode"] == "active"


async def test_a_server_that_is_behind_learns_the_sites_mode_and_says_its_own_again(server: Server, bridge: FakeBridge):
    newer = record("surveillance", 1_900_000_000_000, 7, "pi")
    bridge.mode_answers = [{"status": "behind", "record": newer}]
    status, state = await server.put("/api/mode", {"mode": "night"})
    assert (status, state["mode"]) == (200, "night")
    assert [asked["stamp"] > newer["stamp"] for asked in bridge.modes] == [False, True]


async def test_one_that_is_behind_again_and_again_changes_nothing(server: Server, bridge: FakeBridge):
    bridge.mode_answer = {"status": "behind", "record": record("surveillance", 1_900_000_000_000, 7, "pi")}
    status, problem = await server.put("/api/mode", {"mode": "night"})
    assert (status, "nothing was changed" in problem["detail"]) == (503, True)
    assert (await server.get("/api/mode"))[1]["mode"] == "surveillance"


async def test_a_behind_without_a_record_is_a_503(server: Server, bridge: FakeBridge):
    bridge.mode_answer = {"status": "behind"}
    assert (await server.put("/api/mode", {"mode": "night"}))[0] == 503


async def test_a_change_without_a_bridge_is_a_503(server: Server):
    status, _ = await server.put("/api/mode", {"mode": "night"})
    assert status == 503


async def test_an_unknown_mode_is_a_422(server: Server, bridge: FakeBridge):
    status, problem = await server.put("/api/mode", {"mode": "party"})
    assert (status, problem["errors"][0]["loc"]) == (422, ["body", "mode"])
    assert bridge.modes == []


@pytest.mark.usefixtures("bridge")
async def test_a_detection_opens_an_alert_only_while_the_site_is_guarded(server: Server, browser: Browser):
    await server.post("/api/events", event(1))
    assert await server.get("/api/alerts") == (200, {"alerts": []})
    await server.put("/api/mode", {"mode": "surveillance"})
    await server.post(
        "/api/events", [event(2), event(3, type="motion_ended"), event(4, type="humidity", sensor="humidity"), event(2)]
    )
    _, listed = await server.get("/api/alerts")
    [alert] = listed["alerts"]
    assert alert["event_id"] == "event-2"
    assert (alert["state"], alert["mode"], alert["location"], alert["sensor"]) == ("open", "surveillance", "entrance", "motion")
    assert await browser.next("alert") == alert
    assert "vigie_alerts_open 1.0" in (await server.get("/metrics"))[1]


@pytest.mark.usefixtures("bridge")
async def test_a_late_detection_opens_an_alert_that_says_so(server: Server):
    await server.put("/api/mode", {"mode": "night"})
    await server.post("/api/events", [event(1, late=True)])
    assert [alert["late"] for alert in (await server.get("/api/alerts"))[1]["alerts"]] == [True]


@pytest.mark.usefixtures("bridge")
async def test_an_alert_is_acknowledged_once_and_told(server: Server, browser: Browser, clock: FakeClock):
    await server.put("/api/mode", {"mode": "surveillance"})
    await server.post("/api/events", event(1))
    status, acknowledged = await server.post("/api/alerts/1/acknowledge")
    assert (status, acknowledged["state"], acknowledged["acknowledged_at"]) == (200, "acknowledged", "2026-11-23T19:00:00.000Z")
    assert await browser.next("alert", lambda alert: alert["state"] == "acknowledged") == acknowledged
    clock.turn(60)
    assert await server.post("/api/alerts/1/acknowledge") == (200, acknowledged)
    assert len(browser.heard("alert")) == 2
    assert await server.get("/api/alerts", state="open") == (200, {"alerts": []})


async def test_an_alert_that_never_was_is_a_404(server: Server):
    status, problem = await server.post("/api/alerts/77/acknowledge")
    assert (status, "77" in problem["detail"]) == (404, True)
    assert (await server.post("/api/alerts/zero/acknowledge"))[0] == 422


@pytest.mark.usefixtures("bridge")
async def test_alerts_page_downwards(server: Server):
    await server.put("/api/mode", {"mode": "surveillance"})
    await server.post("/api/events", [event(seq) for seq in range(1, 31)])
    _, first = await server.get("/api/alerts", limit=20)
    _, second = await server.get("/api/alerts", limit=20, before=first["alerts"][-1]["id"])
    assert [alert["id"] for alert in first["alerts"] + second["alerts"]] == list(range(30, 0, -1))


async def test_mode_and_alerts_survive_a_restart(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server, bridge_on(server):
        await server.put("/api/mode", {"mode": "surveillance"})
        await server.post("/api/events", event(1))
    async with running_server(tmp_path, clock) as server:
        assert (await server.get("/api/mode"))[1]["mode"] == "surveillance"
        await server.post("/api/events", event(2))
        assert [alert["event_id"] for alert in (await server.get("/api/alerts"))[1]["alerts"]] == ["event-2", "event-1"]


async def test_two_changes_at_once_leave_one_mode_everywhere(server: Server, bridge: FakeBridge):
    answers = await asyncio.gather(*(server.put("/api/mode", {"mode": mode}) for mode in ("night", "surveillance") * 5))
    assert {status for status, _ in answers} == {200}
    newest = max(bridge.modes, key=lambda asked: asked["stamp"])
    assert (await server.get("/api/mode"))[1]["mode"] == newest["mode"]
    assert len({tuple(asked["stamp"]) for asked in bridge.modes}) == 10
