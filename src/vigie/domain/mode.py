"""The site's mode as a replicated register: last writer wins, stamped with a hybrid logical clock.

Every Pi keeps the newest record that it has seen and puts it back where the broker shows an older one or none, so two
halves of a split house agree as soon as they meet. Background: Kulkarni et al., "Logical Physical Clocks", 2014.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from vigie.protocol.states import MAX_AUTHOR, MAX_BYPASS, Mode, ModeRecord
from vigie.protocol.times import to_unix_ms

INITIAL = ModeRecord(mode=Mode.ACTIVE)
UNSTAMPED = INITIAL.stamp
"""The stamp of a record written by hand, e.g. by `mosquitto_pub -r`: a change made now by somebody without a clock."""

MAX_AHEAD_MS = 24 * 3600 * 1000
"""A stamp further in the future than this comes from a broken clock: it would win for ever, so it is not believed."""

MAX_STAMP_MS = 4_102_444_800_000
"""The year 2100: no clock is that wrong, so also a device that does not know the time refuses it."""

SET_SINCE_YEAR = 2026
"""A clock that shows an earlier year has not been set."""

_MAX_COUNTER = 2**31 - 1


def newest(mine: ModeRecord, theirs: ModeRecord) -> ModeRecord:
    """The one of two records that stands; on equal stamps both sides choose the same one, whatever else differs. A device of
    an older version puts a record back without the keys that it does not know: two others must not argue about it for ever.
    """
    return max(mine, theirs, key=lambda record: (record.stamp, record.mode, record.model_dump_json()))


def next_record(
    current: ModeRecord,
    mode: Mode,
    *,
    writer: str,
    changed_by: str,
    now: datetime,
    now_is_known: bool = True,
    changed_from: str = "",
    bypass: Iterable[str] = (),
) -> ModeRecord:
    """A record that beats `current` wherever it arrives, also when this writer's clock is behind.

    A writer that does not know the time says no `changed_at`: others would take its record for years old.
    """
    physical_ms = int(now.timestamp() * 1000)
    last_ms, counter, _ = current.stamp
    if physical_ms > last_ms:
        stamp = (physical_ms, 0, writer)
    elif counter < _MAX_COUNTER:
        stamp = (last_ms, counter + 1, writer)
    else:
        stamp = (last_ms + 1, 0, writer)
    return ModeRecord(
        mode=mode,
        stamp=stamp,
        changed_by=changed_by[:MAX_AUTHOR],
        changed_from=changed_from[:MAX_AUTHOR],
        changed_at=now if now_is_known else None,
        bypass=bypass_after(current, mode, bypass),
    )


def written_at(record: ModeRecord) -> datetime | None:
    """When it was written, as far as anybody knows: not by a clock that was not set, or behind that of the record before."""
    at = record.changed_at
    return None if at is None or at.year < SET_SINCE_YEAR or to_unix_ms(at) < record.stamp[0] else at


def bypass_after(current: ModeRecord, mode: Mode, bypass: Iterable[str]) -> tuple[str, ...]:
    """The zones that do not guard after a change: a bypass lasts until the site is disarmed. At most 100, the new ones first."""
    if mode is Mode.ACTIVE:
        return ()
    before = () if current.mode is Mode.ACTIVE else current.bypass
    return tuple(dict.fromkeys((*bypass, *before)))[:MAX_BYPASS]


@dataclass(frozen=True, slots=True)
class Register:
    """The record that this program holds. `publish_at`: the monotonic moment to put it on the broker, None for no need."""

    record: ModeRecord = INITIAL
    publish_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Who hears, and when. `delay_s` is jittered by the caller, so that a house full of Pis does not answer at once.

    `now_is_known`: without a known wall clock nobody can tell whether a stamp is from the future. `is_live`: it was not the
    broker's memory that spoke.
    """

    writer: str
    now: datetime
    now_is_known: bool
    monotonic_s: float
    delay_s: float
    is_live: bool = True


def hear(register: Register, heard: ModeRecord | None, hearing: Hearing) -> Register:
    """Takes what the broker shows on `site/mode` (None: nothing). Newer is adopted, older or nothing is put right later,
    and a record written by hand is stamped on behalf of whoever wrote it: if it comes as it is written. Out of the broker's
    memory nobody can tell how old it is, and it must not arm or disarm a house.
    """
    mine, later = register.record, hearing.monotonic_s + hearing.delay_s
    if heard is not None and heard.stamp == UNSTAMPED and hearing.is_live and _says_more(heard, mine):
        by, origin = heard.changed_by or "mqtt", heard.changed_from or "mqtt"
        stamped = next_record(
            mine,
            heard.mode,
            writer=hearing.writer,
            changed_by=by,
            changed_from=origin,
            bypass=heard.bypass,
            now=hearing.now,
            now_is_known=hearing.now_is_known,
        )
        return Register(stamped, later)
    if heard is None or heard.stamp == UNSTAMPED or heard.stamp < mine.stamp:
        return register if mine.stamp == UNSTAMPED or register.publish_at is not None else replace(register, publish_at=later)
    latest_ms = hearing.now.timestamp() * 1000 + MAX_AHEAD_MS if hearing.now_is_known else MAX_STAMP_MS
    if heard.stamp[0] > latest_ms:
        return register
    stands = newest(mine, heard)
    return Register(stands, None if stands == heard else later)


def _says_more(heard: ModeRecord, mine: ModeRecord) -> bool:
    return (heard.mode, heard.bypass) != (mine.mode, mine.bypass)
