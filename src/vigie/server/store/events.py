"""Events as rows: stores a batch in one transaction with everything that hangs on it, and reads pages back."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from vigie.protocol.events import ClockQuality, Event, StoredEvent
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.schemas import Alert, EventPage, HourCount
from vigie.server.store.alerts import open_alerts
from vigie.server.store.database import insert_or_skip, upsert
from vigie.server.store.quarantine import Refusal, keep_refusals
from vigie.server.store.streams import Stream, advance_streams, load_streams
from vigie.server.store.tables import event_hours, events

HOUR_MS = 3_600_000
_LOOKUP = 400  # ids per SELECT: two binds each stay far below any database's limit


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request brings: events in their order, and what could not be read as such."""

    events: Sequence[Event]
    refusals: Sequence[Refusal]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """An event whose id, or stream and seq, belongs to a stored event with other content."""

    event: Event
    reason: str


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch. `streams` are the device's logs that it touched, as they are after the commit.

    `quarantined` counts new rows of the quarantine per device ("" where no device is known).
    """

    stored: list[StoredEvent]
    duplicates: list[StoredEvent]
    conflicts: list[Conflict]
    alerts: list[Alert]
    streams: list[Stream]
    quarantined: dict[str, int]


def append(connection: Connection, batch: Batch) -> Appended:
    """Stores a batch: events, alerts, counts, high-water marks, quarantine. Sending it again changes nothing."""
    stored, rest = _insert(connection, batch)
    duplicates, conflicts = _compare(connection, rest) if rest else ([], [])
    refusals = [*batch.refusals, *(_refusal_of(conflict) for conflict in conflicts)]
    touched = {(event.device_id, event.stream_id) for event in duplicates if event.stream_id is not None}
    return Appended(
        stored=stored,
        duplicates=duplicates,
        conflicts=conflicts,
        alerts=open_alerts(connection, stored) if stored else [],
        streams=[*advance_streams(connection, stored), *load_streams(connection, touched - _streams_of(stored))],
        quarantined=keep_refusals(connection, refusals, batch.received_at) if refusals else {},
    )


def _insert(connection: Connection, batch: Batch) -> tuple[list[StoredEvent], list[Event]]:
    """Inserts what is new; returns it with its cursors, and the events whose keys are taken."""
    if not batch.events:
        return [], []
    received_at_ms = to_unix_ms(batch.received_at)
    statement = insert_or_skip(connection, events).returning(events.c.id, events.c.cursor)
    rows = [_row_of(event, received_at_ms) for event in batch.events]
    cursors: dict[str, int] = {row.id: row.cursor for row in connection.execute(statement, rows)}
    stored, rest = [], []
    for event in batch.events:
        cursor = cursors.pop(event.id, None)
        if cursor is None:
            rest.append(event)
        else:
            stored.append(_stored(event, batch.received_at, cursor))
    stored.sort(key=lambda event: event.cursor)
    if stored:
        _count_hours(connection, stored)
    return stored, rest


def _row_of(event: Event, received_at_ms: int) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "device_id": event.device_id,
        "sensor": event.sensor,
        "details": event.details,
        "occurred_at_ms": received_at_ms if event.occurred_at is None else to_unix_ms(event.occurred_at),
        "received_at_ms": received_at_ms,
        "clock": event.clock.value,
        "late": event.late,
        "stream_id": event.stream_id,
        "seq": event.seq,
        "boot_id": event.boot_id,
    }


def _stored(event: Event, received_at: datetime, cursor: int) -> StoredEvent:
    # The parts were validated with the event: building it anew would validate each a second time.
    fields = event.__dict__ | {"received_at": received_at, "cursor": cursor}
    if event.occurred_at is None:
        fields["occurred_at"] = received_at
    return StoredEvent.model_construct(None, **fields)


def from_row(row: Row[Any]) -> StoredEvent:
    """The event in a row of the table, without validating again what was validated on its way in."""
    return StoredEvent.model_construct(
        None,
        id=row.id,
        type=row.type,
        device_id=row.device_id,
        sensor=row.sensor,
        details=row.details,
        occurred_at=from_unix_ms(row.occurred_at_ms),
        received_at=from_unix_ms(row.received_at_ms),
        clock=ClockQuality(row.clock),
        late=row.late,
        stream_id=row.stream_id,
        seq=row.seq,
        boot_id=row.boot_id,
        cursor=row.cursor,
    )


def _compare(connection: Connection, rest: list[Event]) -> tuple[list[StoredEvent], list[Conflict]]:
    by_id: dict[str, StoredEvent] = {}
    by_seq: dict[tuple[str, str | None, int | None], StoredEvent] = {}
    for start in range(0, len(rest), _LOOKUP):
        part = rest[start : start + _LOOKUP]
        wanted: list[ColumnElement[bool]] = [events.c.id.in_([event.id for event in part])]
        for device_id, stream_id in sorted({(e.device_id, e.stream_id) for e in part if e.stream_id is not None}):
            seqs = [e.seq for e in part if (e.device_id, e.stream_id) == (device_id, stream_id)]
            wanted.append(and_(events.c.device_id == device_id, events.c.stream_id == stream_id, events.c.seq.in_(seqs)))
        for clause in wanted:
            for row in connection.execute(select(events).where(clause)):
                found = from_row(row)
                by_id[found.id] = found
                if found.stream_id is not None:
                    by_seq[found.device_id, found.stream_id, found.seq] = found
    duplicates, conflicts = [], []
    for event in rest:
        same_id, same_seq = by_id.get(event.id), by_seq.get((event.device_id, event.stream_id, event.seq))
        twin = same_id or same_seq
        if twin is not None and _content(twin) == _content(event):
            duplicates.append(twin)
        elif same_id is not None:
            conflicts.append(Conflict(event, "its id belongs to a stored event with other content"))
        else:
            conflicts.append(Conflict(event, f"seq {event.seq} of stream {event.stream_id} is stored with other content"))
    return duplicates, conflicts


def _content(event: Event) -> tuple[object, ...]:
    """What makes two uploads the same event. Not the times: a device back-fills them when its clock is set; nor `late`."""
    return (event.type, event.device_id, event.sensor, event.details, event.stream_id, event.seq, event.boot_id)


def _refusal_of(conflict: Conflict) -> Refusal:
    payload = conflict.event.model_dump_json().encode()
    return Refusal(
        key=f"conflict:{hashlib.sha256(payload).hexdigest()}",
        reason=conflict.reason,
        device_id=conflict.event.device_id,
        payload=payload,
    )


def _streams_of(stored: Iterable[StoredEvent]) -> set[tuple[str, str | None]]:
    return {(event.device_id, event.stream_id) for event in stored}


def _count_hours(connection: Connection, stored: list[StoredEvent]) -> None:
    """Adds to the roll-up. `stored` is in the order of its cursors."""
    counts: dict[tuple[int, str, str], dict[str, Any]] = {}
    for event in stored:
        hour = to_unix_ms(event.occurred_at) // HOUR_MS
        key = (hour, event.device_id, event.type)
        row = counts.setdefault(
            key,
            {"hour": hour, "device_id": event.device_id, "type": event.type, "count": 0, "first_cursor": event.cursor},
        )
        row["count"] += 1
        row["last_cursor"] = event.cursor
    statement = upsert(connection, event_hours)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["hour", "device_id", "type"],
            set_={
                "count": event_hours.c.count + statement.excluded.count,
                "last_cursor": statement.excluded.last_cursor,
            },
        ),
        list(counts.values()),
    )


@dataclass(frozen=True, slots=True)
class EventQuery:
    """A page of the history. With `after` oldest first, else newest first; times are of the occurrence, both inclusive."""

    limit: int = 100
    device_id: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    after: int | None = None


def read_page(connection: Connection, query: EventQuery) -> EventPage:
    """The page that `query` asks for, by keyset: as fast on the last page as on the first."""
    statement = select(events)
    if query.device_id is not None:
        statement = statement.where(events.c.device_id == query.device_id)
    if query.type is not None:
        statement = statement.where(events.c.type == query.type)
    low, high = query.after, query.before
    if query.since is not None or query.until is not None:
        first, last = _cursors_of_window(connection, query)
        if first is None or last is None:
            return EventPage(events=[], next=None)
        low = max(first - 1, low if low is not None else 0)
        high = min(last + 1, high if high is not None else last + 1)
        if query.since is not None:
            statement = statement.where(events.c.occurred_at_ms >= to_unix_ms(query.since))
        if query.until is not None:
            statement = statement.where(events.c.occurred_at_ms <= to_unix_ms(query.until))
    if low is not None:
        statement = statement.where(events.c.cursor > low)
    if high is not None:
        statement = statement.where(events.c.cursor < high)
    order = events.c.cursor.desc() if query.after is None else events.c.cursor.asc()
    rows = connection.execute(statement.order_by(order).limit(query.limit + 1)).all()
    page = [from_row(row) for row in rows[: query.limit]]
    return EventPage.model_construct(None, events=page, next=page[-1].cursor if len(rows) > query.limit else None)


def _cursors_of_window(connection: Connection, query: EventQuery) -> tuple[int | None, int | None]:
    """Between which cursors the events of a time window lie, from the roll-up: a quiet week does not scan a busy year."""
    statement = select(func.min(event_hours.c.first_cursor), func.max(event_hours.c.last_cursor))
    if query.device_id is not None:
        statement = statement.where(event_hours.c.device_id == query.device_id)
    if query.type is not None:
        statement = statement.where(event_hours.c.type == query.type)
    if query.since is not None:
        statement = statement.where(event_hours.c.hour >= to_unix_ms(query.since) // HOUR_MS)
    if query.until is not None:
        statement = statement.where(event_hours.c.hour <= to_unix_ms(query.until) // HOUR_MS)
    first, last = connection.execute(statement).one()
    return first, last


def count_hours(connection: Connection, now: datetime, hours: int, device_id: str | None) -> list[HourCount]:
    """Events per hour, device and type in the last `hours` hours up to the present one, oldest first."""
    present = to_unix_ms(now) // HOUR_MS
    statement = select(event_hours).where(event_hours.c.hour > present - hours, event_hours.c.hour <= present)
    if device_id is not None:
        statement = statement.where(event_hours.c.device_id == device_id)
    statement = statement.order_by(event_hours.c.hour, event_hours.c.device_id, event_hours.c.type)
    return [
        HourCount(hour=from_unix_ms(row.hour * HOUR_MS), device_id=row.device_id, type=row.type, count=row.count)
        for row in connection.execute(statement)
    ]


def last_events(connection: Connection, device_ids: Iterable[str]) -> dict[str, StoredEvent]:
    """The newest event of each device, one look into the index per device."""
    found = {}
    for device_id in device_ids:
        newest = select(events).where(events.c.device_id == device_id).order_by(events.c.cursor.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
        if row is not None:
            found[device_id] = from_row(row)
    return found
