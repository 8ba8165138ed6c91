"""What a device last said of itself, kept over restarts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from vigie.server.store.database import upsert
from vigie.server.store.tables import devices


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device's own words as JSON: status, last heartbeat, retained states of its parts."""

    device_id: str
    status: dict[str, Any] | None = None
    heartbeat: dict[str, Any] | None = None
    heartbeat_at_ms: int | None = None
    states: dict[str, Any] = field(default_factory=dict)
    quarantined: int = 0


def load_devices(connection: Connection) -> list[DeviceRow]:
    """Every device, by name."""
    return [_from_row(row) for row in connection.execute(select(devices).order_by(devices.c.device_id))]


def save_devices(connection: Connection, rows: Iterable[DeviceRow]) -> None:
    """Writes what the devices said; the count of quarantined messages is kept by the quarantine itself."""
    said = ("status", "heartbeat", "heartbeat_at_ms", "states")
    values = [{"device_id": row.device_id, **{name: getattr(row, name) for name in said}} for row in rows]
    if values:
        statement = upsert(connection, devices)
        updates = {name: statement.excluded[name] for name in said}
        connection.execute(statement.on_conflict_do_update(index_elements=["device_id"], set_=updates), values)


def _from_row(row: Row[Any]) -> DeviceRow:
    return DeviceRow(**row._mapping)
