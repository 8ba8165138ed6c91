"""The event log's SQLite file: every statement that reads or writes events, values and commands. Synchronous; one thread uses it.

The tables are `log_schema.py`'s, what makes room in them is `log_room.py`'s, `event_log.py` is the asynchronous side.
"""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vigie.agent.log_schema import new_stream_id, prepare, transaction
from vigie.protocol.codec import JsonObject
from vigie.protocol.events import ClockQuality
from vigie.protocol.times import from_unix_ms, iso_ms, to_unix_ms
from vigie.runtime.sqlite_reading import open_to_read

KEPT_COMMANDS = 1000
_LOOK_BACK_ROWS = 10_000
_PAGE = """
SELECT number - ?, id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock
FROM events WHERE number > ? ORDER BY number LIMIT ?
"""
_LAST_OF_SENSOR = """
SELECT number - ?, id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock
FROM events WHERE number > ? AND sensor = ? ORDER BY number DESC LIMIT 1
"""
# By the row id, which is `seq` in a log of the first version and `number` since.
_READ = """
SELECT rowid, id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock
FROM events WHERE rowid > ? ORDER BY rowid LIMIT 1000
"""
_INSERT = "INSERT INTO events (id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock) VALUES (?,?,?,?,?,?,?,?,?)"
_FILL_TIMES = """
UPDATE events SET occurred_at_ms = mono_ms + ?, clock = ?
WHERE number BETWEEN ? AND ? AND boot_id = ? AND occurred_at_ms IS NULL
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
    """An accepted event: committed, numbered. Only its time may be filled in later, when the clock of its boot gets known."""

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


ROTTED = (ValueError, TypeError, OverflowError, OSError, RecursionError)
"""What reading a row raises whose values have become others: also numbers out of range, and types that the table forbids."""


class Rotted(ValueError):
    """A row that is no event any more."""


class LogFile:
    """An open event log. Every method may raise `sqlite3.Error` (see `log_schema.is_corrupt`). What has rotted in a row is
    left out, and does not hold up the others.
    """

    def __init__(self, path: Path) -> None:
        """Opens the log, or creates it with a new stream. Raises `sqlite3.Error`."""
        self.path = path
        self.closed = False
        # Autocommit: every transaction below is written out. The writer thread is the only one to use it.
        self.db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            prepare(self.db, path)
            self._read_stream()
        except sqlite3.Error:
            self.db.close()
            raise

    def _read_stream(self) -> None:
        """`base`: the number of the row before the stream's first event."""
        newest = self.db.execute("SELECT base, stream_id FROM streams ORDER BY base DESC LIMIT 1").fetchone()
        self.base, self.stream_id = int(newest[0]), str(newest[1])
        self.acked_through = min(self.number_value("acked_through"), self.last_seq())

    def append(
        self,
        drafts: Iterable[Draft],
        values: Mapping[str, str] = MappingProxyType({}),
        commands: Mapping[str, JsonObject] = MappingProxyType({}),
    ) -> list[LoggedEvent]:
        """Accepts events, and keeps values and command results, all in one transaction: after this they survive a power cut."""
        with transaction(self.db):
            self._keep(values, commands)
            return [self.insert(draft) for draft in drafts]

    def insert(self, draft: Draft) -> LoggedEvent:
        """Accepts one event within the caller's transaction."""
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
        number = self.db.execute(_INSERT, row).lastrowid
        assert number is not None  # an INSERT that did not raise
        return LoggedEvent(draft, self.stream_id, number - self.base)

    def rows(self, after_seq: int, limit: int) -> list[Row]:
        """Rows with a number above `after_seq`, oldest first, as they are in the file: what makes a replay cheap."""
        return _read(self.db, _PAGE, (self.base, self.base + after_seq, limit))

    def page(self, after_seq: int, limit: int) -> list[LoggedEvent]:
        """Events with a number above `after_seq`, oldest first; those that have rotted do not hold up the others."""
        events = []
        for row in self.rows(after_seq, limit):
            with suppress(ValueError):
                events.append(logged(row, self.stream_id))
        return events

    def last_number(self) -> int:
        """The number of the newest row that this file ever held."""
        row = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
        return int(row[0]) if row else 0

    def last_seq(self) -> int:
        """The number of the newest accepted event of the stream; 0 before the first one, the same after pruning."""
        return max(0, self.last_number() - self.base)

    def last_event(self, sensor: str) -> LoggedEvent | None:
        """The newest event of a sensor among the last 1000: its level as this log knows it."""
        for row in _read(self.db, _LAST_OF_SENSOR, (self.base, self.last_number() - 1000, sensor)):
            with suppress(ValueError):
                return logged(row, self.stream_id)
        return None

    def recent_ids(self, sensor: str) -> set[str]:
        """The ids of a sensor's events among the last 10,000."""
        oldest = self.last_number() - _LOOK_BACK_ROWS
        rows = _read(self.db, "SELECT id FROM events WHERE number > ? AND sensor = ?", (oldest, sensor))
        return {id_ for (id_,) in rows}

    def event_id(self, seq: int) -> str | None:
        """The id of an event of the stream; None where it is kept no longer."""
        rows = _read(self.db, "SELECT id FROM events WHERE number = ?", (self.base + seq,))
        return rows[0][0] if rows else None

    def value(self, name: str) -> str | None:
        """A named value that must survive restarts: mode record, acked_through, servo angle."""
        rows = _read(self.db, "SELECT value FROM values_by_name WHERE name = ?", (name,))
        return None if not rows else str(rows[0][0])

    def number_value(self, name: str) -> int:
        """A value that is a number; 0 where there is none, or one that has rotted."""
        text = self.value(name) or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

    def put_value(self, name: str, value: str) -> None:
        self.db.execute(
            "INSERT INTO values_by_name VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )

    def command_results(self) -> dict[str, JsonObject]:
        """The results of the last commands by `command_id`, oldest first."""
        results: dict[str, JsonObject] = {}
        for command_id, text in _read(self.db, "SELECT command_id, result FROM commands ORDER BY number", ()):
            with suppress(ValueError):
                results[command_id] = json.loads(text)
        return results

    def _keep(self, values: Mapping[str, str], commands: Mapping[str, JsonObject]) -> None:
        """Only the last 1000 commands are kept."""
        for name, value in values.items():
            self.put_value(name, value)
        if commands:
            self.db.executemany(
                "INSERT OR IGNORE INTO commands (command_id, result) VALUES (?, ?)",
                [(command_id, json.dumps(result)) for command_id, result in commands.items()],
            )
            self.db.execute("DELETE FROM commands WHERE number <= (SELECT max(number) FROM commands) - ?", (KEPT_COMMANDS,))

    def put_command(self, command_id: str, result: JsonObject) -> None:
        self.append((), {}, {command_id: result})

    def put_acked_through(self, stream_id: str, seq: int) -> None:
        """Notes an ack, unless this file has meanwhile taken the place of the log that it is about."""
        if stream_id == self.stream_id:
            self.put_value("acked_through", str(seq))
            self.acked_through = seq

    def fork(self) -> None:
        """Begins a new stream with the first event that, as far as this file knows, the server does not have; within the
        caller's transaction. The rows stay as they are: only what their numbers are counted from changes.
        """
        base, stream_id = self.base + self.acked_through, new_stream_id()
        self.db.execute("INSERT OR REPLACE INTO streams VALUES (?, ?)", (base, stream_id))
        self.put_value("acked_through", "0")
        self.base, self.stream_id, self.acked_through = base, stream_id, 0

    def first_without_time(self, boot_id: str) -> int | None:
        """The row number of the oldest event of this boot that has no wall time yet; None when all have one."""
        first, with_time = None, 0
        for number, boot, occurred_at_ms in self.db.execute(
            "SELECT number, boot_id, occurred_at_ms FROM events ORDER BY number DESC"
        ):
            if boot != boot_id or with_time > _LOOK_BACK_ROWS:
                break
            if occurred_at_ms is None:
                first, with_time = number, 0
            else:
                with_time += 1
        return first

    def fill_times(self, boot_id: str, offset_ms: int, clock: ClockQuality, *, first: int, last: int) -> None:
        """Gives the rows of this boot from `first` to `last` their wall time: the monotonic one + `offset_ms`."""
        self.db.execute(_FILL_TIMES, (offset_ms, clock.value, first, last, boot_id))

    def close(self) -> None:
        self.db.close()
        self.closed = True


def read_events(path: Path) -> Iterator[LoggedEvent]:
    """Every event of a log, oldest first: for people, also while the agent runs. Those that have rotted are left out.

    Events of earlier streams come under their own stream and number. Between two pages nothing is open: a reader who stands
    still (`| less`) would keep the agent's write-ahead log from ever being emptied. Raises `sqlite3.Error` where the file is
    missing or is no log.
    """
    number = 0
    while True:
        with closing(open_to_read(path)) as db:
            db.text_factory = _as_text
            streams = _streams(db)
            rows = db.execute(_READ, (number,)).fetchall()
        bases = [base for base, _ in streams]
        for number, *rest in rows:
            base, stream_id = streams[bisect_left(bases, number) - 1]
            with suppress(ValueError):
                yield logged((number - base, *rest), stream_id)
        if not rows:
            return


def _streams(db: sqlite3.Connection) -> list[tuple[int, str]]:
    if db.execute("PRAGMA user_version").fetchone()[0] < 2:
        rows = db.execute("SELECT 0, value FROM values_by_name WHERE name = 'stream_id'").fetchall()
    else:
        rows = db.execute("SELECT base, stream_id FROM streams ORDER BY base").fetchall()
    return [(0, ""), *rows] if not rows or rows[0][0] > 0 else rows


_as_text = partial(str, encoding="utf-8", errors="replace")


def _read(db: sqlite3.Connection, query: str, arguments: tuple[int | str, ...]) -> list[Any]:
    """The rows of a query, also where bytes of their text have rotted: then it is read with what is wrong replaced."""
    try:
        return db.execute(query, arguments).fetchall()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) is not None:
            raise  # SQLite's own; text that is no UTF-8 is Python's, and has no code
    db.text_factory = _as_text
    try:
        return db.execute(query, arguments).fetchall()
    finally:
        db.text_factory = str


def logged(row: Row, stream_id: str) -> LoggedEvent:
    """The event in a row. Raises `ValueError` where it has rotted."""
    seq, id_, sensor, kind, type_, text, occurred_at_ms, mono_ms, boot_id, clock = row
    try:
        body = json.loads(text)
        occurred_at = None if occurred_at_ms is None else from_unix_ms(occurred_at_ms)
    except ROTTED as error:
        raise Rotted(str(error)) from error
    if not isinstance(body, dict):
        raise Rotted("the body of an event is no JSON object")
    draft = Draft(
        id=id_,
        sensor=sensor,
        kind=kind,
        type=type_,
        body=body,
        occurred_at=occurred_at,
        mono_ms=mono_ms,
        boot_id=boot_id,
        clock=ClockQuality(clock),
    )
    return LoggedEvent(draft, stream_id, seq)
