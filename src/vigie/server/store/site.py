"""What belongs to the site as a whole: today its mode."""

from sqlalchemy import Connection, select

from vigie.protocol.states import ModeRecord
from vigie.server.store.database import upsert
from vigie.server.store.tables import site

_MODE = "mode"


def load_mode(connection: Connection) -> ModeRecord | None:
    """The newest mode that a bridge has reported; None before the first."""
    value = connection.scalar(select(site.c.value).where(site.c.key == _MODE))
    return None if value is None else ModeRecord.model_validate(value)


def save_mode(connection: Connection, record: ModeRecord) -> None:
    """Replaces the stored mode."""
    statement = upsert(connection, site)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value}),
        {"key": _MODE, "value": record.model_dump(mode="json")},
    )
