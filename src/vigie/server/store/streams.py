"""High-water marks: per event log of a device, how far it is accounted for without a hole, and the sums of its ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from vigie.protocol.events import StoredEvent
from vigie.protocol.gaps import Range
from vigie.server.store import skips
from vigie.server.store.database import upsert
from vigie.server.store.skips import Log, Reason
from vigie.server.store.tables import events, streams

NO_STREAM = ""
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Stream:
    """One event log of a device. `stream_id` is "" for events that came without a log behind them.

    `through_seq`: accounted for without a hole up to here, and `through_event_id` is stored under that number, if one is;
    `max_seq`: the newest number heard of; `accepted_seq`: the newest that the device has, by its heartbeats, the last of
    them at `last_proof_at_ms`. Of the numbers up to `max_seq` each is one of `stored`, `dropped`, `quarantined`,
    `elsewhere` (stored under another log already), or missing.
    """

    device_id: str
    stream_id: str
    through_seq: int = 0
    max_seq: int = 0
    stored: int = 0
    late: int = 0
    accepted_seq: int | None = None
    last_proof_at_ms: int | None = None
    seen_at_ms: int = 0
    through_event_id: str | None = None
    dropped: int = 0
    quarantined: int = 0
    elsewhere: int = 0

    @property
    def accepted(self) -> int | None:
        """How many events the device has accepted; None while no heartbeat has said how far its log goes."""
        return None if self.accepted_seq is None else max(self.accepted_seq, self.max_seq)

    @property
    def missing(self) -> int | None:
        """How many events the device has and we cannot account for; None while no heartbeat has said how far its log goes."""
        return None if self.accepted is None else self.accepted - self.stored - self.skipped

    @property
    def skipped(self) -> int:
        """How many numbers need no event."""
        return self.dropped + self.quarantined + self.elsewhere


@dataclass(slots=True)
class News:
    """What a batch brings for one log: newly inserted events, and numbers that need no event."""

    stored: list[StoredEvent] = field(default_factory=list)
    ranges: dict[Reason, list[Range]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Advance:
    """A log as it was before a batch and as it is after it."""

    before: Stream
    now: Stream


def advance_streams(connection: Connection, news: Mapping[Log, News], now_ms: int) -> list[Advance]:
    """Counts news in and moves each mark on, also over what had arrived ahead of a hole that is now filled.

    A log without anything new is looked up as it is.
    """
    advances = []
    for log, new in sorted(news.items()):
        before = load_stream(connection, log) or Stream(*log)
        advances.append(Advance(before, _advance(connection, before, new, now_ms) if new.stored or new.ranges else before))
    changed = [advance.now for advance in advances if advance.now != advance.before]
    if changed:
        _save_counts(connection, changed)
    return advances


def load_stream(connection: Connection, log: Log) -> Stream | None:
    """One log as the tables have it."""
    wanted = select(streams).where(streams.c.device_id == log.device_id, streams.c.stream_id == log.stream_id)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _from_row(row)


def load_all_streams(connection: Connection) -> Iterable[Stream]:
    """Every stream, the longest unseen first."""
    for row in connection.execute(select(streams).order_by(streams.c.seen_at_ms)):
        yield _from_row(row)


def save_proofs(connection: Connection, proofs: Iterable[Stream]) -> None:
    """Writes what heartbeats said (`accepted_seq`, `last_proof_at_ms`, `seen_at_ms`), and nothing else."""
    rows = [_row_of(stream) for stream in proofs]
    if rows:
        statement = upsert(connection, streams)
        proven = {name: statement.excluded[name] for name in ("accepted_seq", "last_proof_at_ms", "seen_at_ms")}
        connection.execute(statement.on_conflict_do_update(index_elements=["device_id", "stream_id"], set_=proven), rows)


def _advance(connection: Connection, stream: Stream, news: News, now_ms: int) -> Stream:
    ids = {event.seq: event.id for event in news.stored if event.seq is not None}
    skipped = _skip(connection, stream, sorted(ids), news.ranges)
    newest = [*ids, *(last for ranges in news.ranges.values() for _, last in ranges)]
    stream = replace(
        stream,
        max_seq=max([stream.max_seq, *newest]),
        stored=stream.stored + len(news.stored),
        late=stream.late + sum(event.late for event in news.stored),
        seen_at_ms=now_ms,
        dropped=stream.dropped + skipped[Reason.DROPPED],
        quarantined=stream.quarantined + skipped[Reason.QUARANTINED],
        elsewhere=stream.elsewhere + skipped[Reason.ELSEWHERE],
    )
    through = stream.through_seq
    while through + 1 in ids:
        through += 1
    if stream.max_seq > through and (through > stream.through_seq or news.ranges):
        through = _end_of_run(connection, stream, through)
    event_id = ids.get(through)
    if event_id is None:
        event_id = stream.through_event_id if through == stream.through_seq else _id_at(connection, stream, through)
    return replace(stream, through_seq=through, through_event_id=event_id)


def _skip(connection: Connection, stream: Stream, seqs: list[int], ranges: Mapping[Reason, Iterable[Range]]) -> skips.Counts:
    """Takes numbers in that need no event, and out that have one after all."""
    log = Log(stream.device_id, stream.stream_id)
    counts: skips.Counts = skips.Counts()
    if stream.skipped:
        counts.subtract(skips.count_covered(connection, log, seqs))
    for reason, named in ranges.items():
        # Below the mark nothing is open: a range that is named again and again costs nothing. `elsewhere` prevails there too.
        above = 1 if reason is Reason.ELSEWHERE else stream.through_seq + 1
        open_ranges = ((max(first, above), last) for first, last in named if last >= above)
        counts.update(skips.cover(connection, log, open_ranges, reason))
    return counts


def _end_of_run(connection: Connection, stream: Stream, through: int) -> int:
    """The last number before the next hole above `through`; reads the two indexes only, and each row once in its life."""
    stored_above = select(events.c.seq).where(events.c.device_id == stream.device_id, events.c.stream_id == stream.stream_id)
    log = Log(stream.device_id, stream.stream_id)
    while True:
        page = connection.scalars(stored_above.where(events.c.seq > through).order_by(events.c.seq).limit(_PAGE)).all()
        gaps = skips.after(connection, log, through, _PAGE) if stream.skipped else []
        for first, last in sorted([*((seq, seq) for seq in page), *gaps]):
            if first > through + 1:
                break
            through = max(through, last)
        is_more = (len(page) == _PAGE and page[-1] <= through) or (len(gaps) == _PAGE and gaps[-1][1] <= through)
        if not is_more:
            return through


def _id_at(connection: Connection, stream: Stream, seq: int) -> str | None:
    wanted = select(events.c.id).where(
        events.c.device_id == stream.device_id, events.c.stream_id == stream.stream_id, events.c.seq == seq
    )
    return connection.scalar(wanted)


_COUNTED = (
    "through_seq",
    "max_seq",
    "stored",
    "late",
    "seen_at_ms",
    "through_event_id",
    "dropped",
    "quarantined",
    "elsewhere",
)


def _save_counts(connection: Connection, advanced: list[Stream]) -> None:
    """Writes what events changed; what heartbeats said stays as it is."""
    statement = upsert(connection, streams)
    counted = {name: statement.excluded[name] for name in _COUNTED}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["device_id", "stream_id"], set_=counted),
        [_row_of(stream) for stream in advanced],
    )


def _from_row(row: Row[Any]) -> Stream:
    return Stream(**row._mapping)


def _row_of(stream: Stream) -> dict[str, object]:
    return {column.name: getattr(stream, column.name) for column in streams.columns}
