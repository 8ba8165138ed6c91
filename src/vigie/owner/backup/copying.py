"""A consistent copy of a SQLite database while its program writes: SQLite's backup API on a snapshot, a megabyte at a time."""

import sqlite3
from contextlib import closing
from pathlib import Path

from vigie.owner.backup.errors import BackupError
from vigie.runtime.sqlite_reading import open_to_read

_PAGES = 256
_TRIES = 3


def copy_database(source: Path, target: Path) -> None:
    """Copies `source` as it is at one instant. Raises `sqlite3.Error`, also where the copy is not sound.

    The snapshot is held by a read transaction: without it SQLite begins anew whenever the program has written. The writer goes on
    meanwhile; its write-ahead log grows by what it writes until we are done.
    """
    for _ in range(_TRIES):
        before = _state(source)
        target.unlink(missing_ok=True)
        with closing(open_to_read(source)) as reading, closing(sqlite3.connect(target, isolation_level=None)) as copy:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
            reading.backup(copy, pages=_PAGES)
        # Nobody had it open, so it was read as a file that does not change: did a program start meanwhile?
        if before is None or before == _state(source):
            break
    else:
        raise BackupError(f"{source} changes while nobody has it open; is it on a network disk? Try again")
    _check(target)


def schema_of(path: Path) -> str:
    """The version of its tables: Alembic's in the server's database, SQLite's `user_version` else. Raises `sqlite3.Error`."""
    with closing(open_to_read(path)) as db:
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            row = db.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(row[0]) if row else ""
        return str(db.execute("PRAGMA user_version").fetchone()[0])


def workable_since(path: Path) -> str:
    """The oldest revision of a server that can work on its database, where that says so; else nothing. Raises `sqlite3.Error`."""
    with closing(open_to_read(path)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'compatibility'").fetchone():
            return ""
        row = db.execute("SELECT oldest_revision FROM compatibility").fetchone()
        return str(row[0]) if row else ""


def require_sound(path: Path) -> None:
    """SQLite's quick check. Raises `sqlite3.Error`."""
    with closing(open_to_read(path)) as db:
        verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)


def _check(copy: Path) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE").fetchone()  # one file, without companions; its program makes it WAL again
    require_sound(copy)


def _state(path: Path) -> tuple[int, int] | None:
    """When it was last written and how long it is; None where a program has it open."""
    if path.with_name(f"{path.name}-wal").exists():
        return None
    found = path.stat()
    return found.st_mtime_ns, found.st_size
