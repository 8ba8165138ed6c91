"""The spool's SQLite file: schema, transactions, and what happens when the file is damaged. One thread, one connection."""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vigie.bridge.intake import Row

log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS spool (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id TEXT NOT NULL,
    item BLOB NOT NULL,
    is_event INTEGER NOT NULL,
    age_ms INTEGER,
    boot_id TEXT NOT NULL,
    received_mono_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS parked (
    id INTEGER PRIMARY KEY,
    device_id TEXT NOT NULL,
    item BLOB NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS delivered (
    mid INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL
) STRICT;
"""
_INSERT = "INSERT INTO spool (device_id, item, is_event, age_ms, boot_id, received_mono_ms) VALUES (?, ?, ?, ?, ?, ?)"
_OLDEST = "SELECT id, device_id, item, is_event, age_ms, boot_id, received_mono_ms FROM spool ORDER BY id LIMIT ?"
_READABLE = "SELECT id, device_id, item, is_event, age_ms, boot_id, received_mono_ms FROM spool ORDER BY id"
_CARRY_OVER = "INSERT INTO spool (id, device_id, item, is_event, age_ms, boot_id, received_mono_ms) VALUES (?, ?, ?, ?, ?, ?, ?)"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SpoolError(Exception):
    """The spool cannot be read or written. The text says which file and why."""

    def __init__(self, path: Path, cause: object) -> None:
        super().__init__(f"spool {path}: {cause}; check free space and permissions of that folder")


@dataclass(frozen=True, slots=True)
class Received:
    """The rows of one MQTT message, with the packet's id (0 at QoS 0) and its DUP flag."""

    rows: Sequence[Row]
    mid: int = 0
    dup: bool = False


@dataclass(frozen=True, slots=True)
class SpooledRow:
    """A row as the upload takes it. `received_mono_ms` means something within `boot_id` only."""

    id: int
    device_id: str
    item: bytes
    is_event: bool
    age_ms: int | None
    boot_id: str
    received_mono_ms: int


class SpoolFile:
    """Opened with `SpoolFile(path)`; raises `SpoolError` where that is impossible. Damaged files are set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._given_id = 0
        self._is_open = True
        self.set_aside: list[Path] = []
        try:
            self._db = self._open()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise SpoolError(path, error) from error
            self._db = self._replace(error)

    def insert(self, received: Iterable[Received], boot_id: str, mono_ms: int) -> list[Row]:
        """Commits everything in one transaction; returns the rows that were new.

        A redelivery (DUP) of a message without an id of its own is recognised by packet id and content: the broker
        repeats both. Raises `SpoolError` on a full or failing disk; then nothing is stored.
        """
        messages = list(received)
        try:
            return self._insert(messages, boot_id, mono_ms)
        except sqlite3.DatabaseError as error:
            self._mend(error)
        try:
            return self._insert(messages, boot_id, mono_ms)
        except sqlite3.DatabaseError as error:
            raise SpoolError(self._path, error) from error

    def _insert(self, messages: Sequence[Received], boot_id: str, mono_ms: int) -> list[Row]:
        new: list[Row] = []
        with self._transaction():
            for message in messages:
                for row in message.rows:
                    if row.fingerprint and message.mid and not self._is_first(message, row.fingerprint):
                        continue
                    new.append(row)
            self._db.executemany(
                _INSERT,
                ((row.device_id, row.item, row.is_event, row.age_ms, boot_id, mono_ms) for row in new),
            )
        return new

    def _is_first(self, message: Received, fingerprint: bytes) -> bool:
        if message.dup:
            known = self._db.execute("SELECT fingerprint FROM delivered WHERE mid = ?", (message.mid,)).fetchone()
            if known and known[0] == fingerprint:
                return False
        self._db.execute("INSERT OR REPLACE INTO delivered VALUES (?, ?)", (message.mid, fingerprint))
        return True

    def oldest(self, max_items: int, max_bytes: int) -> list[SpooledRow]:
        """The oldest rows, in order: at least one where there is any, otherwise within both limits."""
        rows: list[SpooledRow] = []
        size_bytes = 0
        try:
            for values in self._db.execute(_OLDEST, (max_items,)):
                row = SpooledRow(*values)
                size_bytes += len(row.item) + 16
                if rows and size_bytes > max_bytes:
                    break
                rows.append(row)
        except sqlite3.DatabaseError as error:
            self._mend(error)
            return []
        if rows:
            self._given_id = max(self._given_id, rows[-1].id)
        return rows

    def delete(self, first_id: int, last_id: int) -> None:
        """Removes rows that the server has. Raises `SpoolError`."""
        self._write("DELETE FROM spool WHERE id BETWEEN ? AND ?", (first_id, last_id))

    def park(self, row: SpooledRow, reason: str) -> None:
        """Moves a row that the server takes in no form out of the way of the others; it stays in the file."""
        try:
            with self._transaction():
                self._db.execute("INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?)", (row.id, row.device_id, row.item, reason))
                self._db.execute("DELETE FROM spool WHERE id = ?", (row.id,))
        except sqlite3.DatabaseError as error:
            raise SpoolError(self._path, error) from error

    def forget_deliveries(self) -> None:
        """For a new session with the broker: its packet ids start again, so nothing of the old ones can come back."""
        self._write("DELETE FROM delivered", ())

    def depth_by_device(self) -> dict[str, tuple[int, int]]:
        """Device -> how many rows, and how many bytes they take."""
        query = "SELECT device_id, count(*), sum(length(item)) FROM spool GROUP BY device_id"
        try:
            return {device_id: (count, size) for device_id, count, size in self._db.execute(query)}
        except sqlite3.DatabaseError as error:
            raise SpoolError(self._path, error) from error

    def parked_count(self) -> int:
        """How many rows the server would not take in any form."""
        try:
            return int(self._db.execute("SELECT count(*) FROM parked").fetchone()[0])
        except sqlite3.DatabaseError as error:
            raise SpoolError(self._path, error) from error

    def close(self) -> None:
        """Checkpoints and closes the file."""
        self._db.close()

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            with self._transaction():
                self._db.execute(statement, values)
        except sqlite3.DatabaseError as error:
            self._mend(error)

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, timeout=1.0)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA journal_size_limit = 4194304")
            verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise _Damage(verdict)
            db.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    def _mend(self, error: sqlite3.DatabaseError) -> None:
        """Replaces a damaged file; raises `SpoolError` for any other error, and where there is no room for a new one."""
        if not _is_damage(error) and self._is_open:
            raise SpoolError(self._path, error) from error
        self._is_open = False
        self._db.close()  # before the files move: SQLite removes its companions by name
        self._db = self._replace(error)
        self._is_open = True

    def _replace(self, cause: sqlite3.DatabaseError) -> sqlite3.Connection:
        """Sets the damaged file aside, never deletes it, and carries over what can still be read of it.

        The rows keep their numbers: somebody may be about to delete those that he was given. All or nothing: without
        room for the new file the damaged one stays in its place, for the next try.
        """
        aside = next(
            candidate
            for number in range(1, 10_000)
            if not (candidate := self._path.with_name(f"{self._path.name}.damaged-{number}")).exists()
        )
        try:
            _rename(self._path, aside)
            try:
                db, saved = self._carry_over(aside)
            except sqlite3.DatabaseError:
                _rename(aside, self._path)
                raise
        except (OSError, sqlite3.DatabaseError) as error:
            raise SpoolError(self._path, error) from error
        self.set_aside.append(aside)
        log.error("spool file was damaged (%s): moved to %s; events carried over=%d, the others may be lost", cause, aside, saved)
        return db

    def _carry_over(self, aside: Path) -> tuple[sqlite3.Connection, int]:
        db = self._open()
        try:
            saved = 0
            with _Transaction(db):
                for values in _readable_rows(aside):
                    db.execute(_CARRY_OVER, values)
                    saved += 1
                # No number that was given out is given again, as AUTOINCREMENT promises within one file.
                (newest,) = db.execute("SELECT coalesce(max(id), 0) FROM spool").fetchone()
                db.execute("DELETE FROM sqlite_sequence WHERE name = 'spool'")
                db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('spool', ?)", (max(newest, self._given_id),))
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db, saved


def _rename(path: Path, target: Path) -> None:
    """Moves a database and its companions over whatever is there."""
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(target.with_name(target.name + suffix))
        else:
            target.with_name(target.name + suffix).unlink(missing_ok=True)


class _Transaction:
    """BEGIN … COMMIT, or ROLLBACK when the block or the commit fails: a full disk must leave no half of a batch."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if error is None:
                self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


class _Damage(sqlite3.DatabaseError):
    """What `quick_check` found."""


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    if isinstance(error, _Damage):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGED


def _readable_rows(path: Path) -> Iterator[tuple[object, ...]]:
    try:
        db = sqlite3.connect(path)
        try:
            yield from db.execute(_READABLE)
        finally:
            db.close()
    except sqlite3.DatabaseError:
        return
