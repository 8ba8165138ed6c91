"""Alerts: opened in the transaction of their event, acknowledged once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from vigie.domain.alarm_model import is_guarded
from vigie.domain.alerts import grounds_of, location_in
from vigie.domain.mode import INITIAL
from vigie.protocol.events import Event, StoredEvent
from vigie.protocol.states import Mode
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.runtime.ids import new_id
from vigie.server.api.schemas import Alert
from vigie.server.errors import UnknownAlert
from vigie.server.store.site import load_mode
from vigie.server.store.tables import alerts

EVENT_CONFLICT = "event_conflict"
"""The type of the alert that says: two different events of a device bear one id, or one number of its log."""
PIN_FAILED = "pin_failed"
"""The type of the alert that says: wrong PINs, so many in a row that there is a wait."""
DURESS = "duress"
"""The type of the alert that says: somebody typed their duress PIN. It is silent: whoever stands beside them must not see it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What an alert is about that no event of the history has opened. `key` is unique to it: the alert's `event_id`."""

    type: str
    key: str
    occurred_at: datetime
    device_id: str = "server"
    sensor: str = "pin"
    location: str = ""
    late: bool = False
    silent: bool = False
    mode: Mode | None = None


DEVICE_SILENT = "device_silent"
BRIDGE_SILENT = "bridge_silent"
"""The types of the alerts that say: a device, or the bridge, is not heard while the site is guarded."""
HEARTBEAT = "heartbeat"
"""The sensor of these alerts."""


def open_alerts(connection: Connection, stored: Sequence[StoredEvent]) -> list[Alert]:
    """Opens one alert per newly stored event that is one by its Pi's decision or, where it bears none, by the stored mode."""
    found = [(event, grounds) for event in stored if (grounds := grounds_of(event.sensor, event.type, event.details)) is not None]
    if not found:
        return []
    record = load_mode(connection)
    site_mode = (record or INITIAL).mode
    is_judged = record is not None and is_guarded(site_mode)
    rows = [
        {
            "event_id": event.id,
            "device_id": event.device_id,
            "sensor": grounds.sensor,
            "type": grounds.type,
            "location": grounds.location,
            "mode": (grounds.mode or site_mode).value,
            "late": event.late,
            "occurred_at_ms": to_unix_ms(event.occurred_at),
            "opened_at_ms": to_unix_ms(event.received_at),
            "state": "open",
        }
        for event, grounds in found
        if grounds.is_decided or is_judged
    ]
    if not rows:
        return []
    opened = connection.execute(insert(alerts).returning(alerts, sort_by_parameter_order=True), rows)
    return [_from_row(row) for row in opened]


def open_conflict_alerts(connection: Connection, newcomers: Iterable[tuple[Event, str]], received_at: datetime) -> list[Alert]:
    """Opens one trouble alert per device of which two events claim one number; none while one is open.

    It is told in every mode. `newcomers` come with their keys in the quarantine: that is the alert's `event_id`, because
    they are no events of the history.
    """
    opened = []
    for event, key in {event.device_id: (event, key) for event, key in reversed(list(newcomers))}.values():
        cause = Cause(
            EVENT_CONFLICT,
            key,
            event.occurred_at or received_at,
            event.device_id,
            event.sensor,
            location=location_in(event.details),
            late=event.late,
        )
        alert = open_trouble_alert(connection, cause, received_at)
        if alert is not None:
            opened.append(alert)
    return opened


def open_trouble_alert(connection: Connection, cause: Cause, opened_at: datetime | None = None) -> Alert | None:
    """Opens an alert in any mode; None while one of this type is open for this device, or where this very cause had one."""
    is_open = (alerts.c.device_id == cause.device_id, alerts.c.type == cause.type, alerts.c.state == "open")
    # The quarantine forgets; an alert that was opened for this very conflict stays one.
    if connection.scalar(select(alerts.c.id).where(or_(and_(*is_open), alerts.c.event_id == cause.key)).limit(1)) is not None:
        return None
    return open_alert(connection, cause, opened_at)


