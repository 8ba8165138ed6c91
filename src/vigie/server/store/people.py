"""Who has a PIN, and how many PINs were wrong in a row."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from vigie.domain.lockout import NONE_FAILED, Attempts, Moment
from vigie.protocol.times import to_unix_ms
from vigie.server.store.database import upsert
from vigie.server.store.tables import people, pin_attempts

_ONLY_ROW = 1


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person; the hashes are argon2id's own strings, and stay out of logs."""

    name: str
    pin_hash: str = field(repr=False)
    duress_hash: str | None = field(repr=False)
    created_at_ms: int


def load_people(connection: Connection) -> list[PersonRow]:
    """Everybody, by name."""
    return [PersonRow(**row._mapping) for row in connection.execute(select(people).order_by(people.c.name))]


def has_people(connection: Connection) -> bool:
    """Whether anybody has a PIN; else no PIN is asked for."""
    return connection.scalar(select(people.c.name).limit(1)) is not None


def save_person(connection: Connection, row: PersonRow) -> None:
    """Adds the person, or replaces what was kept of them."""
    statement = upsert(connection, people)
    updates = {name: statement.excluded[name] for name in ("pin_hash", "duress_hash")}
    values = {column.name: getattr(row, column.name) for column in people.columns}
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=updates), values)


def delete_person(connection: Connection, name: str) -> None:
    """Forgets the person."""
    connection.execute(delete(people).where(people.c.name == name))


def load_attempts(connection: Connection) -> Attempts:
    """The PINs that were wrong in a row."""
    row = connection.execute(select(pin_attempts)).one_or_none()
    if row is None or row.failures == 0:
        return NONE_FAILED
    return Attempts(row.failures, Moment(row.boot_id, row.mono_ms / 1000))


def save_attempts(connection: Connection, attempts: Attempts, at: datetime) -> None:
    """Replaces them; `at` is the wall time, for whoever looks into the table."""
    last = attempts.last_failed or Moment("", 0.0)
    values: dict[str, Any] = {
        "failures": attempts.failures,
        "last_failed_at_ms": to_unix_ms(at),
        "boot_id": last.boot_id,
        "mono_ms": int(last.mono_s * 1000),
    }
    statement = upsert(connection, pin_attempts).on_conflict_do_update(index_elements=["id"], set_=values)
    connection.execute(statement, {"id": _ONLY_ROW, **values})
