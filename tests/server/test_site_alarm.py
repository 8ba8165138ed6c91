"""`GET /api/alarm` and the news `guard`: the alarms of all Pis as one answer."""

from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Browser, FakeBridge, Server, bridge_on, running_server
from vigie.testing.fake_clock import FakeClock

MAT = {"sensor": "button", "kind": "button", "type": "delayed", "modes": ["surveillance"], "open": True, "location": "entrance"}


async def say_alarm(
    bridge: FakeBridge, state: str, device_id: str = "raspberry-01", *, retained: bool = False, **more: Any
) -> None:
    body = {"state": state, "mode": "surveillance", **more}
    assert await bridge.say("state", {"device_id": device_id, "part": "alarm", "body": body, "retained": retained}) == {}


async def armed(bridge: FakeBridge) -> None:
    await bridge.say("health", {"broker_connected": True})
    await bridge.say("mode", {"mode": "surveillance", "stamp": [1, 0, "pi"]})
    await bridge.device_online()
    await say_alarm(bridge, "armed", zones=[MAT])


async def alarm_of(server: Server) -> dict[str, Any]:
    status, alarm = await server.get("/api/alarm")
    assert status == 200
    return alarm


async def test_of_a_site_that_nobody_has_spoken_of_nothing_is_known(server: Server):
    alarm = await alarm_of(server)
    assert (alarm["state"], alarm["watching"], alarm["mode"]) == ("unknown", False, None)
    assert [trouble["code"] for trouble in alarm["unknown"]] == ["bridge_absent", "mode_unknown", "no_agent"]


async def test_an_armed_site_is_one_answer(server: Server, bridge: FakeBridge):
    await armed(bridge)
    assert await alarm_of(server) == {
        "state": "armed",
        "mode": "surveillance",
        "watching": True,
        "until": None,
        "remaining_s": None,
        "devices": [
            {
                "device_id": "raspberry-01",
                "state": "armed",
                "online": True,
                "zone": None,
                "cause": None,
                "until": None,
                "remaining_s": None,
                "mode": "surveillance",
            }
        ],
        "zones": [
            {
                **MAT,
                "device_id": "raspberry-01",
                "guards": False,
                "bypassed": False,
                "must_close": False,
                "self_closing": False,
                "preset": None,
                "filters": {},
            }
        ],
        "open": {"surveillance": ["raspberry-01/button"], "night": []},
        "unknown": [],
    }


async def test_prometheus_is_told_too(server: Server, bridge: FakeBridge):
    await armed(bridge)
    figures = (await server.get("/metrics"))[1].splitlines()
    assert "vigie_alarm_watching 1.0" in figures
    assert 'vigie_alarm_state{device_id="raspberry-01",state="armed"} 1.0' in figures
    assert 'vigie_alarm_state{device_id="raspberry-01",state="triggered"} 0.0' in figures


async def test_browsers_are_told_of_a_change_at_once_and_not_of_a_countdown(
    server: Server, bridge: FakeBridge, browser: Browser, clock: FakeClock
):
    await armed(bridge)
    await browser.next("guard", lambda alarm: alarm["watching"])
    await say_alarm(bridge, "pending", zone="button", cause="event-1", remaining_s=30.0)
    pending = await browser.next("guard", lambda alarm: alarm["state"] == "pending")
    assert (pending["remaining_s"], pending["devices"][0]["cause"]) == (30.0, "event-1")
    told = len(browser.heard("guard"))
    await clock.advance(10)
    assert (await alarm_of(server))["remaining_s"] == 20.0
    assert len(browser.heard("guard")) == told


async def test_a_state_that_is_said_again_after_a_reconnect_counts_on_from_where_it_was(
    server: Server, bridge: FakeBridge, clock: FakeClock
):
    await armed(bridge)
    for zones in ([], [], [MAT]):
        await say_alarm(bridge, "pending", remaining_s=30.0, zones=zones)
        clock.turn(5)
    assert (await alarm_of(server))["remaining_s"] == 15.0
    await say_alarm(bridge, "pending", remaining_s=30.0, cause="event-2")
    assert (await alarm_of(server))["remaining_s"] == 30.0


async def test_what_the_broker_remembers_has_no_countdown(server: Server, bridge: FakeBridge):
    await armed(bridge)
    await say_alarm(bridge, "pending", remaining_s=30.0, retained=True)
    alarm = await alarm_of(server)
    assert (alarm["state"], alarm["remaining_s"]) == ("pending", None)


async def test_a_pi_that_falls_silent_ends_the_watching(bridge: FakeBridge, browser: Browser, clock: FakeClock):
    await armed(bridge)
    await browser.next("guard", lambda alarm: alarm["watching"])
    await clock.advance(32)
    alarm = await browser.next("guard", lambda alarm: "silent" in str(alarm["unknown"]))
    assert (alarm["state"], alarm["watching"], [trouble["code"] for trouble in alarm["unknown"]]) == ("unknown", False, ["silent"])
    assert alarm["zones"][0]["open"] is None


async def test_after_a_restart_nothing_is_believed_until_it_is_heard_again(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server, bridge_on(server) as bridge:
        await armed(bridge)
        await say_alarm(bridge, "pending", remaining_s=30.0)
    async with running_server(tmp_path, clock) as server, bridge_on(server) as bridge:
        await bridge.say("health", {"broker_connected": True})
        alarm = await alarm_of(server)
        assert (alarm["state"], alarm["watching"], alarm["devices"][0]["remaining_s"]) == ("unknown", False, None)
        await bridge.heartbeat()
        alarm = await alarm_of(server)
        assert (alarm["state"], alarm["watching"], alarm["remaining_s"]) == ("pending", True, None)


@pytest.mark.parametrize("body", [{"state": "armed"}, {"state": 3, "mode": []}, {"zones": "x", "state": "armed", "mode": "night"}])
async def test_a_state_of_any_shape_is_a_reason_to_doubt(server: Server, bridge: FakeBridge, body: dict[str, Any]):
    await armed(bridge)
    assert await bridge.say("state", {"device_id": "raspberry-01", "part": "alarm", "body": body}) == {}
    alarm = await alarm_of(server)
    assert (alarm["state"], [trouble["code"] for trouble in alarm["unknown"]]) == ("unknown", ["alarm_unknown"])


async def test_a_part_of_a_device_with_too_many_parts_is_forgotten_but_never_its_alarm(server: Server, bridge: FakeBridge):
    for number in range(100):
        await bridge.say("state", {"device_id": "raspberry-01", "part": f"part-{number}", "body": {"state": "on"}})
    await armed(bridge)
    assert (await alarm_of(server))["state"] == "armed"
