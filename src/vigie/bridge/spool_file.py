"""The rows of the spool in SQLite: insert, read on, delete, park. One thread, one connection; damaged files are replaced."""

import logging
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from vigie.bridge.intake import Row
from vigie.bridge.spool_rescue import is_damage, replace
from vigie.bridge.spool_schema import Transaction, open_database
from vigie.runtime.sqlite_rows import insert_in_blocks

log = logging.getLogger(__name__)

T = TypeVar("T")

_INSERT = """
INSERT INTO spool (id, device_id, item, is_event, age_ms, boot_id, received_mono_ms, stream_id, seq, content_crc)
VALUES {values}
ON CONFLICT (device_id, stream_id, seq, content_crc) WHERE stream_id IS NOT NULL DO NOTHING
"""
_AFTER = """
SELECT id, device_id, item, is_event, age_ms, boot_id, received_mono_ms, stream_id IS NOT NULL FROM spool WHERE id > ? ORDER BY id
"""
_GIVE_UP = "INSERT INTO given_up VALUES (?, ?) ON CONFLICT (device_id) DO UPDATE SET count = count + excluded.count"
_PROBE_BYTES = 65536
_TAIL_BYTES = 12 * 1024 * 1024
"""What a device may send ahead of the server's acknowledgement, more or less: 20,000 events."""
ROW_BYTES = 160
"""What a row takes in the file beside its item: its other columns and its place in the index."""


class SpoolError(Exception):
    """The spool cannot be read or written. The text says which file and why."""

    def __init__(self, path: Path, cause: object) -> None:
        super().__init__(f"spool {path}: {cause}; check free space and permissions of that folder")


@dataclass(frozen=True, slots=True)
class Received:
    """The rows of one MQTT message, with the packet's id (0 at QoS 0), its DUP flag, and whether it is in a hurry."""

    rows: Sequence[Row]
    mid: int = 0
    dup: bool = False
    is_live: bool = False


class SpooledRow(NamedTuple):
    """A row as the upload takes it. `received_mono_ms` means something within `boot_id` only. `id` 0: it is in no file.

    `is_numbered`: it has its place in a device's log. The others have no order but that of their arrival.
    """

    id: int
    device_id: str
    item: bytes
    is_event: bool
    age_ms: int | None
    boot_id: str
    received_mono_ms: int
    is_numbered: bool = False
    is_live: bool = False


def size_of(rows: Collection[SpooledRow]) -> int:
    """What they take on the disk, about."""
    return sum(len(row.item) for row in rows) + ROW_BYTES * len(rows)


