"""`POST /api/cameras/{id}/…`: the device's own answer, or an error that says why there is none."""

import asyncio

import pytest

from tests.server.running import BOOT, Browser, FakeBridge, Server, bridge_on
from vigie.server import bridges
from vigie.testing.fake_clock import FakeClock

SERVO = "/api/cameras/raspberry-01/servo"


async def test_the_servo_turns_and_the_answer_is_the_devices_own(server: Server, bridge: FakeBridge, browser: Browser):
    await bridge.device_online()
    status, done = await server.post(SERVO, {"direction": "left", "unknown_key": 1})
    assert (status, done["status"], done["angle_deg"]) == (200, "done", 30.0)
    [request] = bridge.commands
    assert request == {
        "command_id": done["command_id"],
        "device_id": "raspberry-01",
        "command": "servo",
        "body": {"direction": "left"},
    }
    news = await browser.next("command")
    assert (news["command_id"], news["status"], news["result"]) == (done["command_id"], "done", {"angle_deg": 30.0})


async def test_each_command_reaches_the_bridge_as_it_was_given(server: Server, bridge: FakeBridge):
    for path, body in [
        ("record", {"action": "start", "duration_s": 30}),
        ("siren", {"action": "on", "duration_s": 60}),
        ("snapshot", {}),
        ("snapshot", {"reference": True}),
        ("servo", {"angle_deg": 30}),
        ("servo", {"preset": "door"}),
    ]:
        await bridge.device_online()
        status, done = await server.post(f"/api/cameras/raspberry-01/{path}", body)
        assert (status, done["status"]) == (200, "done")
        assert (bridge.commands[-1]["command"], bridge.commands[-1]["body"]) == (path, body)


async def test_a_snapshot_needs_no_body(server: Server, bridge: FakeBridge):
    await bridge.device_online()
    assert (await server.post("/api/cameras/raspberry-01/snapshot", data=b""))[0] == 200


async def test_an_unknown_device_is_a_404(server: Server, bridge: FakeBridge):
    status, problem = await server.post("/api/cameras/raspberry-09/servo", {"direction": "left"})
    assert status == 404
    assert "raspberry-09" in problem["detail"]
    assert bridge.commands == []


async def test_a_device_without_the_part_is_a_404_that_names_the_part_and_what_there_is(server: Server, bridge: FakeBridge):
    status = {"state": "online", "boot_id": BOOT, "version": "1", "capabilities": ["motion", "button"]}
    await bridge.say("status", {"device_id": "raspberry-01", "body": status})
    for path, body, part in (
        ("servo", {"direction": "left"}, "servo"),
        ("siren", {"action": "on"}, "siren"),
        ("snapshot", {}, "camera"),
    ):
        code, problem = await server.post(f"/api/cameras/raspberry-01/{path}", body)
        assert code == 404
        assert f"has no {part}" in problem["detail"]
        assert "motion, button" in problem["detail"]


async def test_a_device_that_said_goodbye_or_fell_silent_is_a_409(server: Server, bridge: FakeBridge, clock: FakeClock):
    await bridge.device_online()
    await clock.advance(31)
    status, problem = await server.post(SERVO, {"direction": "left"})
    assert (status, "silent" in problem["detail"]) == (409, True)
    offline = {"state": "offline", "boot_id": BOOT, "version": "1", "capabilities": ["servo"]}
    await bridge.say("status", {"device_id": "raspberry-01", "body": offline})
    status, problem = await server.post(SERVO, {"direction": "left"})
    assert (status, "offline" in problem["detail"]) == (409, True)
    assert bridge.commands == []


async def test_without_a_bridge_it_is_a_503(server: Server):
    async with bridge_on(server) as bridge:
        await bridge.device_online()
    status, problem = await server.post(SERVO, {"direction": "left"})
    assert status == 503
    assert "vigie bridge" in problem["detail"]


async def test_how_a_command_ended_is_told_by_the_status(server: Server, bridge: FakeBridge):
    for answer, status, says in [
        ({"status": "rejected", "reason": "angle_deg 200 is outside -90..90"}, 422, "outside -90..90"),
        ({"status": "expired", "reason": "another boot"}, 504, "another boot"),
        ({"status": "timeout"}, 504, "no answer in time"),
        ({"status": "offline"}, 409, "offline"),
        ({"status": "no_broker"}, 503, "broker"),
        ({"status": "odd"}, 503, "status"),
        ("text", 503, "makes no sense"),
        (None, 504, "no answer"),
    ]:
        await bridge.device_online()
        bridge.answer = answer
        code, problem = await server.post(SERVO, {"angle_deg": 90})
        assert code == problem["status"] == status
        assert says in problem["detail"]


async def test_an_invalid_body_is_a_422_and_goes_nowhere(server: Server, bridge: FakeBridge):
    for body in [
        {},
        {"direction": "up"},
        {"direction": "left", "angle_deg": 3},
        {"angle_deg": "30"},
        {"angle_deg": 1e9},
        [],
        "left",
        None,
    ]:
        await bridge.device_online()
        status, problem = await server.post(SERVO, body)
        assert status == 422, problem
        assert problem["errors"]
        assert bridge.commands == []


async def test_bytes_that_are_no_json_are_a_400_or_422(server: Server, bridge: FakeBridge):
    for data in [b"{", b"\xff\xfe", b'{"angle_deg": NaN}', b"[" * 100_000, b'{"angle_deg": 1' + b"0" * 5000 + b"}"]:
        await bridge.device_online()
        status, problem = await server.post(SERVO, data=data)
        assert status in {400, 422}
        assert problem["title"]


async def test_a_bridge_that_never_answers_is_a_504_after_its_time(
    server: Server, bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bridges, "COMMAND_TIMEOUT_S", 0.2)
    monkeypatch.setattr(bridges, "ANSWER_MARGIN_S", 0.0)
    await bridge.device_online()

    async def never(_request: object) -> None:
        await asyncio.Event().wait()

    bridge.client.on("command", never, namespace="/bridge")
    status, _ = await server.post(SERVO, {"direction": "left"})
    assert status == 504


async def test_a_bridge_that_goes_away_ends_the_wait_at_once(server: Server):
    async with bridge_on(server) as bridge:
        await bridge.device_online()
        bridge.client.on("command", bridge.vanish, namespace="/bridge")
        async with asyncio.timeout(3):
            status, problem = await server.post(SERVO, {"direction": "left"})
    assert (status, "went away" in problem["detail"]) == (503, True)


async def test_commands_go_through_the_newest_bridge(server: Server, bridge: FakeBridge):
    await bridge.device_online()
    async with bridge_on(server, "bridge-2") as newer:
        await server.post(SERVO, {"direction": "left"})
        assert (len(bridge.commands), len(newer.commands)) == (0, 1)
    await server.post(SERVO, {"direction": "left"})
    assert len(bridge.commands) == 1
