"""The audit log: who did what, from where. Each row is written in the transaction of what it tells of, and stays."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, text

from vigie.domain.audit_chain import NO_HASH, Entry, hash_of
from vigie.protocol.states import MAX_AUTHOR
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.schemas import AuditAction, AuditEntry
from vigie.server.store.tables import audit

_ONE_AT_A_TIME = 0x76696769
"""PostgreSQL's advisory lock under which rows are added; SQLite has one writer at a time anyway."""


class Author(NamedTuple):
    """Who does something, and from where: `page 192.168.1.7`, `cli hub`, …"""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that somebody did. Its author's name is empty where nobody knows who it was."""

    action: AuditAction
    author: Author
    detail: dict[str, Any] = field(default_factory=dict)


def note(connection: Connection, deed: Deed, at: datetime) -> None:
    """Adds a row."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ONE_AT_A_TIME})
    before = connection.scalar(select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)) or NO_HASH
    actor, origin = deed.author.name[:MAX_AUTHOR], deed.author.origin[:MAX_AUTHOR]
    entry = Entry(to_unix_ms(at), actor, origin, str(deed.action), deed.detail)
    connection.execute(insert(audit), {**asdict(entry), "hash": hash_of(before, entry)})


def count_deeds(connection: Connection, actions: Collection[AuditAction], since: datetime) -> int:
    """How often one of these was done since then."""
    statement = select(func.count()).select_from(audit)
    statement = statement.where(audit.c.action.in_(actions), audit.c.at_ms >= to_unix_ms(since))
    return connection.execute(statement).scalar_one()


def list_audit(connection: Connection, *, limit: int, before: int | None = None) -> list[AuditEntry]:
    """What was done, newest first."""
    statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(audit.c.id < before)
    return [
        AuditEntry(id=row.id, at=from_unix_ms(row.at_ms), actor=row.actor, origin=row.origin, action=row.action, detail=row.detail)
        for row in connection.execute(statement)
    ]
