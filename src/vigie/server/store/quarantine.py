"""What could not be stored as an event: kept with its reason, bounded, and never twice for one upload sent again."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.schemas import QuarantinedItem
from vigie.server.store.database import insert_or_skip, upsert
from vigie.server.store.tables import devices, quarantine

MAX_PAYLOAD_BYTES = 4096
MAX_REASON_CHARS = 1000
MAX_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that is no event, and why. `key` is the same whenever the same thing is uploaded again.

    `number`: the log (stream) and the seq that it would have had, where these could be made out.
    """

    key: str
    reason: str
    payload: bytes
    topic: str | None = None
    device_id: str | None = None
    number: tuple[str, int] | None = None


def key_of_bytes(payload: bytes) -> str:
    """A key for what is known by its content alone."""
    return f"sha256:{hashlib.sha256(payload).hexdigest()}"


def keep_refusals(connection: Connection, refusals: Sequence[Refusal], received_at: datetime) -> dict[str, str]:
    """Keeps what is new; returns its keys, each with its device ("" where none is known). The oldest rows make room."""
    rows = [
        {
            "key": refusal.key,
            "reason": refusal.reason[:MAX_REASON_CHARS],
            "topic": refusal.topic,
            "device_id": refusal.device_id,
            "payload": refusal.payload[:MAX_PAYLOAD_BYTES],
            "payload_bytes": len(refusal.payload),
            "received_at_ms": to_unix_ms(received_at),
        }
        for refusal in refusals
    ]
    new = insert_or_skip(connection, quarantine).returning(quarantine.c.key, quarantine.c.device_id)
    kept: dict[str, str] = {row.key: row.device_id or "" for row in connection.execute(new, rows)}
    statement = upsert(connection, devices)
    counted = statement.on_conflict_do_update(
        index_elements=["device_id"], set_={"quarantined": devices.c.quarantined + statement.excluded.quarantined}
    )
    counts = [{"device_id": name, "states": {}, "quarantined": n} for name, n in Counter(kept.values()).items() if name]
    if counts:
        connection.execute(counted, counts)
    if kept:
        newest = select(func.max(quarantine.c.id)).scalar_subquery()
        connection.execute(delete(quarantine).where(quarantine.c.id <= newest - MAX_ROWS))
    return kept


def list_refusals(connection: Connection, *, limit: int, before: int | None = None) -> list[QuarantinedItem]:
    """What was refused, newest first."""
    statement = select(quarantine).order_by(quarantine.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(quarantine.c.id < before)
    return [
        QuarantinedItem(
            id=row.id,
            received_at=from_unix_ms(row.received_at_ms),
            device_id=row.device_id,
            topic=row.topic,
            reason=row.reason,
            payload=row.payload.decode("utf-8", "backslashreplace"),
            payload_bytes=row.payload_bytes,
        )
        for row in connection.execute(statement)
    ]
