"""The server's database as a file of a version: its migrations, its write-ahead log."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import vigie
from vigie.owner.backup.copying import workable_since
from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, failed, ok, size, warning
from vigie.owner.unreadable import unreadable
from vigie.runtime.claim import holder
from vigie.runtime.sqlite_reading import open_to_read

LARGE_WAL_BYTES = 64 * 10**6
_MIGRATIONS = Path(vigie.__file__).parent / "server" / "migrations" / "versions"
_WAL = 2  # https://sqlite.org/fileformat2.html, offset 18: file format write version


def schema(examined: Examined) -> Iterator[Finding]:
    """Whether this version can work with it, and whether what is written gets from the log into the file."""
    database = examined.places.database
    if database is None:
        return
    try:
        with closing(open_to_read(database)) as db:
            row = db.execute("SELECT version_num FROM alembic_version").fetchone()
        oldest = workable_since(database)
    except sqlite3.Error as error:
        if "no such table" in str(error):
            yield warning("schema", f"{database} was never opened by a server", "start the server once")
        else:
            yield unreadable("schema", database, error)
        return
    yield judge_revision(str(row[0]) if row else "", newest(), oldest)
    yield from _log_of(database)


def newest() -> str:
    """The last migration that this version knows; their files are called by their numbers."""
    return max(path.name.partition("_")[0] for path in _MIGRATIONS.glob("[0-9]*.py"))


def judge_revision(found: str, head: str, oldest: str = "") -> Finding:
    """`oldest`: since which revision a server can work on it."""
    if found == head:
        return ok("schema", f"revision {found}, the newest")
    if found < head:
        mend = "`vigie backup FILE`, then start the server again: it migrates by itself"
        return warning("schema", f"revision {found or 'none'}, the newest is {head}", mend)
    if oldest and oldest <= head:
        mend = "mend what kept the upgrade from living, and deploy it again"
        return warning("schema", f"revision {found}, of an upgrade that was rolled back: this one works on it", mend)
    return failed("schema", f"revision {found}, of a newer version: this one knows {head}", "upgrade Vigie, or restore a backup")


def _log_of(database: Path) -> Iterator[Finding]:
    try:
        with database.open("rb") as file:
            is_wal = file.read(20)[18:19] == bytes([_WAL])
        is_running = holder(database.with_name(f"{database.name}.lock")) is not None
    except OSError:  # what the file itself is like was just told
        return
    wal = database.with_name(f"{database.name}-wal")
    yield judge_log(wal.stat().st_size if wal.exists() else 0, is_wal=is_wal, is_running=is_running)


def judge_log(wal_bytes: int, *, is_wal: bool, is_running: bool) -> Finding:
    if is_running and not is_wal:
        return warning("schema", "no write-ahead log: who reads keeps the server from writing", "start the server again")
    if wal_bytes > LARGE_WAL_BYTES:
        seen = f"{size(wal_bytes)} of the write-ahead log are not in the database yet"
        return warning("schema", seen, "a program that reads it for long keeps them out: end it, or start the server again")
    return ok("schema", f"write-ahead log of {size(wal_bytes)}")
