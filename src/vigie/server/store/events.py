"""Events into rows: stores a batch in one transaction with everything that hangs on it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from pydantic import ValidationError
from pydantic_core import to_json
from sqlalchemy import Connection, bindparam, func, select

from vigie.protocol.events import Event, StoredEvent
from vigie.protocol.gaps import GAP, Gap, Range
from vigie.protocol.times import to_unix_ms
from vigie.server.api.schemas import Alert
from vigie.server.store.alerts import open_alerts, open_conflict_alerts
from vigie.server.store.clip_changes import take_clip_events
from vigie.server.store.database import insert_all_or_skip
from vigie.server.store.hours import add_to_hours
from vigie.server.store.media import MediaRow
from vigie.server.store.quarantine import Refusal, keep_refusals
from vigie.server.store.skips import Log, Reason
from vigie.server.store.streams import NO_STREAM, Advance, News, Stream, advance_streams
from vigie.server.store.tables import events
from vigie.server.store.twins import Compared, Conflict, compare, refusal_of

_COLUMNS = tuple(column.name for column in events.columns if column is not events.c.cursor)
# The writer is the only one to insert, and cursors only grow: what lies above the newest one of before is what was new.
_NEWEST = select(func.max(events.c.cursor))
_IS_ABOVE = events.c.cursor > bindparam("before")
_ABOVE = select(events.c.id, events.c.cursor).where(_IS_ABOVE)
_SPAN = select(func.count(), func.min(events.c.cursor), func.max(events.c.cursor)).where(_IS_ABOVE)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request brings: events in their order, and what could not be read as such."""

    events: Sequence[Event]
    refusals: Sequence[Refusal]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch. `advances` are the devices' logs that it names, as they were and as they are after the commit.

    `quarantined` counts new rows of the quarantine per device ("" where no device is known). `clips` have changed.
    """

    stored: list[StoredEvent]
    duplicates: list[StoredEvent]
    conflicts: list[Conflict]
    alerts: list[Alert]
    advances: list[Advance]
    quarantined: dict[str, int]
    clips: list[MediaRow] = field(default_factory=list)

    @property
    def streams(self) -> list[Stream]:
        """The logs after the commit."""
        return [advance.now for advance in self.advances]


def append(connection: Connection, batch: Batch) -> Appended:
    """Stores a batch: events, alerts, counts, high-water marks, quarantine. Sending it again changes nothing."""
    stored, rest = _insert(connection, batch)
    known = compare(connection, rest) if rest else Compared()
    conflicts = [(conflict.event, refusal_of(conflict)) for conflict in known.conflicts]
    refusals = [*batch.refusals, *(refusal for _, refusal in conflicts)]
    kept = keep_refusals(connection, refusals, batch.received_at) if refusals else {}
    alerts = open_alerts(connection, stored) if stored else []
    unheard_of = [(event, refusal.key) for event, refusal in conflicts if refusal.key in kept]
    if unheard_of:
        alerts += open_conflict_alerts(connection, unheard_of, batch.received_at)
    news = _news(batch, stored, known, refusals)
    return Appended(
        stored=stored,
        duplicates=known.duplicates,
        conflicts=known.conflicts,
        alerts=alerts,
        advances=advance_streams(connection, news, to_unix_ms(batch.received_at)),
        quarantined=Counter(kept.values()),
        clips=take_clip_events(connection, stored),
    )


def _insert(connection: Connection, batch: Batch) -> tuple[list[StoredEvent], list[Event]]:
    """Inserts what is new; returns it in the order of its cursors, and the events whose keys are taken."""
    if not batch.events:
        return [], []
    received_at_ms = to_unix_ms(batch.received_at)
    before = connection.scalar(_NEWEST) or 0
    insert_all_or_skip(connection, events, _COLUMNS, [_row_of(event, received_at_ms) for event in batch.events])
    stored, rest = _with_cursors(connection, batch, before)
    if stored:
        add_to_hours(connection, stored)
    return stored, rest


def _with_cursors(connection: Connection, batch: Batch, before: int) -> tuple[list[StoredEvent], list[Event]]:
    count, first, last = connection.execute(_SPAN, {"before": before}).one()
    if count == len(batch.events) == last - first + 1:
        # All are new and their cursors without a gap, so in the order of insertion: nothing has to be read back.
        return [StoredEvent.of(event, batch.received_at, first + n) for n, event in enumerate(batch.events)], []
    cursors: dict[str, int] = dict(connection.execute(_ABOVE, {"before": before}).all())
    stored, rest = [], []
    for event in batch.events:
        cursor = cursors.pop(event.id, None)
        if cursor is None:
            rest.append(event)
        else:
            stored.append(StoredEvent.of(event, batch.received_at, cursor))
    stored.sort(key=lambda event: event.cursor)
    return stored, rest


def _row_of(event: Event, received_at_ms: int) -> tuple[object, ...]:
    return (
        event.id,
        event.type,
        event.device_id,
        event.sensor,
        to_json(event.details).decode(),  # a fifth of the time of `compact_json`; that it is JSON was checked with the event
        received_at_ms if event.occurred_at is None else to_unix_ms(event.occurred_at),
        received_at_ms,
        event.clock.value,
        event.late,
        event.stream_id,
        event.seq,
        event.boot_id,
    )


def _news(batch: Batch, stored: Iterable[StoredEvent], known: Compared, refusals: Iterable[Refusal]) -> dict[Log, News]:
    """What the batch brings per log; a log that it only names has nothing new."""
    news: defaultdict[Log, News] = defaultdict(News)

    def skip(device_id: str, stream_id: str, reason: Reason, ranges: Iterable[Range]) -> None:
        news[Log(device_id, stream_id)].ranges.setdefault(reason, []).extend(ranges)

    for device_id, stream_id in {(event.device_id, event.stream_id) for event in batch.events}:
        if stream_id is not None:
            news[Log(device_id, stream_id)]
    for (device_id, stream_id), newly in groupby(stored, attrgetter("device_id", "stream_id")):
        news[Log(device_id, stream_id or NO_STREAM)].stored += newly
    for again in known.elsewhere:
        if again.stream_id is not None and again.seq is not None:
            skip(again.device_id, again.stream_id, Reason.ELSEWHERE, [(again.seq, again.seq)])
    # A gap that is sent again is read again: a server of an earlier version has stored it without a thought.
    for gap in (*stored, *known.duplicates):
        if gap.type == GAP and gap.stream_id is not None:
            skip(gap.device_id, gap.stream_id, Reason.DROPPED, _given_up(gap))
    for refusal in refusals:
        if refusal.device_id is not None and refusal.number is not None:
            stream_id, seq = refusal.number
            skip(refusal.device_id, stream_id, Reason.QUARANTINED, [(seq, seq)])
    return news


def _given_up(event: StoredEvent) -> list[Range]:
    """The numbers that a `gap` event names. It can speak only of its own log, and only of what came before itself."""
    try:
        gap = Gap.model_validate(event.details)
    except ValidationError:
        return []
    own = event.seq or 0
    return [(first, min(last, own - 1)) for first, last in gap.ranges if first <= last and first < own]
