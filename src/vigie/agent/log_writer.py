"""The thread that owns the event log's file: group commit, room on a full disk, a new file for a damaged one.

Nothing that SQLite raises leaves it. It tells what happened through `Tell`; `event_log.py` hears that on the event loop.
"""

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from vigie.agent.gap_events import GapEvents
from vigie.agent.log_file import ROTTED, Draft, LogFile, LoggedEvent
from vigie.agent.log_room import LogRoom
from vigie.agent.log_schema import is_corrupt, set_aside
from vigie.agent.reserve import Reserve
from vigie.agent.salvage import carry_over, unread
from vigie.agent.saved import Saved
from vigie.agent.waiting_room import WaitingRoom
from vigie.domain.retention import STEP, Bounds, Importance
from vigie.protocol.gaps import GapReason

log = logging.getLogger(__name__)

MAX_WAITING = 10_000
GROUP_SIZE = 256
RETRY_S = 1.0
_TRIES = 4
_ROOM_MAY_HELP = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}


@dataclass(frozen=True, slots=True)
class Tell:
    """Whom the writer tells, each called on the writer's thread."""

    accepted: Callable[[list[LoggedEvent]], None]
    opened: Callable[[str, int, int], None]  # another file: its stream, last number, number through which the server has it
    fault: Callable[[str, str], None]
    clear: Callable[[str], None]
    answer: Callable[["Call", Any, Exception | None], None]


@dataclass(frozen=True, slots=True)
class Call:
    """Something to do with the file, after the event of `place` was committed; `answer` is whoever waits for it."""

    action: Callable[[LogFile], Any]
    answer: Any
    place: int


class LogUnavailable(Exception):
    """The log's disk does not take or give anything now; the text is SQLite's."""


