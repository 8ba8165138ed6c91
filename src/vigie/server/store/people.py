"""Who has a PIN."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select

from vigie.server.store.database import upsert
from vigie.server.store.tables import people


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
