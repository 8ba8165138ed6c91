"""Room in the log's file: how full it is, pruning, dropping, and the `gap` events that tell what was dropped.

What goes first is `domain.retention`'s. Synchronous; the writer thread uses it.
"""

import json
import sqlite3
from collections.abc import Iterable
from itertools import chain

from pydantic import ValidationError

from vigie.agent.gap_events import GapEvents
from vigie.agent.log_file import LogFile, LoggedEvent
from vigie.agent.log_schema import transaction
from vigie.agent.reserve import KEEP_FREE_BYTES
from vigie.domain.retention import DETECTIONS, STEP, Bounds, Held, to_drop, to_prune
from vigie.protocol.gaps import MAX_RANGES, Gap, GapReason, Range, merged, ranges_of

SPARE_PAGES = 512
"""Free pages that the file keeps in it, if pruning gives them, while the disk is full: 2 MiB that nobody else can take."""
_PAGES_OF_A_GROUP = 16
_DELETED = "deleted"
_DETECTIONS = json.dumps(DETECTIONS)
_MINOR = """
SELECT number FROM events WHERE number > ? AND type NOT IN (SELECT value FROM json_each(?)) AND sensor <> 'gap'
ORDER BY number LIMIT ?
"""
_ANY = "SELECT number FROM events WHERE number > ? AND sensor <> 'gap' ORDER BY number LIMIT ?"
_PRUNE = """
DELETE FROM events WHERE number <= (SELECT max(number) FROM (SELECT number FROM events WHERE number < ? ORDER BY number LIMIT ?))
"""
_GAP_ROWS = "SELECT number, body FROM events WHERE sensor = 'gap' AND number > ? ORDER BY number"


class DiskFull(sqlite3.OperationalError):
    """As SQLite would say a little later."""

    sqlite_errorcode = sqlite3.SQLITE_FULL


