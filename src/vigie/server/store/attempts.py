"""How many secrets were wrong in a row, by what they were tried on."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from vigie.domain.lockout import NONE_FAILED, Attempts, Moment
from vigie.protocol.times import to_unix_ms
from vigie.server.store.database import upsert
from vigie.server.store.tables import attempts as table

PIN = "pin"
MAX_KEYS = 10_000
"""Whoever tries from ever new addresses, or with ever new names, must not fill the disk: the oldest are forgotten."""


def account_key(name: str) -> str:
    """Of an account, also of one that there is not: it must not be told apart. Two may share one key.

    What is typed for a name may be a password: only 16 bits of its hash are kept.
    """
    return f"account:{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:4]}"


def address_key(address: str) -> str:
    """Of where somebody tries from."""
    return f"address:{address}"


def load_attempts(connection: Connection, key: str) -> Attempts:
    """Those that were wrong in a row."""
    row = connection.execute(select(table).where(table.c.key == key)).one_or_none()
    if row is None or row.failures == 0:
        return NONE_FAILED
    return Attempts(row.failures, Moment(row.boot_id, row.mono_ms / 1000))


def save_attempts(connection: Connection, key: str, attempts: Attempts, at: datetime) -> None:
    """Replaces them; `at` is the wall time."""
    last = attempts.last_failed
    if last is None:
        connection.execute(delete(table).where(table.c.key == key))
        return
    values: dict[str, Any] = {
        "failures": attempts.failures,
        "last_failed_at_ms": to_unix_ms(at),
        "boot_id": last.boot_id,
        "mono_ms": int(last.mono_s * 1000),
    }
    statement = upsert(connection, table).on_conflict_do_update(index_elements=["key"], set_=values)
    connection.execute(statement, {"key": key, **values})
    if (connection.scalar(select(func.count()).select_from(table)) or 0) > MAX_KEYS:
        oldest = select(table.c.key).where(table.c.key != PIN).order_by(table.c.last_failed_at_ms).limit(MAX_KEYS // 10)
        connection.execute(delete(table).where(table.c.key.in_(oldest)))


def delete_sign_in_attempts(connection: Connection) -> int:
    """Forgets those of every account and address; how many had failed."""
    return connection.execute(delete(table).where(table.c.key != PIN)).rowcount
