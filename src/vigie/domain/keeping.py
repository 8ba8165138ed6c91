"""Which recordings have to go, and how long the room lasts. Bytes, days and a floor of free space bind; what is locked stays."""

from collections.abc import Iterable
from dataclasses import dataclass

from vigie.protocol.camera import DeletionReason

DAY_MS = 24 * 3600 * 1000
PACE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be kept, for how long, and how much of the disk is to stay free."""

    max_bytes: int
    max_days: float
    min_free_bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A clip or still that takes room. `at_ms` is when it began; `arriving`: not all of it is here, so only its age ends it."""

    id: str
    at_ms: int
    size_bytes: int
    locked: bool = False
    arriving: bool = False


@dataclass(frozen=True, slots=True)
class Doomed:
    """One that has to go, and why."""

    id: str
    reason: DeletionReason


def to_delete(kept: Iterable[Kept], limits: Limits, *, free_bytes: int, now_ms: int) -> list[Doomed]:
    """What has to go, the oldest first. Nothing that is locked: then the limits are broken rather than a promise."""
    oldest_first = sorted(kept, key=lambda one: (one.at_ms, one.id))
    used_bytes = sum(one.size_bytes for one in oldest_first)
    doomed = []
    for one in oldest_first:
        if one.locked:
            continue
        if now_ms - one.at_ms > limits.max_days * DAY_MS:
            reason = DeletionReason.TOO_OLD
        elif one.arriving:
            continue
        elif used_bytes > limits.max_bytes:
            reason = DeletionReason.TOO_MANY_BYTES
        elif free_bytes < limits.min_free_bytes:
            reason = DeletionReason.DISK_LOW
        else:
            continue
        doomed.append(Doomed(one.id, reason))
        used_bytes -= one.size_bytes
        free_bytes += one.size_bytes
    return doomed


def days_left(kept: Iterable[Kept], limits: Limits, *, free_bytes: int, now_ms: int) -> float | None:
    """Until the oldest has to go, at the pace of the last week; None where nothing came in it. Never more than `max_days`."""
    everything = list(kept)
    lately = [one for one in everything if 0 <= now_ms - one.at_ms <= PACE_DAYS * DAY_MS]
    if not lately:
        return None
    span_ms = max(DAY_MS, now_ms - min(one.at_ms for one in lately))
    bytes_a_day = sum(one.size_bytes for one in lately) / (span_ms / DAY_MS)
    if bytes_a_day <= 0:
        return None
    used_bytes = sum(one.size_bytes for one in everything)
    room_bytes = min(limits.max_bytes - used_bytes, free_bytes - limits.min_free_bytes)
    return round(min(max(0.0, room_bytes / bytes_a_day), limits.max_days), 1)
