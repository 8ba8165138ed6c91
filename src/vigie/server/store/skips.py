"""Numbers of a log that nothing need be stored under: given up, refused, or stored under another number already.

They are kept as ranges that never overlap. A range may hold numbers that are stored after all: those count as stored.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from vigie.protocol.gaps import Range, merged
from vigie.server.store.tables import events, skips

_MAX_SEQ = 2**63 - 1


class Reason(StrEnum):
    """Why nothing need be stored. What is `elsewhere` is stored under another stream: it takes the place of the others."""

    DROPPED = "dropped"
    QUARANTINED = "quarantined"
    ELSEWHERE = "elsewhere"


class Log(NamedTuple):
    """One event log of one device."""

    device_id: str
    stream_id: str


class Skip(NamedTuple):
    """Numbers `first` to `last`, inclusive."""

    first: int
    last: int
    reason: Reason


Counts = Counter[Reason]
"""How many numbers per reason are covered and not stored; negative where a number is no longer so."""


def count_covered(connection: Connection, log: Log, seqs: Sequence[int]) -> Counts:
    """How many of these ascending numbers lie in a range. One look-up per range that is met, one more at the end."""
    counts: Counts = Counter()
    at = 0
    while at < len(seqs):
        skip = next(iter(_from(connection, log, seqs[at], limit=1)), None)
        if skip is None:
            break
        end = bisect_right(seqs, skip.last, at)
        counts[skip.reason] += sum(seq >= skip.first for seq in seqs[at:end])
        at = end
    return counts


def cover(connection: Connection, log: Log, ranges: Iterable[Range], reason: Reason) -> Counts:
    """Adds ranges; who came first keeps its reason, except that `elsewhere` prevails.

    Costs one look-up per range and per row that it meets, however long it is.
    """
    counts: Counts = Counter()
    for first, last in merged(ranges):
        counts.update(_cover(connection, log, Skip(first, last, reason)))
    return counts


def after(connection: Connection, log: Log, seq: int, limit: int) -> list[Range]:
    """The first ranges that reach beyond `seq`, ascending."""
    return [(skip.first, skip.last) for skip in _from(connection, log, seq + 1, limit=limit)]


def _cover(connection: Connection, log: Log, new: Skip) -> Counts:
    counts: Counts = Counter()
    before = _touching(connection, log, new)
    prevails = new.reason is Reason.ELSEWHERE
    rows: list[Skip] = []
    at = new.first
    for old in before:
        if prevails and old.reason is not new.reason:
            rows += _without(old, new)
            cut = (max(old.first, new.first), min(old.last, new.last))
            counts[old.reason] -= _open_numbers(connection, log, *cut)
            continue
        rows.append(old)
        if old.first > at:
            rows.append(Skip(at, min(old.first - 1, new.last), new.reason))
        at = max(at, old.last + 1)
    if at <= new.last:
        rows.append(Skip(at, new.last, new.reason))
    for added in set(rows) - set(before):
        if added.reason is new.reason:
            counts[new.reason] += _open_numbers(connection, log, added.first, added.last)
    _replace(connection, log, set(before), set(_joined(rows)))
    return counts


def _without(old: Skip, new: Skip) -> list[Skip]:
    """What is left of `old` beside `new`."""
    left = Skip(old.first, min(old.last, new.first - 1), old.reason)
    right = Skip(max(old.first, new.last + 1), old.last, old.reason)
    return [part for part in (left, right) if part.first <= part.last]


def _joined(rows: Iterable[Skip]) -> list[Skip]:
    """Neighbours of one reason as one row."""
    joined: list[Skip] = []
    for row in sorted(rows):
        if joined and joined[-1].reason is row.reason and joined[-1].last + 1 == row.first:
            joined[-1] = joined[-1]._replace(last=row.last)
        else:
            joined.append(row)
    return joined


def _open_numbers(connection: Connection, log: Log, first: int, last: int) -> int:
    """How many numbers of a range have nothing stored under them; counted in the unique index."""
    if first > last:
        return 0
    stored = select(func.count()).where(
        events.c.device_id == log.device_id, events.c.stream_id == log.stream_id, events.c.seq.between(first, last)
    )
    return last - first + 1 - (connection.scalar(stored) or 0)


def _from(connection: Connection, log: Log, seq: int, limit: int) -> list[Skip]:
    """The first ranges that end at or behind `seq`."""
    if seq > _MAX_SEQ:
        return []
    found = (
        select(skips.c.first_seq, skips.c.last_seq, skips.c.reason)
        .where(skips.c.device_id == log.device_id, skips.c.stream_id == log.stream_id, skips.c.last_seq >= seq)
        .order_by(skips.c.last_seq)
        .limit(limit)
    )
    return [Skip(row.first_seq, row.last_seq, Reason(row.reason)) for row in connection.execute(found)]


def _touching(connection: Connection, log: Log, new: Skip) -> list[Skip]:
    """The ranges that overlap `new` or are next to it, ascending."""
    touching: list[Skip] = []
    at, limit = new.first - 1, 4
    while True:
        page = _from(connection, log, at, limit)
        touching += [skip for skip in page if skip.first <= new.last + 1]
        if len(page) < limit or page[-1].first > new.last + 1:
            return touching
        at, limit = page[-1].last + 1, 1000


def _replace(connection: Connection, log: Log, before: set[Skip], now: set[Skip]) -> None:
    gone, come = sorted(before - now), sorted(now - before)
    if gone:
        of_log = (skips.c.device_id == log.device_id, skips.c.stream_id == log.stream_id)
        statement = delete(skips).where(*of_log, skips.c.last_seq == bindparam("last"))
        connection.execute(statement, [{"last": skip.last} for skip in gone])
    if come:
        connection.execute(
            insert(skips),
            [{**log._asdict(), "first_seq": skip.first, "last_seq": skip.last, "reason": skip.reason.value} for skip in come],
        )