class SpoolFile:
    """Opened with `SpoolFile(path)`; raises `SpoolError` where that is impossible. Damaged files are set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_open = True
        self._forgets = False
        self.set_aside: list[Path] = []
        try:
            self._db = self._open()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise SpoolError(path, error) from error
            self._db = self._replaced(error)
        self._next_id = self._newest_id() + 1
        self._tail = _Tail(self._next_id - 1)

    def insert(
        self, received: Iterable[Received], boot_id: str, mono_ms: int, given_up: Mapping[str, int] | None = None
    ) -> list[SpooledRow]:
        """Commits everything in one transaction; returns the rows that were new.

        A redelivery (DUP) of a message without an id of its own is recognised by packet id and content: the broker
        repeats both. What our agents send again while it waits here is recognised by device, stream, number and content.
        `given_up` is added to the counts of what had no room. Raises `SpoolError` on a full or failing disk; then nothing
        is stored.
        """
        messages = list(received)
        return self._trying(lambda: self._insert(messages, boot_id, mono_ms, given_up or {}))

    def _insert(self, messages: Sequence[Received], boot_id: str, mono_ms: int, given_up: Mapping[str, int]) -> list[SpooledRow]:
        next_id = self._next_id
        rows: list[SpooledRow] = []
        values: list[tuple[object, ...]] = []
        delivered: dict[int, bytes] = {}
        for message in messages:
            if self._is_known(message, delivered):
                continue
            for row in message.rows:
                if row.fingerprint and message.mid:
                    delivered[message.mid] = row.fingerprint
                is_numbered = row.stream_id is not None
                new = SpooledRow(
                    next_id, row.device_id, row.item, row.is_event, row.age_ms, boot_id, mono_ms, is_numbered, message.is_live
                )
                rows.append(new)
                values.append((*new[:7], row.stream_id, row.seq, row.content_crc))
                next_id += 1
        with Transaction(self._db):
            if self._forgets:
                self._db.execute("DELETE FROM delivered")
            if delivered:
                insert_in_blocks(self._db.execute, "INSERT OR REPLACE INTO delivered VALUES {values}", list(delivered.items()))
            if given_up:
                self._db.executemany(_GIVE_UP, given_up.items())
                self._db.execute("DELETE FROM given_up WHERE count <= 0")
            before = self._db.total_changes
            insert_in_blocks(self._db.execute, _INSERT, values)
            if self._db.total_changes - before < len(rows):
                stored = {id_ for (id_,) in self._db.execute("SELECT id FROM spool WHERE id >= ?", (self._next_id,))}
                rows = [row for row in rows if row.id in stored]
        self._next_id, self._forgets = next_id, False
        self._tail.add(rows)
        return rows

    def unknown(self, received: Iterable[Received]) -> list[Received]:
        """Those of these messages that are no redeliveries. Works on a full disk."""
        return self._trying(lambda: [message for message in received if not self._is_known(message, {})])

    def _is_known(self, message: Received, just_delivered: Mapping[int, bytes]) -> bool:
        """A redelivery has one row: only a page has more, and that is no third party's."""
        if not message.dup or not message.mid or len(message.rows) != 1:
            return False
        if message.mid in just_delivered:
            return just_delivered[message.mid] == message.rows[0].fingerprint
        if self._forgets:
            return False
        known = self._db.execute("SELECT fingerprint FROM delivered WHERE mid = ?", (message.mid,)).fetchone()
        return known is not None and known[0] == message.rows[0].fingerprint

    def after(self, position: int, max_items: int, max_bytes: int, skip: Collection[int] = ()) -> list[SpooledRow]:
        """Rows behind `position`, in order and without those of `skip`: at least one where there is any."""

        def read() -> list[SpooledRow]:
            rows: list[SpooledRow] = []
            size_bytes = 0
            for row in self._tail.after(position) if self._tail.reaches(position) else self._on_disk(position):
                if row.id in skip:
                    continue
                size_bytes += len(row.item) + 16
                if rows and size_bytes > max_bytes:
                    break
                rows.append(row)
                if len(rows) == max_items:
                    break
            return rows

        return self._trying(read)

    def _on_disk(self, position: int) -> Iterator[SpooledRow]:
        return (SpooledRow(*values) for values in self._db.execute(_AFTER, (position,)))

    def holds(self, device_id: str, stream_id: str, seq: int) -> bool:
        """Whether this event of a log waits here."""
        query = "SELECT 1 FROM spool WHERE device_id = ? AND stream_id = ? AND seq = ? LIMIT 1"
        return self._trying(lambda: self._db.execute(query, (device_id, stream_id, seq)).fetchone() is not None)

    def delete(self, ids: Sequence[int]) -> None:
        """Removes rows that the server has. A power cut may bring them back: they go up again. Raises `SpoolError`."""
        runs = _runs(ids)

        def work() -> None:
            with Transaction(self._db, durable=False):
                self._db.executemany("DELETE FROM spool WHERE id BETWEEN ? AND ?", runs)

        try:
            self._trying(work)
        except SpoolError:
            # Deleting needs room in the write-ahead log. What is in it can go into the file, where it has its place.
            self._trying(lambda: self._db.execute("PRAGMA wal_checkpoint(RESTART)").fetchone())
            self._trying(work)
        self._tail.remove(ids)

    def park(self, row: SpooledRow, reason: str) -> None:
        """Moves a row that the server takes in no form out of the way of the others; it stays in the file."""

        def work() -> None:
            with Transaction(self._db):
                number = row.id or None
                self._db.execute("INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?)", (number, row.device_id, row.item, reason))
                self._db.execute("DELETE FROM spool WHERE id = ?", (row.id,))

        self._trying(work)
        self._tail.remove([row.id])

    def tell_given_up(self, gaps: Sequence[Row], counts: Mapping[str, int], boot_id: str, mono_ms: int) -> list[SpooledRow]:
        """Puts these events in the place of these counts of what had no room."""
        told = {device_id: -count for device_id, count in counts.items()}
        return self._trying(lambda: self._insert([Received(gaps)], boot_id, mono_ms, told))

    def forget_deliveries(self) -> None:
        """For a new session with the broker: its packet ids start again, so nothing of the old ones can come back.

        Never raises: on a full disk they are forgotten in memory, and deleted with the next commit.
        """
        self._forgets = True
        try:
            with Transaction(self._db):
                self._db.execute("DELETE FROM delivered")
        except sqlite3.DatabaseError as error:
            log.debug("deliveries are forgotten with the next commit: %s", error)
        else:
            self._forgets = False

    def probe(self) -> None:
        """Proves that the disk takes something. Raises `SpoolError` where it does not."""

        def work() -> None:
            with Transaction(self._db):
                self._db.execute("INSERT OR REPLACE INTO delivered VALUES (0, zeroblob(?))", (_PROBE_BYTES,))
            with Transaction(self._db, durable=False):
                self._db.execute("DELETE FROM delivered WHERE mid = 0")

        self._trying(work)

    def depth_by_device(self) -> dict[str, tuple[int, int]]:
        """Device -> how many rows, and how many bytes they take."""
        query = "SELECT device_id, count(*), sum(length(item) + ?) FROM spool GROUP BY device_id"
        return self._trying(lambda: {device: (count, size) for device, count, size in self._db.execute(query, (ROW_BYTES,))})

    def given_up(self) -> dict[str, int]:
        """Device -> how many of its events had no room."""
        return self._trying(lambda: dict(self._db.execute("SELECT device_id, count FROM given_up")))

    def parked_count(self) -> int:
        """How many rows the server would not take in any form."""
        return self._trying(lambda: int(self._db.execute("SELECT count(*) FROM parked").fetchone()[0]))

    def close(self) -> None:
        """Checkpoints and closes the file."""
        self._db.close()

    def _newest_id(self) -> int:
        """No number that was given out is given again."""
        query = "SELECT max(coalesce((SELECT max(id) FROM spool), 0), coalesce((SELECT seq FROM sqlite_sequence), 0))"
        return self._trying(lambda: int(self._db.execute(query).fetchone()[0]))

    def _open(self) -> sqlite3.Connection:
        return open_database(self._path)

    def _trying(self, work: Callable[[], T]) -> T:
        """What `work` returns; where the file turns out to be damaged, once more on the one that takes its place."""
        try:
            return work()
        except sqlite3.DatabaseError as error:
            self._mend(error)
        try:
            return work()
        except sqlite3.DatabaseError as error:
            raise SpoolError(self._path, error) from error

    def _mend(self, error: sqlite3.DatabaseError) -> None:
        """Replaces a damaged file; raises `SpoolError` for any other error, and where there is no room for a new one."""
        if not is_damage(error) and self._is_open:
            raise SpoolError(self._path, error) from error
        self._is_open = False
        self._db.close()  # before the files move: SQLite removes its companions by name
        self._db = self._replaced(error)
        self._tail = _Tail(self._next_id - 1)
        self._is_open = True

    def _replaced(self, cause: sqlite3.DatabaseError) -> sqlite3.Connection:
        try:
            db, aside, saved = replace(self._path, self._open)
        except (OSError, sqlite3.DatabaseError) as error:
            raise SpoolError(self._path, error) from error
        self.set_aside.append(aside)
        log.error("spool file was damaged (%s): moved to %s; events carried over=%d, the others may be lost", cause, aside, saved)
        return db


