"""The roll-up: events per hour of their occurrence, kept in the transaction that stores them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, delete, select, update

from vigie.protocol.events import StoredEvent
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.schemas import HourCount
from vigie.server.store.database import upsert
from vigie.server.store.tables import event_hours

HOUR_MS = 3_600_000
_KEY = ("hour", "device_id", "type")


def add_to_hours(connection: Connection, stored: Iterable[StoredEvent]) -> None:
    """Counts events in."""
    cursors: defaultdict[tuple[int, str, str], list[int]] = defaultdict(list)
    for event in stored:
        cursors[_key(event)].append(event.cursor)
    rows = [
        {**dict(zip(_KEY, key, strict=True)), "count": len(of), "first_cursor": min(of), "last_cursor": max(of)}
        for key, of in cursors.items()
    ]
    statement = upsert(connection, event_hours)
    first, last = statement.excluded.first_cursor, statement.excluded.last_cursor
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=_KEY,
            set_={
                "count": event_hours.c.count + statement.excluded.count,
                "first_cursor": case((first < event_hours.c.first_cursor, first), else_=event_hours.c.first_cursor),
                "last_cursor": case((last > event_hours.c.last_cursor, last), else_=event_hours.c.last_cursor),
            },
        ),
        rows,
    )


def move_hours(connection: Connection, before: Iterable[StoredEvent], now: Iterable[StoredEvent]) -> None:
    """Counts events again whose time of occurrence became known. The old hour's cursors stay as bounds: they may be wide."""
    moved = [
        {"at_hour": hour, "of_device": device_id, "of_type": type_, "less": less}
        for (hour, device_id, type_), less in Counter(_key(event) for event in before).items()
    ]
    row = (
        event_hours.c.hour == bindparam("at_hour"),
        event_hours.c.device_id == bindparam("of_device"),
        event_hours.c.type == bindparam("of_type"),
    )
    connection.execute(update(event_hours).where(*row).values(count=event_hours.c.count - bindparam("less")), moved)
    connection.execute(delete(event_hours).where(*row, event_hours.c.count <= 0), moved)
    add_to_hours(connection, now)


def _key(event: StoredEvent) -> tuple[int, str, str]:
    return to_unix_ms(event.occurred_at) // HOUR_MS, event.device_id, event.type


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
