"""The audit log: who did what, from where. Each row is written in the transaction of what it tells of, and stays."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from vigie.protocol.states import MAX_AUTHOR
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.schemas import AuditAction, AuditEntry
from vigie.server.store.tables import audit


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that somebody did. `actor` is empty where nobody knows who it was."""

    action: AuditAction
    actor: str
    origin: str
    detail: dict[str, Any] = field(default_factory=dict)


def note(connection: Connection, deed: Deed, at: datetime) -> None:
    """Adds a row."""
    row = {
        "at_ms": to_unix_ms(at),
        "actor": deed.actor[:MAX_AUTHOR],
        "origin": deed.origin[:MAX_AUTHOR],
        "action": deed.action,
        "detail": deed.detail,
    }
    connection.execute(insert(audit), row)


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
