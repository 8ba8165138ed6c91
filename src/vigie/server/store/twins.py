"""Events whose keys are taken: the same event again, the same under another number, or another one in its place."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, and_, bindparam, select, update

from vigie.protocol.events import ClockQuality, Event, StoredEvent
from vigie.protocol.times import to_unix_ms
from vigie.server.store.history import from_row
from vigie.server.store.hours import move_hours
from vigie.server.store.quarantine import Refusal
from vigie.server.store.tables import alerts, events

_LOOKUP = 400  # ids per SELECT: two binds each stay far below any database's limit


@dataclass(frozen=True, slots=True)
class Conflict:
    """An event whose id, or stream and seq, belongs to a stored event with other content.

    `is_number_free`: nothing is stored under its own stream and seq.
    """

    event: Event
    reason: str
    is_number_free: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of events whose keys are taken.

    `duplicates` are the stored events, in the order of the newcomers. `elsewhere` are those newcomers of which the stored
    event bears another number: a log that was restored from a copy sends its events again under new numbers.
    """

    duplicates: list[StoredEvent] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    elsewhere: list[Event] = field(default_factory=list)


def compare(connection: Connection, newcomers: Sequence[Event]) -> Compared:
    """Compares events with those that hold their keys, and takes over times that are better known by now."""
    by_id, by_seq = _stored(connection, newcomers)
    compared = Compared()
    better: dict[int, tuple[StoredEvent, Event]] = {}
    for event in newcomers:
        same_id, same_seq = by_id.get(event.id), by_seq.get((event.device_id, event.stream_id, event.seq))
        if same_seq is not None and _content(same_seq) == _content(event):
            twin = same_seq
        elif same_id is None or _content(same_id) != _content(event) or same_seq is not None:
            compared.conflicts.append(_conflict(event, same_id, same_seq))
            continue
        else:
            twin = same_id
            if event.seq is not None:
                compared.elsewhere.append(event)
        compared.duplicates.append(twin)
        if twin.clock is ClockQuality.UNSYNCED and event.clock is not ClockQuality.UNSYNCED and event.occurred_at is not None:
            better.setdefault(twin.cursor, (twin, event))
    if better:
        timed = _back_fill(connection, list(better.values()))
        compared.duplicates[:] = [timed.get(twin.cursor, twin) for twin in compared.duplicates]
    return compared


def refusal_of(conflict: Conflict) -> Refusal:
    """The newcomer for the quarantine. What its bridge or its clock may say otherwise next time is not part of the key."""
    payload = conflict.event.model_dump_json().encode()
    said = conflict.event.model_dump_json(exclude={"late", "occurred_at", "clock"}).encode()
    event = conflict.event
    return Refusal(
        key=f"conflict:{hashlib.sha256(said).hexdigest()[:48]}",
        reason=conflict.reason,
        device_id=event.device_id,
        payload=payload,
        number=(event.stream_id, event.seq) if conflict.is_number_free and event.stream_id and event.seq else None,
    )


def _stored(
    connection: Connection, newcomers: Sequence[Event]
) -> tuple[dict[str, StoredEvent], dict[tuple[str, str | None, int | None], StoredEvent]]:
    by_id: dict[str, StoredEvent] = {}
    by_seq: dict[tuple[str, str | None, int | None], StoredEvent] = {}
    for start in range(0, len(newcomers), _LOOKUP):
        part = newcomers[start : start + _LOOKUP]
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
    return by_id, by_seq


def _content(event: Event) -> tuple[object, ...]:
    """What makes two uploads the same event. Not the times: a device back-fills them when its clock is set; nor `late`,
    nor its number: a log that was restored from a copy numbers its events anew.
    """
    return (event.type, event.device_id, event.sensor, event.details, event.boot_id)


def _conflict(event: Event, same_id: StoredEvent | None, same_seq: StoredEvent | None) -> Conflict:
    if same_seq is not None:
        return Conflict(event, f"seq {event.seq} of stream {event.stream_id} is stored with other content")
    assert same_id is not None  # one of its keys is taken
    return Conflict(event, "its id belongs to a stored event with other content", is_number_free=True)


def _back_fill(connection: Connection, better: list[tuple[StoredEvent, Event]]) -> dict[int, StoredEvent]:
    """Times that the device knows by now in the place of those of arrival; the events as they are then, by cursor."""
    timed = {
        twin.cursor: twin.model_copy(update={"occurred_at": event.occurred_at, "clock": event.clock}) for twin, event in better
    }
    rows = [
        {"at": now.cursor, "of": now.id, "ms": to_unix_ms(now.occurred_at), "quality": now.clock.value} for now in timed.values()
    ]
    connection.execute(
        update(events).where(events.c.cursor == bindparam("at")).values(occurred_at_ms=bindparam("ms"), clock=bindparam("quality")),
        rows,
    )
    connection.execute(update(alerts).where(alerts.c.event_id == bindparam("of")).values(occurred_at_ms=bindparam("ms")), rows)
    move_hours(connection, [twin for twin, _ in better], timed.values())
    return timed
