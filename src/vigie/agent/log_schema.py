"""The tables of the event log, how a file of an earlier version gets them, and what SQLite's errors mean for it.

WAL with synchronous=FULL: a commit survives a power cut. AUTOINCREMENT: a number is never given twice, or deduplication
would eat new events.
"""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SCHEMA_VERSION = 2
UNREAD = ".unread"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}

# A stream's events are the rows after its base, until the next stream's: `seq` = `number` - `base`.
_STREAMS = "CREATE TABLE streams (base INTEGER PRIMARY KEY, stream_id TEXT NOT NULL) STRICT"
_GAPS = "CREATE INDEX gaps ON events (number) WHERE sensor = 'gap'"
_TABLES = (
    """CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        sensor TEXT NOT NULL,
        kind TEXT,
        type TEXT NOT NULL,
        body TEXT NOT NULL,
        occurred_at_ms INTEGER,
        mono_ms INTEGER NOT NULL,
        boot_id TEXT NOT NULL,
        clock TEXT NOT NULL
    ) STRICT""",
    "CREATE TABLE values_by_name (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE commands (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        command_id TEXT NOT NULL UNIQUE,
        result TEXT NOT NULL
    ) STRICT""",
    _STREAMS,
    _GAPS,
)
_FROM_1 = (
    "ALTER TABLE events RENAME COLUMN seq TO number",
    _STREAMS,
    "INSERT INTO streams SELECT 0, value FROM values_by_name WHERE name = 'stream_id'",
    "DELETE FROM values_by_name WHERE name = 'stream_id'",
    _GAPS,
)
_STEPS = {0: _TABLES, 1: _FROM_1}
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=5000",
    # A small write-ahead log: on a full disk it, and folding it in, must do with what `reserve.py` keeps free.
    "wal_autocheckpoint=128",
    "journal_size_limit=524288",
    "cache_size=-512",
)


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Sets a connection up and brings its file to today's schema, with a stream. Raises `sqlite3.Error`.

    Writes nothing to a log that is in order: its disk may be full.
    """
    for pragma in _PRAGMAS:
        db.execute(f"PRAGMA {pragma}").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise sqlite3.NotSupportedError(f"{path} was written by a newer Vigie (schema {version}, ours is {SCHEMA_VERSION})")
    if version < SCHEMA_VERSION:
        with transaction(db):
            for statement in _STEPS[version]:
                db.execute(statement)
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            _begin_first_stream(db)
    elif db.execute("SELECT 1 FROM streams").fetchone() is None:  # its page has rotted away: the rows go out under a new name
        with transaction(db):
            _begin_first_stream(db)
    # A page of the file that cannot be read shows here, at start, rather than at the first replay.
    db.execute("SELECT count(*), sum(length(body)) FROM (SELECT body FROM events ORDER BY number DESC LIMIT 100)").fetchone()


def _begin_first_stream(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO streams SELECT 0, ? WHERE NOT EXISTS (SELECT 1 FROM streams)", (new_stream_id(),))


def new_stream_id() -> str:
    """A name that no other log has."""
    return uuid.uuid4().hex


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing. Raises `sqlite3.Error`."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # some errors, e.g. a full disk, end it by themselves
            db.execute("ROLLBACK")
        raise


def is_corrupt(error: sqlite3.Error) -> bool:
    """Whether the file is damaged, so that only a new one helps."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGED


def set_aside(path: Path) -> Path:
    """Renames a damaged log and its companions so that a new one can be made and the old one be looked at.

    An empty file beside it, `.unread`, says that `salvage.py` has not carried its events over yet.
    """
    number = 1
    while (target := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    with suppress(OSError):
        target.with_name(target.name + UNREAD).touch()
    for suffix in ("", "-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(target.with_name(target.name + suffix))
    return target
