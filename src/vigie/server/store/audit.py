"""The audit log: who did what, from where. Each row is written in the transaction of what it tells of, and stays.

Each row's hash is over its content and the hash of the row before it: whoever changes or takes out a row in the middle breaks
every hash behind it. It keeps no secret, so somebody who may write the file can make all of it anew; a backup shows that.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, text

from vigie.protocol.states import MAX_AUTHOR
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.schemas import AuditAction, AuditEntry
from vigie.server.store.database import compact_json
from vigie.server.store.tables import audit

NO_HASH = "0" * 64
"""Before the first row."""
_ONE_AT_A_TIME = 0x76696769
"""PostgreSQL's advisory lock under which rows are added; SQLite has one writer at a time anyway."""
_PAGE = 1000


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


@dataclass(frozen=True, slots=True)
class Chain:
    """The hashes of all rows. `broken_at`: the first row whose hash is not that of what is there."""

    rows: int
    head: str
    broken_at: int | None


def note(connection: Connection, deed: Deed, at: datetime) -> None:
    """Adds a row."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ONE_AT_A_TIME})
    before = connection.scalar(select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)) or NO_HASH
    row: dict[str, Any] = {
        "at_ms": to_unix_ms(at),
        "actor": deed.author.name[:MAX_AUTHOR],
        "origin": deed.author.origin[:MAX_AUTHOR],
        "action": str(deed.action),
        "detail": deed.detail,
    }
    connection.execute(insert(audit), {**row, "hash": hash_of(before, **row)})


def hash_of(before: str, *, at_ms: int, actor: str, origin: str, action: str, detail: dict[str, Any]) -> str:
    """A row's hash: SHA-256 of the hash before it and the row as compact JSON, in hex."""
    return hashlib.sha256(f"{before}{compact_json([at_ms, actor, origin, action, detail])}".encode()).hexdigest()


def verify_chain(connection: Connection) -> Chain:
    """Computes every hash anew."""
    rows, head, broken_at, last_id = 0, NO_HASH, None, 0
    while page := connection.execute(select(audit).where(audit.c.id > last_id).order_by(audit.c.id).limit(_PAGE)).all():
        for row in page:
            found = hash_of(head, at_ms=row.at_ms, actor=row.actor, origin=row.origin, action=row.action, detail=row.detail)
            if found != row.hash and broken_at is None:
                broken_at = row.id
            rows, head, last_id = rows + 1, row.hash, row.id
    return Chain(rows, head, broken_at)


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
