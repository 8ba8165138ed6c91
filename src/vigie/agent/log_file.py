"""The event log's SQLite file: its tables, and every statement that touches them. Synchronous; one thread uses it.

WAL with synchronous=FULL: a commit survives a power cut. AUTOINCREMENT: a number is never given twice, or deduplication
would eat new events. `event_log.py` is the asynchronous side.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vigie.protocol.codec import JsonObject
from vigie.protocol.events import ClockQuality
from vigie.protocol.times import from_unix_ms, iso_ms, to_unix_ms

SCHEMA_VERSION = 1
KEPT_COMMANDS = 1000
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    sensor TEXT NOT NULL,
    kind TEXT,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    occurred_at_ms INTEGER,
    mono_ms INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    clock TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS values_by_name (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS commands (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    command_id TEXT NOT NULL UNIQUE,
    result TEXT NOT NULL
) STRICT;
"""
_PAGE = """
SELECT seq, id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock
FROM events WHERE seq > ? ORDER BY seq LIMIT ?
"""
_LAST_OF_SENSOR = """
SELECT seq, id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock
FROM events WHERE seq > ? AND sensor = ? ORDER BY seq DESC LIMIT 1
"""

Row = tuple[int, str, str, str | None, str, str, int | None, int, str, str]
"""seq, id, sensor, kind, type, body (JSON), occurred_at_ms, mono_ms, boot_id, clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event that is not accepted yet: it has no number. `body` is its payload without `meta`."""

    id: str
    sensor: str
    kind: str | None
    type: str
    body: JsonObject
    occurred_at: datetime | None
    mono_ms: int
    boot_id: str
    clock: ClockQuality


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An accepted event: committed, numbered. The payload it has now it has for ever."""

    draft: Draft
    stream_id: str
    seq: int

    def payload(self) -> JsonObject:
        """What goes on the wire, on `sensors/…` and in replays alike."""
        draft = self.draft
        meta: JsonObject = {
            "v": 1,
            "id": draft.id,
            "stream_id": self.stream_id,
            "seq": self.seq,
            "boot_id": draft.boot_id,
            "mono_ms": draft.mono_ms,
            "occurred_at": None if draft.occurred_at is None else iso_ms(draft.occurred_at),
            "clock": draft.clock.value,
        }
        if draft.kind is not None:
            meta["kind"] = draft.kind
        return {**draft.body, "meta": meta}

    def age_ms(self, boot_id: str, now_mono_s: float) -> int | None:
        """How long ago it happened by the monotonic clock; None when it is of another boot."""
        if boot_id != self.draft.boot_id:
            return None
        return max(0, round(now_mono_s * 1000) - self.draft.mono_ms)


class LogFile:
    """An open event log. Every method may raise `sqlite3.Error` (see `is_corrupt`); those that read, `ValueError` for a row that
    has rotted.
    """

    def __init__(self, path: Path) -> None:
        """Opens the log, or creates it with a new stream. Raises `sqlite3.Error`."""
        self.path = path
        self.closed = False
        # Autocommit: every transaction below is written out. The writer thread is the only one to use it.
        self._db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.Error:
            self._db.close()
            raise

    def _prepare(self) -> None:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=5000",
            "journal_size_limit=4194304",
            "cache_size=-512",
        ):
            self._db.execute(f"PRAGMA {pragma}").fetchone()
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise sqlite3.NotSupportedError(
                f"{self.path} was written by a newer Vigie (schema {version}, ours is {SCHEMA_VERSION})"
            )
        if version < SCHEMA_VERSION:  # writes nothing to a log that is in order: its disk may be full
            self._db.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version={SCHEMA_VERSION};COMMIT;")
        stream_id = self.value("stream_id")
        if stream_id is None:
            stream_id = uuid.uuid4().hex
            self.put_value("stream_id", stream_id)
        self.stream_id = stream_id
        # A page of the file that cannot be read shows here, at start, rather than at the first replay.
        self._db.execute("SELECT count(*), sum(length(body)) FROM (SELECT body FROM events ORDER BY seq DESC LIMIT 100)").fetchone()

    def append(self, drafts: Iterable[Draft]) -> list[LoggedEvent]:
        """Accepts events, all in one transaction: after this they survive a power cut."""
        with _transaction(self._db):
            return [LoggedEvent(draft, self.stream_id, self._insert(draft)) for draft in drafts]

    def _insert(self, draft: Draft) -> int:
        occurred_at_ms = None if draft.occurred_at is None else to_unix_ms(draft.occurred_at)
        body = json.dumps(draft.body, separators=(",", ":"), ensure_ascii=False)
        row = (
            draft.id,
            draft.sensor,
            draft.kind,
            draft.type,
            body,
            occurred_at_ms,
            draft.mono_ms,
            draft.boot_id,
            draft.clock.value,
        )
        cursor = self._db.execute(
            "INSERT INTO events (id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock) VALUES (?,?,?,?,?,?,?,?,?)",
            row,
        )
        assert cursor.lastrowid is not None  # an INSERT that did not raise
        return cursor.lastrowid

    def rows(self, after_seq: int, limit: int) -> list[Row]:
        """Rows with a number above `after_seq`, oldest first, as they are in the file: what makes a replay cheap."""
        return self._db.execute(_PAGE, (after_seq, limit)).fetchall()

    def page(self, after_seq: int, limit: int) -> list[LoggedEvent]:
        """Events with a number above `after_seq`, oldest first; those that have rotted do not hold up the others."""
        events = []
        for row in self.rows(after_seq, limit):
            with suppress(ValueError):
                events.append(_logged(row, self.stream_id))
        return events

    def last_seq(self) -> int:
        """The number of the newest accepted event; 0 before the first one, also after pruning."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
        return int(row[0]) if row else 0

    def last_event(self, sensor: str) -> LoggedEvent | None:
        """The newest event of a sensor among the last 1000: its level as this log knows it."""
        row = self._db.execute(_LAST_OF_SENSOR, (self.last_seq() - 1000, sensor)).fetchone()
        return _logged(row, self.stream_id) if row else None

    def value(self, name: str) -> str | None:
        """A named value that must survive restarts: mode record, acked_through, servo angle."""
        row = self._db.execute("SELECT value FROM values_by_name WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def put_value(self, name: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO values_by_name VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )

    def command_results(self) -> dict[str, JsonObject]:
        """The results of the last commands by `command_id`, oldest first."""
        return {row[0]: json.loads(row[1]) for row in self._db.execute("SELECT command_id, result FROM commands ORDER BY number")}

    def put_command(self, command_id: str, result: JsonObject) -> None:
        with _transaction(self._db):
            self._db.execute("INSERT OR IGNORE INTO commands (command_id, result) VALUES (?, ?)", (command_id, json.dumps(result)))
            self._db.execute("DELETE FROM commands WHERE number <= (SELECT max(number) FROM commands) - ?", (KEPT_COMMANDS,))

    def put_acked_through(self, stream_id: str, seq: int) -> None:
        """Notes an ack, unless this file has meanwhile taken the place of the log that it is about."""
        if stream_id == self.stream_id:
            self.put_value("acked_through", str(seq))

    def close(self) -> None:
        self._db.close()
        self.closed = True


def is_corrupt(error: sqlite3.Error) -> bool:
    """Whether the file is damaged, so that only a new one helps."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _CORRUPT


def set_aside(path: Path) -> Path:
    """Renames a damaged log and its companions so that a new one can be made and the old one be looked at."""
    number = 1
    while (target := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    for suffix in ("", "-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(target.with_name(target.name + suffix))
    return target


def read_events(path: Path, *, after_seq: int = 0, sensor: str | None = None) -> Iterator[LoggedEvent]:
    """Every event of a log in order, through a read-only connection of its own: for people, also while the agent runs.

    Raises `sqlite3.Error` where the file is missing or is no log.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        (stream_id,) = db.execute("SELECT value FROM values_by_name WHERE name = 'stream_id'").fetchone()
        for row in db.execute(_PAGE, (after_seq, -1)):
            event = _logged(row, stream_id)
            if sensor is None or event.draft.sensor == sensor:
                yield event


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except sqlite3.Error:
        if db.in_transaction:  # some errors, e.g. a full disk, end it by themselves
            db.execute("ROLLBACK")
        raise


def _logged(row: Row, stream_id: str) -> LoggedEvent:
    seq, id_, sensor, kind, type_, body, occurred_at_ms, mono_ms, boot_id, clock = row
    draft = Draft(
        id=id_,
        sensor=sensor,
        kind=kind,
        type=type_,
        body=json.loads(body),
        occurred_at=None if occurred_at_ms is None else from_unix_ms(occurred_at_ms),
        mono_ms=mono_ms,
        boot_id=boot_id,
        clock=ClockQuality(clock),
    )
    return LoggedEvent(draft, stream_id, seq)
