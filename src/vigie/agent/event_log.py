"""Accepting events: one writer thread, group commit, and patience when the disk fails.

An event is accepted once it is committed; only then does `on_accepted` hear of it. While the disk is full the events
wait in bounded memory and are committed when there is room: the guard goes on.
"""

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from vigie.agent.faults import Faults
from vigie.agent.log_file import Draft, LogFile, LoggedEvent, is_corrupt, set_aside
from vigie.protocol.sensors import is_detection

log = logging.getLogger(__name__)
T = TypeVar("T")

MAX_WAITING = 10_000
GROUP_SIZE = 256
RETRY_S = 1.0
FILE_NAME = "events.sqlite"


class LogUnavailable(Exception):
    """The log's disk does not take or give anything now; the text is SQLite's."""


class EventLog:
    """The event log of one device. Methods are for the event loop; the file belongs to the writer thread alone."""

    def __init__(self, folder: Path, faults: Faults) -> None:
        """Opens the log in `folder`; a damaged one is set aside. Raises `sqlite3.Error` when there is no way to write one."""
        self._path = folder / FILE_NAME
        self._faults = faults
        self._loop: asyncio.AbstractEventLoop | None = None
        self._file = self._open()
        self._condition = threading.Condition()
        self._drafts: deque[Draft] = deque()
        self._calls: deque[tuple[Callable[[LogFile], Any], asyncio.Future[Any]]] = deque()
        self._closing = False
        self._thread: threading.Thread | None = None
        self.on_accepted: list[Callable[[LoggedEvent], None]] = []
        self.stream_id = self._file.stream_id
        self.last_seq = self._file.last_seq()
        self.acked_through = min(int(self._file.value("acked_through") or 0), self.last_seq)

    @property
    def file(self) -> LogFile:
        """The file itself: only before `start`."""
        assert self._thread is None
        return self._file

    def start(self) -> None:
        """Starts the writer thread; call on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="event log", daemon=True)
        self._thread.start()

    def accept(self, draft: Draft) -> None:
        """Queues an event for the next commit. Never blocks, never raises; the oldest least important one makes room."""
        with self._condition:
            if len(self._drafts) >= MAX_WAITING:
                self._make_room()
            self._drafts.append(draft)
            self._condition.notify()

    async def call(self, action: Callable[[LogFile], T]) -> T:
        """Runs `action` on the file, after all that was queued before. Raises `LogUnavailable`."""
        assert self._loop is not None
        answer: asyncio.Future[T] = self._loop.create_future()
        with self._condition:
            if self._closing:
                raise LogUnavailable("the log is closed")
            self._calls.append((action, answer))
            self._condition.notify()
        return await answer

    async def flush(self) -> None:
        """Returns when everything queued so far was tried; on a healthy disk it is committed then."""
        await self.call(lambda _file: None)

    @property
    def waiting(self) -> int:
        """Events that are not committed yet."""
        return len(self._drafts)

    def close(self) -> None:
        """Commits what waits (one try), closes the file. Blocks shortly."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        if self._thread is None:
            self._file.close()
        else:
            self._thread.join(timeout=2.0)

    # Below: the writer thread.

    def _run(self) -> None:
        failed = False
        while True:
            with self._condition:
                if failed:
                    self._condition.wait_for(lambda: self._closing or bool(self._calls), timeout=RETRY_S)
                else:
                    self._condition.wait_for(lambda: self._closing or bool(self._calls) or bool(self._drafts))
                batch = [self._drafts.popleft() for _ in range(min(GROUP_SIZE, len(self._drafts)))]
                closing = self._closing
            failed = not self._commit(batch)
            for action, answer in self._due_calls(failed):
                self._answer(action, answer)
            if closing and (failed or not self._drafts):
                self._file.close()
                return

    def _due_calls(self, failed: bool) -> list[tuple[Callable[[LogFile], Any], asyncio.Future[Any]]]:
        """What may run now: after all drafts, or at once when they cannot be committed anyway."""
        with self._condition:
            if self._drafts and not failed:
                return []
            calls = list(self._calls)
            self._calls.clear()
            return calls

    def _commit(self, batch: list[Draft]) -> bool:
        if not batch:
            return True
        try:
            accepted = self._file.append(batch)
        except sqlite3.Error as error:
            with self._condition:
                self._drafts.extendleft(reversed(batch))
            self._on_failure(error)
            return False
        self._tell(self._heard, accepted)
        return True

    def _answer(self, action: Callable[[LogFile], T], answer: "asyncio.Future[T]") -> None:
        try:
            result = action(self._file)
        except sqlite3.Error as error:
            self._on_failure(error)
            self._tell(_fail, answer, LogUnavailable(str(error)))
        except ValueError as error:  # a row that has rotted on the card: it must not end the thread that accepts events
            self._tell(_fail, answer, LogUnavailable(f"{self._path}: a row cannot be read: {error}"))
        else:
            self._tell(_resolve, answer, result)

    def _on_failure(self, error: sqlite3.Error) -> None:
        if not is_corrupt(error) and not self._file.closed:
            self._tell(self._faults.report, "log_full", f"events wait in memory: {self._path}: {error}")
            return
        self._file.close()  # or it is closed since the last try, which found no room for a new one
        try:
            self._file = self._open()
        except (sqlite3.Error, OSError) as again:
            self._tell(self._faults.report, "log_full", f"events wait in memory: {self._path}: {again}")
            return
        self._tell(self._new_stream, self._file.stream_id, self._file.last_seq())

    def _open(self) -> LogFile:
        try:
            return LogFile(self._path)
        except sqlite3.Error as error:
            if not is_corrupt(error):
                raise
            aside = set_aside(self._path)
            self._tell(self._faults.report, "log_corrupt", f"{error}; the old log is kept as {aside}, a new stream begins")
            return LogFile(self._path)

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        if self._loop is None:
            function(*arguments)
            return
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop has ended before us; nobody is left to tell
            log.debug("the event loop is closed")

    def _make_room(self) -> None:
        minor = next((draft for draft in self._drafts if not is_detection(draft.type)), None)
        if minor is None:
            self._drafts.popleft()
        else:
            self._drafts.remove(minor)
        self._tell(self._faults.report, "log_overflow", f"the disk has taken nothing for so long that {MAX_WAITING} events wait")

    # Below: the event loop, told by the thread.

    def _heard(self, accepted: list[LoggedEvent]) -> None:
        self._faults.clear("log_full")
        for event in accepted:
            self.last_seq = event.seq
            for listener in self.on_accepted:
                listener(event)

    def _new_stream(self, stream_id: str, last_seq: int) -> None:
        self.stream_id, self.last_seq, self.acked_through = stream_id, last_seq, 0


def _resolve(answer: "asyncio.Future[Any]", result: object) -> None:
    if not answer.done():
        answer.set_result(result)


def _fail(answer: "asyncio.Future[Any]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
