"""What ails a device, in words for whoever has to mend it. `docs/reference/http.md` lists the codes."""

from collections.abc import Iterable, Mapping
from typing import Any

from vigie.protocol.events import ClockQuality
from vigie.protocol.states import LOW_DISK_BYTES, SILENT_AFTER_S, Heartbeat
from vigie.server.api.schemas import DeviceState, Trouble
from vigie.server.logs import Overdue

_SAID_BELOW = frozenset({"disk_low", "clock_unsynced", "under_voltage"})
"""Faults of an agent that its heartbeat's own figures tell as well, also of an older agent."""


def state_troubles(state: DeviceState, parts: Mapping[str, Mapping[str, Any]]) -> Iterable[Trouble]:
    """Of a device that is not heard, and of its parts by their retained states."""
    if state == "silent":
        yield Trouble(code="silent", detail=f"no heartbeat for {SILENT_AFTER_S:g} s; check its power and its network")
    elif state == "offline":
        yield Trouble(code="offline", detail="it has said goodbye, or the broker has lost it")
    for fault in (part.get("fault") for part in parts.values()):
        if isinstance(fault, str) and fault:
            yield Trouble(code="fault", detail=fault)


def beat_troubles(beat: Heartbeat) -> Iterable[Trouble]:
    """What the device says of itself."""
    for fault in beat.faults:
        if fault in _SAID_BELOW:
            continue
        yield Trouble(code="fault", detail=fault)
    if beat.throttled:
        yield Trouble(code="throttled", detail="under-voltage or heat has slowed it down; check its power supply")
    if beat.disk_free_bytes is not None and beat.disk_free_bytes < LOW_DISK_BYTES:
        yield Trouble(code="disk_low", detail=f"{beat.disk_free_bytes // 1_000_000} MB are free on its card")
    if beat.clock is ClockQuality.UNSYNCED:
        yield Trouble(code="clock_unsynced", detail="its clock has not been set; times of its events are those of arrival")
    if beat.stream_id is None:
        yield Trouble(code="no_log", detail="its event log cannot be opened; nobody can prove that no event is missing meanwhile")


def identity_trouble(device_id: str) -> Trouble:
    """Two agents under one name."""
    detail = f"two agents call themselves {device_id!r} and throw each other off the broker; give one of them another DEVICE_ID"
    return Trouble(code="identity_conflict", detail=detail)


def missing_troubles(overdue: Overdue, state: DeviceState, beat: Heartbeat | None) -> Iterable[Trouble]:
    """Events that have not arrived, and what is being done about it."""
    present = beat.stream_id if beat is not None else None
    parts = []
    for stream in overdue.streams:
        if stream.stream_id != present:
            parts.append(f"{stream.missing} of an earlier log ({stream.stream_id[:8]}): only the card that holds it can send them")
        elif state != "online":
            parts.append(f"{stream.missing} of its log: they wait on the Pi, which sends them when it is back")
        elif beat is not None and beat.log_depth == 0:
            parts.append(f"{stream.missing} of its log: the Pi takes them for delivered, compares, and sends what it still has")
        else:
            done = f"{stream.through_seq} of {stream.accepted} are here without a hole"
            parts.append(f"{stream.missing} of its log: the Pi sends them again, {done}")
    if overdue.older:
        parts.append(f"{overdue.older} of logs before the newest ones")
    if parts:
        yield Trouble(code="missing_events", detail=f"events have not arrived: {'; '.join(parts)}")
