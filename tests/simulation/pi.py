"""The agent in the simulation: its own event log, acknowledgements and replays, its threads and tasks turned by hand."""

from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from tests.simulation.broker import Broker
from tests.simulation.disk import Disk, copy_database
from vigie.agent.event_log import FILE_NAME, EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import WallClock
from vigie.agent.log_file import Draft, LogFile, LoggedEvent
from vigie.agent.log_writer import GROUP_SIZE, Call, LogUnavailable
from vigie.agent.publisher import LIVE_FOR_S
from vigie.agent.replay_page import build
from vigie.domain.replay import LogMarks, ReplayWindow
from vigie.domain.retention import Bounds
from vigie.protocol import topics
from vigie.protocol.codec import JsonObject, encode_object
from vigie.protocol.events import ClockQuality
from vigie.protocol.states import Ack, Heartbeat
from vigie.testing import FakeClock

T = TypeVar("T")
NEVER_SET = datetime(1970, 1, 1, tzinfo=UTC)


_NO_AUTOINCREMENT = """
CREATE TRIGGER forget_numbers AFTER DELETE ON events BEGIN
    UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(number), 0) FROM events) WHERE name = 'events';
END
"""
"""A mutation: what a table without AUTOINCREMENT does, it gives the number of a deleted newest row again."""


class _Log(EventLog):
    """The event log without its thread: what would be queued for it is done at once."""

    def turn(self) -> None:
        """One round of the writer's thread."""
        writer = self._writer
        taken = writer._waiting.take(GROUP_SIZE)
        done = writer._work(taken, writer._waiting.through)
        if done and not writer._has_reserve:
            writer._has_reserve = writer._reserve.restore()

    async def call(self, action: Callable[[LogFile], T]) -> T:
        self.turn()
        answer: Future[T] = Future()
        self._writer._answer(Call(action, answer, 0))
        return answer.result(timeout=0)


