"""Accepting events, and what the server's acknowledgements mean for them: the event loop's side of the log.

An event is accepted once it is committed; only then does `on_accepted` hear of it. While the disk is full the events
wait in bounded memory and are committed when there is room: the guard goes on. The file is `log_writer.py`'s thread's.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from vigie.agent.drafts import Drafts
from vigie.agent.faults import Faults
from vigie.agent.gap_events import GapEvents
from vigie.agent.health import WallClock
from vigie.agent.log_file import Draft, LogFile, LoggedEvent
from vigie.agent.log_writer import Call, LogUnavailable, LogWriter, Tell
from vigie.agent.saved import Saved
from vigie.domain.acks import Doubt, Mark, Verdict, judge
from vigie.domain.retention import STEP, Bounds
from vigie.protocol.codec import JsonObject
from vigie.protocol.events import ClockQuality
from vigie.protocol.states import Ack
from vigie.runtime.clock import Clock

__all__ = ["FILE_NAME", "EventLog", "LogUnavailable"]

log = logging.getLogger(__name__)
T = TypeVar("T")

FILE_NAME = "events.sqlite"


class EventLog:
    """The event log of one device. Methods are for the event loop.

    `stream_id` is None while the file could not be opened at all. `acked_through` is the number through which the server
    has everything, `acked_at` the monotonic time at which it last said something about our stream.
    """

    def __init__(
        self, folder: Path, faults: Faults, clock: Clock, *, wall: WallClock | None = None, bounds: Bounds | None = None
    ) -> None:
        """Opens the log in `folder`; a damaged one is set aside. Raises `sqlite3.NotSupportedError` for one of a newer Vigie."""
        self._faults = faults
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._doubt = Doubt()
        self.on_accepted: list[Callable[[LoggedEvent], None]] = []
        self.on_new_stream: list[Callable[[], None]] = []
        self.on_owed: list[Callable[[int], None]] = []
        """Called with a number from which on everything must be sent again, acknowledged or not."""
        self.stream_id: str | None = None
        self.last_seq = self.acked_through = 0
        self.acked_at: float | None = None
        self.lacks_times = True
        """Whether events of this boot may be without a wall time."""
        self.saved = Saved()
        gaps = GapEvents(Drafts(wall or WallClock(clock), clock))
        tell = Tell(
            accepted=partial(self._tell, self._heard),
            opened=partial(self._tell, self._opened),
            fault=partial(self._tell, faults.report),
            clear=partial(self._tell, faults.clear),
            answer=partial(self._tell, _resolve),
        )
        self._writer = LogWriter(folder / FILE_NAME, tell, gaps, bounds or Bounds(), self.saved)
        if self._writer.file is None:
            self.saved.load_from_locked(folder / FILE_NAME)

    @property
    def file(self) -> LogFile:
        """The file itself: only before `start`, and where it is open."""
        assert self._loop is None
        assert self._writer.file is not None
        return self._writer.file

    def last_event(self, sensor: str) -> LoggedEvent | None:
        """The newest event of a sensor, where it is not long ago and can be read. Only before `start`."""
        return None if self._writer.file is None else self.file.last_event(sensor)

    def recent_ids(self, sensor: str) -> set[str]:
        """The ids of a sensor's events that are not long ago. Only before `start`."""
        return set() if self._writer.file is None else self.file.recent_ids(sensor)

    def start(self) -> None:
        """Starts the writer thread; call on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._writer.start()

    def accept(self, *drafts: Draft, values: Mapping[str, str] = MappingProxyType({})) -> None:
        """Queues events for the next commit, all of them with `values` in one transaction. Never blocks, never raises; the oldest
        least important one makes room.
        """
        self._writer.accept(drafts, values)

    async def call(self, action: Callable[[LogFile], T]) -> T:
        """Runs `action` on the file, after all that was queued before. Raises `LogUnavailable`."""
        assert self._loop is not None
        answer: asyncio.Future[T] = self._loop.create_future()
        self._writer.call(action, answer)
        return await answer

    async def flush(self) -> None:
        """Returns when everything queued so far was tried; on a healthy disk it is committed then."""
        await self.call(lambda _file: None)

    async def prove_alive(self) -> None:
        """Returns once the writer has tried everything queued so far; the disk may have refused it."""
        with suppress(LogUnavailable):
            await self.flush()

    @property
    def waiting(self) -> int:
        """Events that are not committed yet."""
        return self._writer.waiting

    def put_value(self, name: str, value: str) -> None:
        """Keeps a value over restarts: on disk with the next commit, or when the disk takes it again."""
        self._writer.accept((), {name: value})

    async def commit(self) -> None:
        """Returns when all that was accepted and put is on disk. Raises `LogUnavailable`: it will be when that works again."""
        await self.call(self._writer.save)

    async def put_command(self, command_id: str, result: JsonObject) -> None:
        """Keeps a command's result; returns when it is on disk. Raises `LogUnavailable`: it will be when that works again."""
        self.saved.put_command(command_id, result)
        await self.commit()

    def close(self) -> None:
        """Commits what waits (one try), closes the file. Blocks shortly."""
        self._writer.close()

    async def acknowledge(self, ack: Ack) -> None:
        """Does what an ack means (`domain.acks`): believes it, doubts it, or learns from it that this log is an old copy."""
        own_id = await self._own_id(ack)
        if self.stream_id is None:
            return
        mark = Mark(self.stream_id, self.last_seq, self.acked_through)
        verdict, self._doubt = judge(ack, mark, own_id, self._doubt, self._clock.monotonic())
        if verdict is Verdict.FOREIGN:
            return
        if verdict is Verdict.COPIED:
            await self._fork(ack)
            return
        self.acked_at = self._clock.monotonic()
        self._faults.clear("log_was_copied")
        try:
            if verdict is Verdict.ADVANCED:
                self.acked_through = ack.through_seq
                await self.call(lambda file: file.put_acked_through(ack.stream_id, ack.through_seq))
            elif verdict is Verdict.LOWERED:
                log.warning("the server has lost events after %d of %d: they are sent again", ack.through_seq, self.acked_through)
                await self.call(lambda file: self._lower(file, ack))
        except LogUnavailable as error:  # after a restart we then replay what the server has: harmless
            log.info("ack not noted: %s", error)

    async def _own_id(self, ack: Ack) -> str | None:
        if ack.event_id is None or ack.stream_id != self.stream_id or not 0 < ack.through_seq <= self.last_seq:
            return None
        try:
            return await self.call(lambda file: file.event_id(ack.through_seq) if file.stream_id == ack.stream_id else None)
        except LogUnavailable:
            return None

    async def _fork(self, ack: Ack) -> None:
        what = f"the server knows other events than ours up to {ack.through_seq}, this log ends at {self.last_seq}: a new stream"
        try:
            await self.call(lambda file: self._fork_file(file, ack.stream_id))
        except LogUnavailable as error:  # the next ack says it again
            log.warning("%s could not be begun: %s", what, error)
        else:
            self._faults.report("log_was_copied", f"{what} begins. Was the card restored from a copy, or cloned?")

    async def fill_times(self, boot_id: str, offset_ms: int, clock: ClockQuality) -> None:
        """Gives all events of this boot that have none their wall time, the monotonic one + `offset_ms`. Raises `LogUnavailable`.

        They are owed again then: the server has them without.
        """
        first, last, base = await self.call(lambda file: (file.first_without_time(boot_id), file.last_number(), file.base))
        if first is None:
            return
        for start in range(first, last + 1, STEP):
            fill = partial(_fill_times, boot_id=boot_id, offset_ms=offset_ms, clock=clock, first=start, last=start + STEP - 1)
            await self.call(fill)
        log.info("events of this boot have got their wall time, from number %d on", first)
        self._owed(max(1, first - base))

    # Below: on the writer's thread.

    def _fork_file(self, file: LogFile, stream_id: str) -> None:
        if file.stream_id == stream_id:
            gaps = self._writer.room.fork()
            self._tell(self._opened, file.stream_id, file.last_seq(), 0)
            self._tell(self._heard, gaps)

    def _lower(self, file: LogFile, ack: Ack) -> None:
        if file.stream_id == ack.stream_id:
            gaps = self._writer.room.lower_ack(ack.through_seq)
            self._tell(self._lowered, ack.through_seq)
            self._tell(self._heard, gaps)

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        if self._loop is None:
            function(*arguments)
            return
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop has ended before us; nobody is left to tell
            log.debug("the event loop is closed")

    # Below: the event loop, told by the thread.

    def _heard(self, accepted: list[LoggedEvent]) -> None:
        for event in accepted:
            self.last_seq = event.seq
            self.lacks_times = self.lacks_times or event.draft.occurred_at is None
            for listener in self.on_accepted:
                listener(event)

    def _opened(self, stream_id: str, last_seq: int, acked_through: int) -> None:
        is_new = stream_id != self.stream_id
        self.stream_id, self.last_seq, self.acked_through = stream_id, last_seq, acked_through
        if is_new:
            self.acked_at, self._doubt = None, Doubt()
            for listener in self.on_new_stream:
                listener()

    def _lowered(self, seq: int) -> None:
        self.acked_through = seq
        self._owed(seq + 1)

    def _owed(self, seq: int) -> None:
        for listener in self.on_owed:
            listener(seq)


def _fill_times(file: LogFile, *, boot_id: str, offset_ms: int, clock: ClockQuality, first: int, last: int) -> None:
    file.fill_times(boot_id, offset_ms, clock, first=first, last=last)


def _resolve(call: Call, result: object, error: Exception | None) -> None:
    answer: asyncio.Future[Any] = call.answer
    if answer.done():
        return
    if error is None:
        answer.set_result(result)
    else:
        answer.set_exception(error)