def open_alert(connection: Connection, cause: Cause, opened_at: datetime | None = None) -> Alert:
    """Opens an alert in any mode."""
    row = {
        "event_id": cause.key,
        "device_id": cause.device_id,
        "sensor": cause.sensor,
        "type": cause.type,
        "location": cause.location,
        "mode": (cause.mode or (load_mode(connection) or INITIAL).mode).value,
        "late": cause.late,
        "occurred_at_ms": to_unix_ms(cause.occurred_at),
        "opened_at_ms": to_unix_ms(opened_at or cause.occurred_at),
        "state": "open",
        "silent": cause.silent,
    }
    return _from_row(connection.execute(insert(alerts).returning(alerts), row).one())


@dataclass(frozen=True, slots=True)
class AbsenceAlert:
    """Who is missing since when. `last_proof`: for an absence that may have begun before the server started, the newest sign
    of life that it knows of; None where the server has heard itself how the absence began.
    """

    type: str
    device_id: str
    mode: Mode
    occurred_at: datetime
    opened_at: datetime
    began_before: bool = False
    last_proof: datetime | None = None


def open_absence_alert(connection: Connection, absence: AbsenceAlert) -> Alert | None:
    """Opens the alert of an absence; None where one was opened for it before the server was started again."""
    if absence.began_before and _was_told(connection, absence):
        return None
    cause = Cause(absence.type, new_id(absence.opened_at), absence.occurred_at, absence.device_id, HEARTBEAT, mode=absence.mode)
    return open_alert(connection, cause, absence.opened_at)


def _was_told(connection: Connection, absence: AbsenceAlert) -> bool:
    """Whether nothing was heard since the newest alert of this kind, whoever has acknowledged it."""
    same = (alerts.c.device_id == absence.device_id, alerts.c.type == absence.type)
    told_ms = connection.scalar(select(alerts.c.occurred_at_ms).where(*same).order_by(alerts.c.id.desc()).limit(1))
    if told_ms is None:
        return False
    return absence.last_proof is None or told_ms >= to_unix_ms(absence.last_proof)


def list_alerts(connection: Connection, *, state: str | None, limit: int, before: int | None = None) -> list[Alert]:
    """Alerts, newest first."""
    statement = select(alerts).order_by(alerts.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(alerts.c.state == state)
    if before is not None:
        statement = statement.where(alerts.c.id < before)
    return [_from_row(row) for row in connection.execute(statement)]


def count_open(connection: Connection) -> int:
    """How many alerts nobody has acknowledged yet; counted in the index."""
    return connection.scalar(select(func.count()).where(alerts.c.state == "open")) or 0


def acknowledge(connection: Connection, alert_id: int, now: datetime, user: str | None) -> tuple[Alert, bool]:
    """The alert, acknowledged, and whether this call did it; raises `UnknownAlert`. A second time changes nothing."""
    changed = connection.execute(
        update(alerts)
        .where(alerts.c.id == alert_id, alerts.c.state == "open")
        .values(state="acknowledged", acknowledged_at_ms=to_unix_ms(now), acknowledged_by=user)
    )
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).one_or_none()
    if row is None:
        raise UnknownAlert(alert_id)
    return _from_row(row), changed.rowcount > 0


def _from_row(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id,
        event_id=row.event_id,
        device_id=row.device_id,
        sensor=row.sensor,
        type=row.type,
        location=row.location,
        mode=row.mode,
        late=row.late,
        occurred_at=from_unix_ms(row.occurred_at_ms),
        opened_at=from_unix_ms(row.opened_at_ms),
        state=row.state,
        acknowledged_at=None if row.acknowledged_at_ms is None else from_unix_ms(row.acknowledged_at_ms),
        acknowledged_by=row.acknowledged_by,
        silent=row.silent,
    )