class Pi:
    """One agent process after another on one card."""

    def __init__(self, device_id: str, folder: Path, broker: Broker, *, deletes_on_puback: bool, has_autoincrement: bool) -> None:
        self.device_id = device_id
        self.disk = Disk()
        self.folder = folder / device_id
        self.folder.mkdir()
        self.path = self.folder / FILE_NAME
        self.clock = FakeClock(now=NEVER_SET, monotonic=10.0)
        self.is_synced = False
        self.boots = 0
        self._old_copy = folder / f"{device_id}.copy"
        self._broker = broker
        self._deletes_on_puback = deletes_on_puback
        self._begin()
        if not has_autoincrement:
            self.log.file.db.execute(_NO_AUTOINCREMENT)

    def _begin(self) -> None:
        """A new process: what only memory held is gone."""
        self.outbox: deque[LoggedEvent] = deque()
        wall = WallClock(self.clock, lambda: self.is_synced)
        with self.disk.in_use():
            self.log = _Log(self.folder, Faults(), self.clock, wall=wall, bounds=Bounds(max_events=40))
        self.log._writer._gaps._drafts._boot_id = self.boot_id
        self._window = ReplayWindow(self.log.last_seq)
        self.log.on_accepted.append(self.outbox.append)
        self.log.on_new_stream.append(self._begin_again)
        self.log.on_owed.append(self._window.owed)

    def _begin_again(self) -> None:
        self.outbox.clear()
        self._window.new_stream(self.log.last_seq)

    @property
    def boot_id(self) -> str:
        return f"boot-{self.boots}-of-{self.device_id}"

    # What happens to it

    def sense(self, id_: str, sensor: str, type_: str, body: JsonObject) -> None:
        """An edge on a pin; accepted once the disk has it."""
        self.log.accept(
            Draft(
                id=id_,
                sensor=sensor,
                kind=None,
                type=type_,
                body=body,
                occurred_at=self.clock.now() if self.is_synced else None,
                mono_ms=round(self.clock.monotonic() * 1000),
                boot_id=self.boot_id,
                clock=ClockQuality.SYNCED if self.is_synced else ClockQuality.UNSYNCED,
            )
        )
        self._in_use(self.log.turn)

    def crash(self, *, reboots: bool = False) -> None:
        """The process is killed, or the whole machine loses its power; it starts again."""
        self.disk.bury()
        if reboots:
            self.boots += 1
            self.is_synced = False
            self.clock = FakeClock(now=NEVER_SET, monotonic=10.0)
        self._begin()

    def back_up(self) -> None:
        copy_database(self.path, self._old_copy)

    def restore(self) -> bool:
        """Goes on with an old copy of the card; false when there is none."""
        if not self._old_copy.exists():
            return False
        self.disk.bury()
        copy_database(self._old_copy, self.path)
        self.crash(reboots=True)
        return True

    def set_clock(self, true_now: datetime) -> None:
        """NTP has spoken: from now on events carry their wall time, and those of this boot get it."""
        self.clock.set_wall(true_now)
        self.is_synced = True
        offset = true_now - timedelta(seconds=self.clock.monotonic())
        offset_ms = round((offset - NEVER_SET).total_seconds() * 1000)
        with suppress(LogUnavailable):  # it is tried again later
            self._awaited(self.log.fill_times(self.boot_id, offset_ms, ClockQuality.SYNCED))

    # What it says

    def publish_live(self, now_s: float) -> None:
        """Everything accepted that is still news, in order."""
        self._in_use(self.log.turn)
        while self.outbox:
            event = self.outbox.popleft()
            if event.stream_id != self.log.stream_id:
                continue
            age_ms = event.age_ms(self.boot_id, self.clock.monotonic())
            if age_ms is None or age_ms > LIVE_FOR_S * 1000:
                self._window.missed_live(event.seq)
                continue
            self._window.went_live(event.seq, self.clock.monotonic())
            self._broker.publish(topics.sensor(self.device_id, event.draft.sensor), encode_object(event.payload()), now_s)
            if self._deletes_on_puback:
                self.log.file.db.execute("DELETE FROM events WHERE id = ?", (event.draft.id,))

    def replay(self, count: int, now_s: float) -> None:
        """The next page of what the server has not acknowledged, if it is time for one."""
        marks = LogMarks(self.log.last_seq, self.log.acked_through, self.log.acked_at)
        asked = self._window.next_page(marks, self.clock.monotonic(), live_waits=bool(self.outbox))
        if asked is None:
            return
        limit = min(count, asked.max_events)

        def read(file: LogFile) -> Any:
            found = file.rows(asked.after_seq, limit)
            page = build(
                [row for row in found if row[0] <= asked.through_seq], file.stream_id, self.boot_id, self.clock.monotonic()
            )
            return page, page.last_seq if page.is_full or len(found) == limit else asked.through_seq

        with suppress(LogUnavailable):
            page, last_seq = self._awaited(self.log.call(read))
            sent = self._window.sent(asked, last_seq, page.count, self.clock.monotonic())
            if page.count:
                self._broker.publish(topics.replay(self.device_id), page.payload, now_s)
                self._window.answered(sent)

    def heartbeat(self) -> Heartbeat:
        return Heartbeat(
            boot_id=self.boot_id,
            beat=int(self.clock.monotonic() // 10),
            stream_id=self.log.stream_id,
            last_seq=self.log.last_seq,
            log_depth=max(0, self.log.last_seq - self.log.acked_through),
        )

    # What it hears

    def take_ack(self, payload: bytes) -> None:
        """The server's word, through the bridge."""
        self._awaited(self.log.acknowledge(Ack.model_validate_json(payload)))

    def connected(self) -> None:
        """A new connection to the broker."""
        self._window.connected(LogMarks(self.log.last_seq, self.log.acked_through, self.log.acked_at))

    def _in_use(self, work: Callable[[], T]) -> T:
        with self.disk.in_use():  # it may open its file anew
            return work()

    def _awaited(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine that has nothing to wait for."""
        try:
            self._in_use(lambda: work.send(None))
        except StopIteration as done:
            result: T = done.value
            return result
        raise AssertionError("it waits for something")
