"""What a zone's sensor and those that confirm it did, read from the history for `domain.hindsight`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from vigie.domain.hindsight import Happening, What
from vigie.protocol.alarm import DECISION
from vigie.protocol.sensors import kind_of_type
from vigie.protocol.states import Mode
from vigie.protocol.times import to_unix_ms
from vigie.server.store.history import EventQuery, cursors_of_window
from vigie.server.store.tables import events

MAX_EVENTS = 100_000


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor of a device, as zones name it."""

    device_id: str
    name: str

    def __str__(self) -> str:
        return f"{self.device_id}/{self.name}"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose history, and which part of it. `modes`: only detections that their Pi judged in one of these; None for all."""

    zone: Sensor
    confirm_by: Collection[Sensor]
    since: datetime
    until: datetime
    modes: Collection[Mode] | None


@dataclass(frozen=True, slots=True)
class Past:
    """In the order of their times. `is_truncated`: there was more, and what is left out is older."""

    happenings: list[Happening]
    detections: int
    is_truncated: bool


def read_past(connection: Connection, scope: Scope) -> Past:
    """What happened within the scope, the newest `MAX_EVENTS` of it."""
    rows = [(row, sensor) for sensor in {scope.zone, *scope.confirm_by} for row in _rows(connection, sensor, scope)]
    rows.sort(key=lambda found: (found[0].occurred_at_ms, found[0].cursor))
    kept = rows[-MAX_EVENTS:]
    happenings = [happening for row, sensor in kept for happening in _happenings(row, sensor, scope)]
    detections = sum(happening.what is What.ACTIVE for happening in happenings)
    return Past(happenings, detections, is_truncated=len(rows) > len(kept))


def _rows(connection: Connection, sensor: Sensor, scope: Scope) -> Iterable[Row[Any]]:
    """One more than can be kept, to know whether there are more."""
    first, last = cursors_of_window(connection, EventQuery(device_id=sensor.device_id, since=scope.since, until=scope.until))
    if first is None or last is None:
        return []
    mode = events.c.details[DECISION, "mode"].as_string().label("mode")
    statement = (
        select(events.c.cursor, events.c.type, events.c.occurred_at_ms, mode)
        .where(events.c.device_id == sensor.device_id, events.c.sensor == sensor.name)
        .where(events.c.cursor.between(first, last))
        .where(events.c.occurred_at_ms.between(to_unix_ms(scope.since), to_unix_ms(scope.until)))
        .order_by(events.c.cursor.desc())
        .limit(MAX_EVENTS + 1)
    )
    return connection.execute(statement).all()


def _happenings(row: Row[Any], sensor: Sensor, scope: Scope) -> Iterable[Happening]:
    """A sensor may confirm its own zone: then it does both."""
    kind = kind_of_type(row.type)
    is_active, at = kind is None or row.type == kind.active_type, row.occurred_at_ms / 1000
    if is_active and sensor in scope.confirm_by:
        yield Happening(at, What.CONFIRMS, str(sensor))
    if sensor != scope.zone:
        return
    if not is_active:
        yield Happening(at, What.AT_REST)
    elif scope.modes is None or row.mode in scope.modes:
        yield Happening(at, What.ACTIVE)
