"""What happens to a damaged spool file: set aside, never deleted, and what can still be read of it is carried over."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from vigie.bridge.spool_schema import Damage, Transaction

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_READABLE = (
    """SELECT id, device_id, item, is_event, age_ms, boot_id, received_mono_ms, stream_id, seq, content_crc
       FROM spool ORDER BY id""",
    # version 1
    "SELECT id, device_id, item, is_event, age_ms, boot_id, received_mono_ms, NULL, NULL, NULL FROM spool ORDER BY id",
)
_CARRY_OVER = """
INSERT OR IGNORE INTO spool (id, device_id, item, is_event, age_ms, boot_id, received_mono_ms, stream_id, seq, content_crc)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether this error says that the file's content is broken, as opposed to a full disk or a missing folder."""
    if isinstance(error, Damage):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGED


def replace(path: Path, open_new: Callable[[], sqlite3.Connection]) -> tuple[sqlite3.Connection, Path, int]:
    """A new file in the place of the damaged one: the connection, where the old one is now, how many rows came over.

    The rows keep their numbers: somebody may be about to delete those that he was given. All or nothing: without room
    for the new file the damaged one stays in its place, for the next try. Raises `OSError`, `sqlite3.DatabaseError`.
    """
    aside = next(
        candidate for number in range(1, 10_000) if not (candidate := path.with_name(f"{path.name}.damaged-{number}")).exists()
    )
    _rename(path, aside)
    try:
        db, saved = _carry_over(aside, open_new)
    except sqlite3.DatabaseError:
        _rename(aside, path)
        raise
    return db, aside, saved


def _carry_over(aside: Path, open_new: Callable[[], sqlite3.Connection]) -> tuple[sqlite3.Connection, int]:
    db = open_new()
    saved = 0
    try:
        with Transaction(db):
            for values in _readable_rows(aside):
                db.execute(_CARRY_OVER, values)
                saved += 1
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db, saved


def _readable_rows(path: Path) -> Iterator[tuple[object, ...]]:
    db = sqlite3.connect(path)
    try:
        for query in _READABLE:
            try:
                yield from db.execute(query)
            except sqlite3.DatabaseError as error:
                if "no such column" in str(error):
                    continue
            return
    finally:
        db.close()


def _rename(path: Path, target: Path) -> None:
    """Moves a database and its companions over whatever is there."""
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(target.with_name(target.name + suffix))
        else:
            target.with_name(target.name + suffix).unlink(missing_ok=True)
