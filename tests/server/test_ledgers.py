"""The proof of completeness over all logs of a device, what is said of what is missing, and who claims one name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.running import Browser, FakeBridge, Server, bridge_on, event, running_server
from vigie.server.logs import MAX_LOGS, DeviceLogs
from vigie.server.store.streams import Advance, Stream
from vigie.testing.fake_clock import FakeClock


def of_log(stream_id: str, seq: int, **changes: Any) -> dict[str, Any]:
    return {**event(seq), "stream_id": stream_id, "id": f"{stream_id}-{seq}", **changes}


def gap(seq: int, *ranges: tuple[int, int]) -> dict[str, Any]:
    details = {"reason": "log_full", "count": 1, "ranges": [list(pair) for pair in ranges]}
    return event(seq, type="gap", sensor="gap", details=details)


def troubles(device: dict[str, Any]) -> dict[str, str]:
    return {trouble["code"]: trouble["detail"] for trouble in device["health"]}


async def test_a_ledger_adds_up_log_by_log_and_in_sum(server: Server, bridge: FakeBridge):
    await bridge.heartbeat(stream_id="old-card", last_seq=3)
    await server.post("/api/events", [of_log("old-card", 1), of_log("old-card", 2)])
    await bridge.heartbeat(last_seq=8)
    junk = {"id": "refused-1", "topic": "sensors/raspberry-01/motion", "payload_base64": "", "reason": "no event"}
    batch = [event(1), gap(5, (2, 3)), {**junk, "stream_id": "s1", "seq": 4}, {**event(6), "type": 7}, event(8, late=True)]
    await server.post("/api/events", batch)
    ledger = (await server.device("raspberry-01"))["ledger"]
    new, old = ledger["streams"]
    figures = ("stream_id", "accepted", "stored", "dropped", "quarantined", "missing", "late", "through_seq")
    assert [new[name] for name in figures] == ["s1", 8, 3, 2, 2, 1, 1, 6]
    assert [old[name] for name in figures] == ["old-card", 3, 2, 0, 0, 1, 0, 2]
    assert [ledger[name] for name in figures] == ["s1", 11, 5, 2, 2, 2, 1, 6]
    for stream in (new, old):
        assert stream["accepted"] == stream["stored"] + stream["dropped"] + stream["quarantined"] + stream["missing"]


async def test_a_given_up_number_that_arrives_after_all_is_stored_not_dropped(server: Server, bridge: FakeBridge):
    await bridge.heartbeat(last_seq=5)
    await server.post("/api/events", [event(1), gap(5, (2, 4))])
    _, result = await server.post("/api/events", [event(3)])
    assert (result["accepted"], result["cursors"][0]["through_seq"], result["cursors"][0]["event_id"]) == (1, 5, "event-5")
    ledger = (await server.device("raspberry-01"))["ledger"]
    assert (ledger["stored"], ledger["dropped"], ledger["missing"]) == (3, 2, 0)


async def test_each_log_has_its_own_minute_and_its_own_words(server: Server, bridge: FakeBridge, clock: FakeClock):
    await bridge.device_online()
    await bridge.heartbeat(stream_id="old-card", last_seq=2)
    clock.turn(50)
    await bridge.heartbeat(last_seq=4, log_depth=4)
    clock.turn(20)
    await bridge.heartbeat(last_seq=4, log_depth=4)
    assert troubles(await server.device("raspberry-01")) == {
        "missing_events": "events have not arrived: 2 of an earlier log (old-card): only the card that holds it can send them"
    }
    clock.turn(50)
    assert "they wait on the Pi" in troubles(await server.device("raspberry-01"))["missing_events"]
    await bridge.heartbeat(last_seq=4, log_depth=0)
    assert "takes them for delivered" in troubles(await server.device("raspberry-01"))["missing_events"]
    await server.post("/api/events", [event(1), event(2)])
    await bridge.heartbeat(last_seq=4, log_depth=2)
    assert "2 of 4 are here without a hole" in troubles(await server.device("raspberry-01"))["missing_events"]
    await server.post("/api/events", [event(3), event(4), of_log("old-card", 1), of_log("old-card", 2)])
    assert troubles(await server.device("raspberry-01")) == {}


async def test_a_device_whose_log_cannot_be_opened_keeps_its_ledger_and_says_so(server: Server, bridge: FakeBridge):
    await bridge.device_online()
    await bridge.heartbeat(last_seq=2)
    await server.post("/api/events", [event(1), event(2)])
    before = (await server.device("raspberry-01"))["ledger"]
    assert await bridge.heartbeat(stream_id=None, last_seq=0, faults=["log_full"]) == {"through_seq": 0, "event_id": None}
    device = await server.device("raspberry-01")
    assert (device["ledger"], set(troubles(device))) == (before, {"fault", "no_log"})


async def test_an_older_copy_of_a_log_does_not_make_what_is_missing_disappear(server: Server, bridge: FakeBridge):
    await bridge.heartbeat(last_seq=9)
    await server.post("/api/events", [event(seq) for seq in range(1, 8)])
    await bridge.heartbeat(last_seq=4)
    ledger = (await server.device("raspberry-01"))["ledger"]
    assert (ledger["accepted"], ledger["missing"]) == (9, 2)


async def test_made_up_logs_are_bounded_in_memory_and_none_of_them_is_answered_with_zero(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server, bridge_on(server) as bridge:
        for number in range(MAX_LOGS + 10):
            await server.post("/api/events", [of_log(f"log-{number}", seq) for seq in (1, 2)])
            await bridge.heartbeat(stream_id=f"log-{number}", last_seq=3)
        for _ in range(2):
            ledger = (await server.device("raspberry-01"))["ledger"]
            assert len(ledger["streams"]) == MAX_LOGS
            total = MAX_LOGS + 10
            assert (ledger["accepted"], ledger["stored"], ledger["missing"]) == (3 * total, 2 * total, total)
            assert await bridge.heartbeat(stream_id="log-3", last_seq=3) == {"through_seq": 2, "event_id": "log-3-2"}
            await server.post("/api/events", [of_log("log-5", 1)])
    async with running_server(tmp_path, clock) as server:
        assert (await server.device("raspberry-01"))["ledger"]["stored"] == 2 * total


@given(st.lists(st.tuples(st.integers(0, MAX_LOGS + 4), st.integers(0, 3), st.booleans()), max_size=120))
def test_sums_of_many_logs_are_exact_however_they_come_and_go(steps: list[tuple[int, int, bool]]):
    logs, tables = DeviceLogs("raspberry-01"), {}

    def advance(name: str, by: int) -> Iterator[Stream]:
        before = tables.get(name, Stream("raspberry-01", name))
        now = Stream("raspberry-01", name, max_seq=before.max_seq + by, stored=before.stored + by, seen_at_ms=1)
        now = tables[name] = now if before.accepted_seq is None else with_proof(now, before.accepted_seq)
        logs.take(Advance(before, now), 0.0)
        yield now

    for number, by, is_proof in steps:
        name = f"log-{number}"
        [now] = advance(name, by)
        if is_proof:
            tables[name] = with_proof(now, logs.prove(name, now.max_seq + 1, 5, 0.0).accepted_seq)
    ledger = logs.ledger(None, 0)
    assert ledger.stored == sum(stream.stored for stream in tables.values())
    proven = [stream.accepted_seq for stream in tables.values() if stream.accepted_seq is not None]
    whole = sum(max(stream.accepted_seq or 0, stream.max_seq) for stream in tables.values())
    assert ledger.accepted == (whole if proven else None)
    assert ledger.missing == (whole - ledger.stored if proven else None)


def with_proof(stream: Stream, accepted_seq: int | None) -> Stream:
    """The tables, once the heartbeat is written down."""
    fields = {name: getattr(stream, name) for name in ("max_seq", "stored", "seen_at_ms")}
    return Stream("raspberry-01", stream.stream_id, accepted_seq=accepted_seq, last_proof_at_ms=5, **fields)


async def test_heartbeats_of_two_lives_by_turns_are_an_identity_conflict(server: Server, bridge: FakeBridge, clock: FakeClock):
    await bridge.device_online()
    for beat, boot in enumerate(("boot-a", "boot-b", "boot-a", "boot-b"), start=1):
        await bridge.heartbeat(boot_id=boot, beat=beat)
    assert "DEVICE_ID" in troubles(await server.device("raspberry-01"))["identity_conflict"]
    clock.turn(301)
    await bridge.heartbeat(boot_id="boot-b", beat=40)
    assert troubles(await server.device("raspberry-01")) == {}


@pytest.mark.usefixtures("bridge")
async def test_two_events_under_one_number_open_one_trouble_alert_per_device_in_any_mode(server: Server, browser: Browser):
    await server.post("/api/events", [event(1), event(2)])
    forged = [event(seq, details={"forged": True}, occurred_at="2026-11-23T18:00:00Z") for seq in (1, 2)]
    for late in (False, True):
        await server.post("/api/events", [{**forged[0], "late": late}, forged[1]])
    told = await browser.next("alert")
    [alert] = (await server.get("/api/alerts"))[1]["alerts"]
    assert alert == told
    assert (alert["type"], alert["mode"], alert["device_id"], alert["state"]) == (
        "event_conflict",
        "active",
        "raspberry-01",
        "open",
    )
    assert alert["occurred_at"] == "2026-11-23T18:00:00.000Z"
    await server.post(f"/api/alerts/{alert['id']}/acknowledge")
    await server.post("/api/events", [forged[0]])
    assert (await server.get("/api/alerts", state="open"))[1]["alerts"] == []
    await server.post("/api/events", [event(2, details={"forged": "again"})])
    assert len((await server.get("/api/alerts", state="open"))[1]["alerts"]) == 1


@pytest.mark.usefixtures("bridge")
async def test_a_time_that_is_known_later_moves_the_event_its_alert_and_its_hour(server: Server):
    await server.put("/api/mode", {"mode": "night"})
    await server.post("/api/events", [event(seq, occurred_at=None, clock="unsynced") for seq in (1, 2)])
    timed = event(1, occurred_at="2026-11-23T17:30:00Z", late=True)
    status, stored = await server.post("/api/events", timed)
    assert (status, stored["occurred_at"], stored["clock"], stored["cursor"]) == (200, "2026-11-23T17:30:00.000Z", "synced", 1)
    _, result = await server.post("/api/events", [timed, timed, event(1, occurred_at="2026-11-23T16:00:00Z")])
    assert (result["duplicates"], result["quarantined"]) == (3, 0)
    assert [(one["seq"], one["occurred_at"][11:16], one["clock"]) for one in await server.events()] == [
        (2, "19:00", "unsynced"),
        (1, "17:30", "synced"),
    ]
    hours = (await server.get("/api/stats/hours", hours=3))[1]["hours"]
    assert [(hour["hour"][11:13], hour["count"]) for hour in hours] == [("17", 1), ("19", 1)]
    window = {"since": "2026-11-23T17:00:00Z", "until": "2026-11-23T18:00:00Z"}
    assert [one["seq"] for one in await server.events(**window)] == [1]
    alerts = (await server.get("/api/alerts"))[1]["alerts"]
    assert {alert["event_id"]: alert["occurred_at"][11:16] for alert in alerts} == {"event-1": "17:30", "event-2": "19:00"}
