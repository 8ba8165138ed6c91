"""What belongs to the site as a whole: its mode, and a counter that proves that something can be written."""

from typing import Any

from sqlalchemy import Connection, select

from vigie.protocol.states import ModeRecord
from vigie.server.store.database import upsert
from vigie.server.store.tables import site

_MODE = "mode"
_ALIVE = "alive"


def load_mode(connection: Connection) -> ModeRecord | None:
    """The newest mode that a bridge has reported; None before the first."""
    value = connection.scalar(select(site.c.value).where(site.c.key == _MODE))
    return None if value is None else ModeRecord.model_validate(value)


def save_mode(connection: Connection, record: ModeRecord) -> None:
    """Replaces the stored mode."""
    _put(connection, _MODE, record.model_dump(mode="json"))


def note_alive(connection: Connection) -> None:
    """Writes a few bytes, to learn whether the database takes them."""
    written = connection.scalar(select(site.c.value).where(site.c.key == _ALIVE))
    _put(connection, _ALIVE, written + 1 if isinstance(written, int) else 1)


def _put(connection: Connection, key: str, value: Any) -> None:
    statement = upsert(connection, site)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value}),
        {"key": key, "value": value},
    )
