"""Accepted events to the broker: live on `sensors/…` at once, and again on `replays/…` until the server has them.

The inputs never wait for this. A live event is tried once, while it is fresh; everything else is the replay's: whoever
acts on `sensors/…` must never see old news. What is sent again when is decided in `domain/replay.py`.
"""

import asyncio
import logging
from collections import deque

from vigie.agent.event_log import EventLog, LogUnavailable
from vigie.agent.faults import Faults
from vigie.agent.log_file import LogFile, LoggedEvent
from vigie.agent.replay_page import Page, build
from vigie.domain.replay import LogMarks, NextPage, ReplayWindow, SentPage
from vigie.protocol import topics
from vigie.protocol.codec import encode_object
from vigie.protocol.events import BROKER_KEEPS_S
from vigie.protocol.states import Ack
from vigie.runtime.clock import Clock, wait_for_event
from vigie.runtime.mqtt import Connection, PublishRefused

log = logging.getLogger(__name__)

LIVE_FOR_S = 5.0
LIVE_UNANSWERED = 20
_PAGE_ROWS = 200
_LOOK_AGAIN_S = 0.25
_LOOK_AGAIN_IDLE_S = 1.0


class Publisher:
    """Sends this device's events. All methods are for the event loop."""

    def __init__(self, device_id: str, boot_id: str, event_log: EventLog, faults: Faults, clock: Clock) -> None:
        self._device_id = device_id
        self._boot_id = boot_id
        self._log = event_log
        self._faults = faults
        self._clock = clock
        self._live: deque[LoggedEvent] = deque(maxlen=1000)
        self._offered = asyncio.Event()
        self._news = asyncio.Event()  # an ack, or an answer of the broker: there may be a page to send
        self._window = ReplayWindow(event_log.last_seq)
        self._refused_seq = 0
        event_log.on_new_stream.append(self._begin_again)
        event_log.on_owed.append(self._owe)

    def offer(self, event: LoggedEvent) -> None:
        """A newly accepted event."""
        self._live.append(event)
        self._offered.set()

    async def acknowledge(self, ack: Ack) -> None:
        """The server has said how far it has this log: what goes on from there may go now."""
        await self._log.acknowledge(ack)
        self._news.set()

    def _begin_again(self) -> None:
        self._live.clear()
        self._refused_seq = 0
        self._window.new_stream(self._log.last_seq)
        self._news.set()

    def _owe(self, seq: int) -> None:
        self._window.owed(seq)
        self._news.set()

    async def run(self, connection: Connection) -> None:
        """Live events and replays, for the length of a connection."""
        self._window.connected(self._marks())
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run_live(connection), name="live events")
            group.create_task(self._run_replays(connection), name="replays")

    async def _run_live(self, connection: Connection) -> None:
        """Publishes accepted events in order, `LIVE_UNANSWERED` of them before the first PUBACK must be there."""
        room = asyncio.Semaphore(LIVE_UNANSWERED)
        async with asyncio.TaskGroup() as group:
            while True:
                while self._live:
                    await room.acquire()
                    event = self._live.popleft()
                    if event.stream_id != self._log.stream_id or not self._is_fresh(event):
                        self._missed(event)
                        room.release()
                    else:
                        self._window.went_live(event.seq, self._clock.monotonic())
                        group.create_task(self._send(connection, event, room))
                self._offered.clear()
                await self._offered.wait()

    async def _send(self, connection: Connection, event: LoggedEvent, room: asyncio.Semaphore) -> None:
        try:
            topic = topics.sensor(self._device_id, event.draft.sensor)
            is_heard = await connection.publish(topic, encode_object(event.payload()), expiry_s=BROKER_KEEPS_S)
            self._faults.clear("publish_refused")
            if not is_heard:
                self._missed(event)
        except PublishRefused as error:  # its event stays in the log, and the replay tries again
            self._faults.report("publish_refused", str(error))
            self._refused_seq = event.seq
            self._missed(event)
        finally:
            room.release()

    def _missed(self, event: LoggedEvent) -> None:
        if event.stream_id == self._log.stream_id:
            self._window.missed_live(event.seq)

    def _is_fresh(self, event: LoggedEvent) -> bool:
        age_ms = event.age_ms(self._boot_id, self._clock.monotonic())
        return age_ms is not None and age_ms <= LIVE_FOR_S * 1000

    async def _run_replays(self, connection: Connection) -> None:
        """Sends unacknowledged events again, page by page, for as long as somebody acknowledges at all."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                marks = self._marks()
                asked = self._window.next_page(marks, self._clock.monotonic(), live_waits=bool(self._live))
                page = None if asked is None else await self._read(asked)
                if asked is None or page is None:
                    is_idle = self._window.is_idle(marks)
                    await wait_for_event(self._news, _LOOK_AGAIN_IDLE_S if is_idle else _LOOK_AGAIN_S, self._clock)
                    continue
                sent = self._window.sent(asked, page.last_seq, page.count, self._clock.monotonic())
                if page.count:
                    group.create_task(self._send_page(connection, page.payload, sent))

    def _marks(self) -> LogMarks:
        if self._log.acked_through >= self._log.last_seq:
            self._faults.clear("replay_failed")
        if self._log.acked_through >= self._refused_seq:
            self._faults.clear("publish_refused")
        return LogMarks(self._log.last_seq, self._log.acked_through, self._log.acked_at)

    async def _read(self, asked: NextPage) -> Page | None:
        """The page, made by the log's thread; None while the log cannot be read."""
        limit = min(_PAGE_ROWS, asked.max_events)
        boot_id, clock = self._boot_id, self._clock

        def read(file: LogFile) -> Page:
            found = file.rows(asked.after_seq, limit)
            rows = [row for row in found if row[0] <= asked.through_seq]
            page = build(rows, file.stream_id, boot_id, clock.monotonic())
            if page.is_full or len(rows) == limit:
                return page
            return Page(page.payload, page.count, asked.through_seq, is_full=False)  # there are no more

        try:
            return await self._log.call(read)
        except LogUnavailable as error:
            self._faults.report("replay_failed", str(error))
            return None

    async def _send_page(self, connection: Connection, payload: bytes, sent: SentPage) -> None:
        try:
            is_heard = await connection.publish(topics.replay(self._device_id), payload)
        except PublishRefused as error:
            self._faults.report("replay_failed", str(error))
            self._window.refused(sent, self._clock.monotonic())
        else:
            self._faults.clear("replay_failed")
            if is_heard:
                self._window.answered(sent)
            else:
                self._window.unheard(sent)
        self._news.set()