class _Tail:
    """The newest rows, in memory as well as on the disk: all behind one of them, within a bound. The backlog's upload mostly
    wants what came a moment ago, and to read a row back is a step of SQLite's of its own (see `runtime.sqlite_rows`).
    """

    def __init__(self, through_id: int) -> None:
        """Of the rows up to this one it knows nothing."""
        self._through_id = through_id
        self._rows: OrderedDict[int, SpooledRow] = OrderedDict()
        self._size_bytes = 0

    def reaches(self, position: int) -> bool:
        """Whether every row behind this position is here."""
        return position >= self._through_id

    def after(self, position: int) -> Iterator[SpooledRow]:
        """The rows behind it, in order."""
        return (row for row in self._rows.values() if row.id > position)

    def add(self, rows: Collection[SpooledRow]) -> None:
        """Rows that were committed."""
        # As they are read from the disk.
        self._rows.update((row.id, row._replace(is_live=False) if row.is_live else row) for row in rows)
        self._size_bytes += size_of(rows)
        while self._size_bytes > _TAIL_BYTES:
            self._through_id, oldest = self._rows.popitem(last=False)
            self._size_bytes -= size_of([oldest])

    def remove(self, ids: Iterable[int]) -> None:
        """Rows that are no longer there."""
        gone = [row for id_ in ids if (row := self._rows.pop(id_, None)) is not None]
        self._size_bytes -= size_of(gone)


def _runs(ids: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers as runs of neighbours, first to last: a batch is mostly one."""
    runs: list[tuple[int, int]] = []
    for id_ in sorted(ids):
        if runs and id_ == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], id_)
        else:
            runs.append((id_, id_))
    return runs
