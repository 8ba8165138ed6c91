"""The spool's tables and how an older file comes to have them. One connection; every change of version is one transaction."""

import sqlite3
from pathlib import Path

VERSION = 2
"""Kept in `PRAGMA user_version`. Files of version 1 were written before there was one: they say 0."""

_STEPS: dict[int, tuple[str, ...]] = {
    1: (
        """CREATE TABLE IF NOT EXISTS spool (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            device_id TEXT NOT NULL,
            item BLOB NOT NULL,
            is_event INTEGER NOT NULL,
            age_ms INTEGER,
            boot_id TEXT NOT NULL,
            received_mono_ms INTEGER NOT NULL
        ) STRICT""",
        """CREATE TABLE IF NOT EXISTS parked (
            id INTEGER PRIMARY KEY,
            device_id TEXT NOT NULL,
            item BLOB NOT NULL,
            reason TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE IF NOT EXISTS delivered (
            mid INTEGER PRIMARY KEY,
            fingerprint BLOB NOT NULL
        ) STRICT""",
    ),
    2: (
        "ALTER TABLE spool ADD COLUMN stream_id TEXT",
        "ALTER TABLE spool ADD COLUMN seq INTEGER",
        "ALTER TABLE spool ADD COLUMN content_crc INTEGER",
        # The same number with other content is another item: the server must see that conflict.
        """CREATE UNIQUE INDEX spool_by_number ON spool (device_id, stream_id, seq, content_crc)
            WHERE stream_id IS NOT NULL""",
        """CREATE TABLE given_up (
            device_id TEXT PRIMARY KEY,
            count INTEGER NOT NULL
        ) STRICT""",
    ),
}


class Damage(sqlite3.DatabaseError):
    """What `quick_check` found."""


class TooNew(sqlite3.DatabaseError):
    """A later version of Vigie has written this file; it is left alone."""


def open_database(path: Path) -> sqlite3.Connection:
    """The file with the present schema, made or brought up to date. Raises `sqlite3.DatabaseError`; then nothing is open."""
    db = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA journal_size_limit = 4194304")
        verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise Damage(verdict)
        _bring_up_to_date(db)
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    if version > VERSION:
        raise TooNew(f"written by a later version of Vigie (schema {version}, this one knows {VERSION}); install that one")
    with Transaction(db):
        for step in range(version + 1, VERSION + 1):
            for statement in _STEPS[step]:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")


class Transaction:
    """BEGIN … COMMIT, or ROLLBACK when the block or the commit fails: a full disk must leave no half of a batch.

    `durable=False` leaves the fsync to the next commit that needs one: what a power cut may undo without harm.
    """

    def __init__(self, db: sqlite3.Connection, *, durable: bool = True) -> None:
        self._db = db
        self._durable = durable

    def __enter__(self) -> None:
        if not self._durable:
            self._db.execute("PRAGMA synchronous = NORMAL")
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.DatabaseError:
            self._restore()
            raise

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if error is None:
                self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._restore()

    def _restore(self) -> None:
        if not self._durable:
            self._db.execute("PRAGMA synchronous = FULL")