class LogWriter:
    """See above. `accept`, `call` and `close` are for any thread, the rest for its own."""

    def __init__(self, path: Path, tell: Tell, gaps: GapEvents, bounds: Bounds, saved: Saved) -> None:
        """Opens the log, if its disk lets us. Raises `sqlite3.NotSupportedError` for the file of a newer Vigie."""
        self._path = path
        self._tell = tell
        self._gaps = gaps
        self._bounds = bounds
        self._saved = saved
        self._reserve = Reserve(path.with_suffix(".reserve"))
        self._condition = threading.Condition()
        self._waiting = WaitingRoom(MAX_WAITING)
        self._calls: deque[Call] = deque()
        self._closing = self._overflows = self._told_full = False
        self._thread: threading.Thread | None = None
        self.file: LogFile | None = None
        self._room: LogRoom | None = None
        self._damaged = unread(path)
        self._has_reserve = self._reserve.intact
        self._open()
        self._has_reserve = self._reserve.restore()
        if not self._has_reserve:
            self._is_full(f"the disk of {path} has no room for the reserve")

    @property
    def room(self) -> LogRoom:
        """Of the open file. Raises `LogUnavailable`."""
        if self._room is None:
            raise LogUnavailable(f"{self._path} is not open")
        return self._room

    @property
    def waiting(self) -> int:
        """Events that are not committed yet."""
        return len(self._waiting)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="event log", daemon=True)
        self._thread.start()

    def accept(self, drafts: Sequence[Draft], values: Mapping[str, str]) -> None:
        """Queues events, and values that they have led to, for one transaction. Never blocks for long, never raises."""
        with self._condition:
            for left, draft in zip(range(len(drafts) - 1, -1, -1), drafts, strict=True):
                has_room = self._waiting.add(draft, is_followed=left > 0)
                if not has_room and not self._overflows:
                    self._overflows = True
                    self._tell.fault("log_overflow", f"the disk has taken nothing for so long that {MAX_WAITING} events wait")
            for name, value in values.items():
                self._saved.put_value(name, value, self._waiting.places)
            self._condition.notify()

    def call(self, action: Callable[[LogFile], Any], answer: Any) -> None:
        """Queues something to do after everything that was queued before. Raises `LogUnavailable` when it is closed."""
        with self._condition:
            if self._closing:
                raise LogUnavailable("the log is closed")
            self._calls.append(Call(action, answer, self._waiting.places))
            self._condition.notify()

    def save(self, file: LogFile) -> None:
        """Writes what `file` lacks of `saved`. On the writer's own thread. Raises `sqlite3.Error`."""
        with self._condition:
            through = self._waiting.through
        self._saved.write(file, (), through)

    def close(self) -> None:
        """Commits what waits (one try), closes the file. Blocks shortly."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        if self._thread is None:
            self._close_file()
        else:
            self._thread.join(timeout=2.0)

    def _run(self) -> None:
        failed = False
        while True:
            with self._condition:
                may_be_better = failed or not self._has_reserve
                self._condition.wait_for(partial(self._is_due, failed=failed), timeout=RETRY_S if may_be_better else None)
                taken = self._waiting.take(GROUP_SIZE)
                through = self._waiting.through
                closing = self._closing
            failed = not self._work(taken, through)
            if not failed and not self._has_reserve:
                self._has_reserve = self._reserve.restore()
            if not failed and self._has_reserve and self._told_full:
                self._told_full = False
                self._tell.clear("log_full")
            for call in self._due_calls(failed):
                self._answer(call)
            if closing and (failed or not self.waiting):
                self._close_file()
                return

    def _is_due(self, *, failed: bool) -> bool:
        if self._closing or self._calls:
            return True
        is_easing = self._room is not None and self._room.easing
        return not failed and (len(self._waiting) > 0 or self._saved.unsaved or is_easing)

    def _due_calls(self, failed: bool) -> list[Call]:
        """What may run now: what came after nothing but committed events; all of it when they cannot be committed anyway."""
        with self._condition:
            first = self._waiting.first_place()
            due = [call for call in self._calls if failed or first is None or call.place < first]
            for call in due:
                self._calls.remove(call)
            return due

    def _work(self, taken: list[tuple[int, Draft]], through: int) -> bool:
        """Commits, and finds room for it where there is none. False: it did not work, and what was taken waits again."""
        for _ in range(_TRIES):
            if self.file is None and not self._open():
                break
            try:
                self._commit(taken, through)
            except sqlite3.Error as error:
                if not self._mend(error, len(taken)):
                    break
            else:
                return True
        with self._condition:
            self._waiting.put_back(taken)
        return False

    def _commit(self, taken: list[tuple[int, Draft]], through: int) -> None:
        assert self.file is not None
        with self._condition:
            given_up = self._waiting.given_up
        drafts = [draft for _, draft in taken]
        if given_up:
            drafts.append(self._gaps.of_count(GapReason.MEMORY_FULL, given_up))
        if not self._has_reserve:
            self.room.spare(self._reserve.disk_free_bytes())
        self._accepted(self.room.keep_within(self._bounds, len(drafts)))
        accepted = self._saved.write(self.file, drafts, through) if drafts or self._saved.unsaved else []
        if drafts:
            taken.clear()
            with self._condition:
                self._waiting.given_up -= given_up
                self._overflows = self._overflows and self._waiting.given_up > 0
            self._accepted(accepted)
            if given_up:
                self._tell.clear("log_overflow")

    def _accepted(self, events: list[LoggedEvent]) -> None:
        if events:
            self._tell.accepted(events)

    def _answer(self, call: Call) -> None:
        problem = "it is not open"
        for _ in range(_TRIES):
            if self.file is None:
                break
            try:
                result = call.action(self.file)
            except sqlite3.Error as error:
                problem = str(error)
                if not self._mend(error, 0):
                    break
            except (LogUnavailable, *ROTTED) as error:  # what has rotted must not end the thread that accepts events
                problem = str(error)
                break
            else:
                self._tell.answer(call, result, None)
                return
        self._tell.answer(call, None, LogUnavailable(f"{self._path}: {problem}"))

    def _mend(self, error: sqlite3.Error, in_hand: int) -> bool:
        """Whether something was done after which it is worth another try."""
        if is_corrupt(error):
            return self._replace(error)
        self._is_full(f"{self._path}: {error}")
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in _ROOM_MAY_HELP:
            return False
        if self._reserve.give_up():
            self._has_reserve = False
            return True
        if code != sqlite3.SQLITE_FULL:
            self._close_file()  # opened anew at the next try: an I/O error can stick to a connection
            return False
        try:
            return self._prune_or_drop(in_hand)
        except sqlite3.Error as again:
            log.debug("no room can be made in %s: %s", self._path, again)
            return False

    def _is_full(self, what: str) -> None:
        if not self._told_full:
            self._told_full = True
            self._tell.fault("log_full", f"events wait in memory: {what}")

    def _prune_or_drop(self, in_hand: int) -> bool:
        if self.room.prune(STEP):
            return True
        if len(self._waiting) + in_hand < MAX_WAITING // 2:
            return False  # what is in the log was promised, what waits was not: so it waits, as long as it can
        with self._condition:
            only_minor = self._waiting.count(Importance.DETECTION) < MAX_WAITING // 2
        dropped = self.room.drop(STEP, only_minor=only_minor)
        self._accepted(dropped)
        return bool(dropped)

    def _replace(self, error: sqlite3.Error) -> bool:
        """A damaged file is set aside, and a new one takes over what is known and what can be read."""
        self._close_file()
        try:
            aside = set_aside(self._path)
        except OSError as again:
            self._tell.fault("log_corrupt", f"{error}; and it cannot be set aside: {again}")
            return False
        self._tell.fault("log_corrupt", f"{error}; the old log is kept as {aside}, a new stream begins")
        self._damaged.append(aside)
        return self._open(may_replace=False)

    def _open(self, *, may_replace: bool = True) -> bool:
        """Opens the file; a damaged one is set aside, and the reserve is given up where there is no room for it."""
        file = None
        try:
            file = LogFile(self._path)
            self._saved.load(file)
        except sqlite3.Error as error:
            if file is not None:
                file.close()
            if isinstance(error, sqlite3.NotSupportedError) and self._thread is None:
                raise
            if is_corrupt(error) and may_replace:
                return self._replace(error)
            if not is_corrupt(error) and self._reserve.give_up():
                self._has_reserve = False
                return self._open(may_replace=may_replace)
            self._is_full(f"{self._path} cannot be opened: {error}")
            return False
        if self._damaged:
            self._saved.all_again()
        while self._damaged:
            carry_over(self._damaged.pop(), file)
        self.file, self._room = file, LogRoom(file, self._gaps)
        self._tell.opened(file.stream_id, file.last_seq(), file.acked_through)
        return True

    def _close_file(self) -> None:
        if self.file is not None:
            with suppress(sqlite3.Error):
                self.file.close()
        self.file = self._room = None
