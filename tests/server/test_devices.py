"""`/api/devices` and `/api/ledger`: what each device said, how it is, and what is missing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import BOOT, CAPABILITIES, Browser, FakeBridge, Server, bridge_on, event, running_server
from tests.waiting import wait_until_async
from vigie.server import devices, known
from vigie.testing.fake_clock import FakeClock


def codes(device: dict[str, Any]) -> set[str]:
    return {trouble["code"] for trouble in device["health"]}


async def test_a_device_is_what_it_said_of_itself(server: Server, bridge: FakeBridge, clock: FakeClock):
    await bridge.device_online()
    await bridge.heartbeat(temp_c=51.5)
    await bridge.say("state", {"device_id": "raspberry-01", "part": "motion", "body": {"state": "detected", "active": True}})
    clock.turn(4)
    device = await server.device("raspberry-01")
    assert (device["state"], device["capabilities"], device["health"]) == ("online", CAPABILITIES, [])
    assert (device["heartbeat"]["temp_c"], device["heartbeat_age_s"]) == (51.5, 4.0)
    assert device["states"] == {"motion": {"state": "detected", "active": True}}
    assert await server.get("/api/devices") == (200, {"devices": [device]})


async def test_a_third_partys_sensor_is_a_device_of_unknown_state(server: Server):
    await server.post("/api/events", event(device_id="doorbell", type="ring", sensor="ring"))
    device = await server.device("doorbell")
    assert (device["state"], device["capabilities"], device["last_event"]["type"]) == ("unknown", [], "ring")
    assert (device["ledger"]["stream_id"], device["ledger"]["stored"], device["ledger"]["missing"]) == (None, 1, None)


async def test_who_falls_silent_is_told_to_the_browsers_without_being_asked(bridge: FakeBridge, browser: Browser, clock: FakeClock):
    await bridge.device_online()
    await bridge.heartbeat()
    await browser.next("device", lambda device: device["heartbeat"] is not None)
    await clock.advance(29)
    assert {device["state"] for device in browser.heard("device")} == {"online"}
    await clock.advance(3)
    silent = await browser.next("device", lambda device: device["state"] == "silent")
    assert codes(silent) == {"silent"}
    await bridge.heartbeat()
    await browser.next("device", lambda device: device["state"] == "online" and device["heartbeat_age_s"] == 0)


async def test_the_brokers_memory_of_an_online_status_proves_nothing(server: Server, bridge: FakeBridge):
    await bridge.device_online(retained=True)
    assert (await server.device("raspberry-01"))["state"] == "silent"
    await bridge.heartbeat()
    assert (await server.device("raspberry-01"))["state"] == "online"


async def test_troubles_have_names(server: Server, bridge: FakeBridge, clock: FakeClock):
    await bridge.device_online()
    await bridge.say("state", {"device_id": "raspberry-01", "part": "servo", "body": {"angle_deg": 0, "fault": "no PWM chip"}})
    await bridge.heartbeat(last_seq=3, throttled=True, disk_free_bytes=199_000_000, clock="unsynced", faults=["motion is stuck"])
    await server.post("/api/events", event(1))
    device = await server.device("raspberry-01")
    assert codes(device) == {"fault", "throttled", "disk_low", "clock_unsynced"}
    assert {trouble["detail"] for trouble in device["health"]} >= {"no PWM chip", "motion is stuck"}
    clock.turn(61)
    assert codes(await server.device("raspberry-01")) >= {"missing_events", "silent"}
    await server.post("/api/events", [event(2), event(3)])
    assert "missing_events" not in codes(await server.device("raspberry-01"))


async def test_a_heartbeat_is_answered_with_the_contiguous_mark_of_its_stream(server: Server, bridge: FakeBridge):
    assert await bridge.heartbeat(last_seq=9) == {"through_seq": 0, "event_id": None}
    await server.post("/api/events", [event(seq) for seq in (1, 2, 4)])
    assert await bridge.heartbeat(last_seq=9) == {"through_seq": 2, "event_id": "event-2"}
    assert await bridge.heartbeat(stream_id="another", last_seq=9) == {"through_seq": 0, "event_id": None}
    assert await bridge.heartbeat(stream_id=None, last_seq=0) == {"through_seq": 0, "event_id": None}


async def test_a_server_whose_clock_was_set_back_still_sees_what_is_missing(server: Server, bridge: FakeBridge, clock: FakeClock):
    await bridge.heartbeat(last_seq=1)
    await server.post("/api/events", event(1))
    clock.set_wall(clock.now() - timedelta(days=365))
    await bridge.heartbeat(last_seq=3)
    await server.post("/api/events", event(2))
    ledger = (await server.device("raspberry-01"))["ledger"]
    assert (ledger["accepted"], ledger["stored"], ledger["missing"]) == (3, 2, 1)
    assert ledger["last_proof_at"] == "2025-11-23T19:00:00.000Z"


async def test_the_ledger_compares_what_the_pi_accepted_with_what_is_stored(server: Server, bridge: FakeBridge):
    await server.post("/api/events", [event(1), event(2), event(5, late=True)])
    await bridge.heartbeat(last_seq=7)
    _, ledgers = await server.get("/api/ledger")
    [ledger] = ledgers["devices"]
    assert (
        ledger
        | {
            "device_id": "raspberry-01",
            "stream_id": "s1",
            "accepted": 7,
            "stored": 3,
            "dropped": 0,
            "through_seq": 2,
            "missing": 4,
            "late": 1,
            "quarantined": 0,
            "last_proof_at": "2026-11-23T19:00:00.000Z",
        }
        == ledger
    )
    await server.post("/api/events", [event(seq) for seq in (3, 4, 6, 7, 8)])
    _, ledgers = await server.get("/api/ledger")
    assert (ledgers["devices"][0]["through_seq"], ledgers["devices"][0]["missing"]) == (8, 0)


async def test_a_restart_forgets_nothing_but_believes_nobody(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server, bridge_on(server) as bridge:
        await bridge.device_online()
        await bridge.say("state", {"device_id": "raspberry-01", "part": "servo", "body": {"angle_deg": 15.0}})
        await server.post("/api/events", [event(1), event(3), {"nonsense": True, "device_id": "raspberry-01"}])
        await bridge.heartbeat(last_seq=3)
        before = await server.device("raspberry-01")
        await wait_until_async(lambda: before["states"] and before["heartbeat"], "the device is known")
    clock.turn(10)
    async with running_server(tmp_path, clock) as server:
        after = await server.device("raspberry-01")
        assert (before["state"], after["state"]) == ("online", "silent")
        kept = ("status", "heartbeat", "heartbeat_at", "capabilities", "states", "ledger", "last_event")
        assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
        async with bridge_on(server) as bridge:
            assert await bridge.heartbeat(last_seq=3) == {"through_seq": 1, "event_id": "event-1"}


async def test_an_unknown_device_is_a_404(server: Server):
    status, problem = await server.get("/api/devices/nobody")
    assert (status, "nobody" in problem["detail"]) == (404, True)


async def test_a_removed_state_is_removed(server: Server, bridge: FakeBridge):
    for body in ({"state": "on"}, {}):
        await bridge.say("state", {"device_id": "raspberry-01", "part": "siren", "body": body})
    assert (await server.device("raspberry-01"))["states"] == {}


async def test_an_offline_device_says_so(server: Server, bridge: FakeBridge):
    offline = {"state": "offline", "boot_id": BOOT, "version": "1", "capabilities": ["servo"]}
    await bridge.say("status", {"device_id": "raspberry-01", "body": offline, "retained": True})
    device = await server.device("raspberry-01")
    assert (device["state"], codes(device), device["capabilities"]) == ("offline", {"offline"}, ["servo"])


async def test_made_up_devices_and_parts_are_bounded_and_their_events_stored(
    server: Server, bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(devices, "MAX_DEVICES", 3)
    monkeypatch.setattr(known, "MAX_PARTS", 2)
    for number in range(5):
        assert (await server.post("/api/events", event(number + 1, device_id=f"made-up-{number}")))[0] == 201
        await bridge.device_online(f"made-up-{number}")
        assert await bridge.heartbeat(f"made-up-{number}", last_seq=9) is not None
        await bridge.say("state", {"device_id": "made-up-0", "part": f"part-{number}", "body": {"state": "on"}})
    listed = (await server.get("/api/devices"))[1]["devices"]
    assert [device["device_id"] for device in listed] == ["made-up-0", "made-up-1", "made-up-2"]
    assert list(listed[0]["states"]) == ["part-0", "part-1"]
    assert len(await server.events()) == 5
    assert (await server.get("/healthz"))[1]["status"] == "ok"
