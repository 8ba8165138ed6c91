"""The history as it is read back: pages by keyset, the newest event of each device."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from vigie.protocol.events import ClockQuality, StoredEvent
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.schemas import EventPage
from vigie.server.store.hours import HOUR_MS
from vigie.server.store.tables import event_hours, events


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
        first, last = cursors_of_window(connection, query)
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


def cursors_of_window(connection: Connection, query: EventQuery) -> tuple[int | None, int | None]:
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


def last_events(connection: Connection, device_ids: Iterable[str]) -> dict[str, StoredEvent]:
    """The newest event of each device, one look into the index per device."""
    found = {}
    for device_id in device_ids:
        newest = select(events).where(events.c.device_id == device_id).order_by(events.c.cursor.desc()).limit(1)
        row = connection.execute(newest).one_or_none()
        if row is not None:
            found[device_id] = from_row(row)
    return found


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