class LogRoom:
    """What one open `LogFile` has room for. Every method may raise `sqlite3.Error`."""

    def __init__(self, file: LogFile, gaps: GapEvents) -> None:
        self._file = file
        self._gaps = gaps
        self._deleted = file.number_value(_DELETED)  # every number is one row, but for those that were ever deleted
        self._easing = False
        self._no_minor_through = 0

    @property
    def _db(self) -> sqlite3.Connection:
        return self._file.db

    def held(self) -> Held:
        """Rows, and bytes of the file in use. Cheap: no row is looked at."""
        pages, free, page_bytes = (self._pragma(name) for name in ("page_count", "freelist_count", "page_size"))
        return Held(max(0, self._file.last_number() - self._deleted), (pages - free) * page_bytes)

    def free_pages(self) -> int:
        """Pages inside the file that new rows can take without any room on the disk."""
        return self._pragma("freelist_count")

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def keep_within(self, bounds: Bounds, incoming: int) -> list[LoggedEvent]:
        """Makes room for `incoming` rows. Returns the `gap` events that it cost, accepted like any other."""
        held = self.held()
        wanted = to_prune(bounds, held, incoming, easing=self._easing)
        if not wanted:
            self._easing = False
            return []
        pruned = self.prune(wanted)
        self._easing = pruned == wanted
        over = to_drop(bounds, self.held(), incoming + 1)  # and the gap event itself
        return self.drop(over) if over else []

    @property
    def easing(self) -> bool:
        """Whether pruning goes on though nothing comes in."""
        return self._easing

    def prune(self, limit: int) -> int:
        """Deletes the oldest rows that the server has. The one at the mark stays: acks are compared with it."""
        with transaction(self._db):
            count = self._db.execute(_PRUNE, (self._acked_number, limit)).rowcount
            self._note_deleted(count)
        self._deleted += count
        return count

    def spare(self, disk_free_bytes: int) -> None:
        """On a disk without room for the reserve: what the server has makes room in the file, and the last of the disk is
        left for the transactions that drop. Raises `DiskFull` when there is neither.
        """
        if self.free_pages() < SPARE_PAGES:
            self.prune(STEP)
        if self.free_pages() < _PAGES_OF_A_GROUP and disk_free_bytes < KEEP_FREE_BYTES:
            raise DiskFull("less than 1 MiB is free on the disk, and no page in the file")

    @property
    def _acked_number(self) -> int:
        return self._file.base + self._file.acked_through

    def drop(self, limit: int, *, only_minor: bool = False) -> list[LoggedEvent]:
        """Drops the least important rows that the server does not have, and accepts the `gap` event that names them."""
        minor, scanned_through = self._minor(limit)
        numbers = list(minor)
        if len(numbers) < limit and not only_minor:
            chosen = set(numbers)
            detections = self._db.execute(_ANY, (self._acked_number, limit)).fetchall()
            numbers += [number for (number,) in detections if number not in chosen][: limit - len(numbers)]
        if not numbers:
            return []
        with transaction(self._db):
            self._delete_and_pack(minor)
            self._delete(numbers[len(minor) :])
            ranges, merged_rows = self._with_older_gaps(ranges_of(number - self._file.base for number in numbers))
            self._delete(merged_rows)
            events = [self._file.insert(draft) for draft in self._gaps.of_ranges(GapReason.LOG_FULL, ranges)]
            self._note_deleted(len(numbers) + len(merged_rows))
        self._deleted += len(numbers) + len(merged_rows)
        self._no_minor_through = scanned_through
        return events

    def _minor(self, limit: int) -> tuple[list[int], int]:
        """The oldest rows that are no detections, and through which number there will be none after they have gone."""
        start, last = max(self._acked_number, self._no_minor_through), self._file.last_number()
        numbers = [row[0] for row in self._db.execute(_MINOR, (start, _DETECTIONS, limit))]
        return numbers, numbers[-1] if len(numbers) == limit else last

    def _delete(self, numbers: Iterable[int]) -> None:
        self._db.executemany("DELETE FROM events WHERE number = ?", ((number,) for number in numbers))

    def _delete_and_pack(self, numbers: list[int]) -> None:
        """Deletes rows among others, and writes those others anew, side by side: SQLite would leave half-empty pages."""
        if not numbers or numbers[-1] - numbers[0] > 4 * len(numbers):
            self._delete(numbers)
            return
        first, last, going = numbers[0], numbers[-1], set(numbers)
        stay = [
            row
            for row in self._db.execute("SELECT * FROM events WHERE number BETWEEN ? AND ? ORDER BY number", (first, last))
            if row[0] not in going
        ]
        self._db.execute("DELETE FROM events WHERE number BETWEEN ? AND ?", (first, last))
        self._db.executemany("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?)", stay)

    def _with_older_gaps(self, ranges: tuple[Range, ...]) -> tuple[tuple[Range, ...], list[int]]:
        """The ranges together with those of unacknowledged gaps, as long as one event can name them all.

        Returns the rows of those gaps too, whose own numbers are among the ranges then.
        """
        rows = self._db.execute(_GAP_ROWS, (self._acked_number,)).fetchall()
        found: list[int] = []
        for number, body in [*rows[-1:], *rows[:2]]:  # the newest has room; the oldest lie where detections go now
            gap = _read_gap(body)
            if number in found or gap is None or gap.reason is not GapReason.LOG_FULL:
                continue
            own = number - self._file.base
            together = merged((*ranges, *gap.ranges, (own, own)))
            if len(together) <= MAX_RANGES:
                ranges = together
                found.append(number)
        return ranges, found

    def lower_ack(self, seq: int) -> list[LoggedEvent]:
        """The server has lost what is above `seq`. What this log keeps of it goes out again; the rest is told by `gap` events."""
        base = self._file.base
        missing = self._absent(base + seq, base + self._file.acked_through)
        with transaction(self._db):
            self._file.put_value("acked_through", str(seq))
            events = [self._file.insert(draft) for draft in self._gaps.of_ranges(GapReason.SERVER_LOST, missing)]
        self._file.acked_through = seq
        self._no_minor_through = 0
        return events

    def fork(self) -> list[LoggedEvent]:
        """Begins a new stream with what the server does not have, and tells anew what of it was given up.

        The `gap` events that told it name numbers of the old stream: in the new one these are other events, and the server
        would take them for given up.
        """
        file = self._file
        before = file.base, file.stream_id, file.acked_through
        rows = self._db.execute(_GAP_ROWS, (self._acked_number,)).fetchall()
        old = [number for number, body in rows if (gap := _read_gap(body)) is not None and gap.ranges]
        try:
            with transaction(self._db):
                file.fork()
                self._delete(old)
                absent = self._absent(file.base, file.last_number())
                events = [file.insert(draft) for draft in self._gaps.of_ranges(GapReason.LOG_FULL, absent)]
                self._note_deleted(len(old))
        except BaseException:
            file.base, file.stream_id, file.acked_through = before
            raise
        self._deleted += len(old)
        return events

    def _absent(self, after: int, through: int) -> tuple[Range, ...]:
        """The numbers of the stream without a row, among those of the rows behind `after` up to `through`."""
        base, absent, expected = self._file.base, [], after + 1
        query = "SELECT number FROM events WHERE number > ? AND number <= ? ORDER BY number"
        for (kept,) in chain(self._db.execute(query, (after, through)), [(through + 1,)]):
            if kept > expected:
                absent.append((expected - base, kept - 1 - base))
            expected = kept + 1
        return tuple(absent)

    def _note_deleted(self, count: int) -> None:
        if count:
            self._file.put_value(_DELETED, str(self._deleted + count))


def _read_gap(body: str) -> Gap | None:
    try:
        return Gap.model_validate_json(body)
    except ValidationError:  # it has rotted: it stays as it is
        return None
