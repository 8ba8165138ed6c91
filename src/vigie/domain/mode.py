"""The site's mode as a replicated register: last writer wins, stamped with a hybrid logical clock.

Every Pi keeps the newest record that it has seen and puts it back where the broker shows an older one or none, so two
halves of a split house agree as soon as they meet. Background: Kulkarni et al., "Logical Physical Clocks", 2014.
"""

from datetime import datetime

from vigie.protocol.states import Mode, ModeRecord

INITIAL = ModeRecord(mode=Mode.ACTIVE)

MAX_AHEAD_MS = 24 * 3600 * 1000
"""A stamp further in the future than this comes from a broken clock: it would win for ever, so it is not believed."""


def newest(mine: ModeRecord, theirs: ModeRecord) -> ModeRecord:
    """The one of two records that stands; on equal stamps both sides choose the same one."""
    return max(mine, theirs, key=lambda record: (record.stamp, record.mode))


def next_record(current: ModeRecord, mode: Mode, *, writer: str, changed_by: str, now: datetime) -> ModeRecord:
    """A record that beats `current` wherever it arrives, also when this writer's clock is behind."""
    physical_ms = int(now.timestamp() * 1000)
    last_ms, counter, _ = current.stamp
    stamp = (physical_ms, 0, writer) if physical_ms > last_ms else (last_ms, counter + 1, writer)
    return ModeRecord(mode=mode, stamp=stamp, changed_by=changed_by, changed_at=now)
