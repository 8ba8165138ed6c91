"""Accepted events to the broker: live on `sensors/…` at once, and again on `replays/…` until the server has them.

The inputs never wait for this. A live event is tried once, while it is fresh; everything else is the replay's: whoever
acts on `sensors/…` must never see old news. See docs/design/delivery.md for who deletes what when.
"""

import asyncio
import logging
from collections import deque

from vigie.agent.event_log import EventLog, LogUnavailable
from vigie.agent.faults import Faults
from vigie.agent.log_file import LoggedEvent
from vigie.protocol import topics
from vigie.protocol.codec import MAX_PAYLOAD_BYTES, encode_object
from vigie.protocol.events import BROKER_KEEPS_S
from vigie.protocol.states import Ack
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import Connection, PublishRefused

log = logging.getLogger(__name__)

LIVE_FOR_S = 5.0
REPLAY_AFTER_S = 5.0
ACK_IS_RECENT_S = 20.0
PACE_S = 0.25
PAGES_IN_FLIGHT = 8
RESEND_AFTER_S = 10.0
WINDOW = 20
_PAGE_ROWS = 250
_PAGE_BYTES = MAX_PAYLOAD_BYTES - 2048


class Publisher:
    """Sends this device's events. `offer` and `acknowledge` are called on the event loop."""

    def __init__(self, device_id: str, boot_id: str, event_log: EventLog, faults: Faults, clock: Clock) -> None:
        self._device_id = device_id
        self._boot_id = boot_id
        self._log = event_log
        self._faults = faults
        self._clock = clock
        self._live: deque[LoggedEvent] = deque(maxlen=1000)
        self._wake = asyncio.Event()
        self._acked_at = float("-inf")
        self._replayed: deque[int] = deque()  # last numbers of the pages that no ack has covered yet
        self._replayed_at = 0.0
        self._window_after = 0
        self._swept_through = 0  # how far replays have got since the ack last moved
        self._windows_in_vain = 0

    def offer(self, event: LoggedEvent) -> None:
        """A newly accepted event."""
        self._live.append(event)
        self._wake.set()

    async def acknowledge(self, ack: Ack) -> None:
        """The server has everything up to `through_seq`. Acks of another stream, or from beyond our log, are not for us."""
        if ack.stream_id != self._log.stream_id:
            return
        if ack.through_seq > self._log.last_seq:
            what = (
                f"the server has event {ack.through_seq}, this log ends at {self._log.last_seq}: was the card restored from a copy?"
            )
            self._faults.report("log_behind_server", what)
            return
        self._acked_at = self._clock.monotonic()
        if ack.through_seq <= self._log.acked_through:
            return
        self._log.acked_through = ack.through_seq
        self._windows_in_vain = self._swept_through = 0
        while self._replayed and self._replayed[0] <= ack.through_seq:
            self._replayed.popleft()
            self._replayed_at = self._acked_at
        try:
            await self._log.call(lambda file: file.put_acked_through(ack.stream_id, ack.through_seq))
        except LogUnavailable as error:  # after a restart we then replay what the server has: harmless
            log.info("ack not noted: %s", error)

    async def run_live(self, connection: Connection) -> None:
        """Publishes accepted events in order, `WINDOW` of them before the first PUBACK must be there."""
        window = asyncio.Semaphore(WINDOW)
        async with asyncio.TaskGroup() as group:
            while True:
                while self._live:
                    await window.acquire()
                    event = self._live.popleft()
                    if self._is_fresh(event):
                        group.create_task(self._send(connection, event, window))
                    else:
                        window.release()
                self._wake.clear()
                await self._wake.wait()

    async def _send(self, connection: Connection, event: LoggedEvent, window: asyncio.Semaphore) -> None:
        try:
            topic = topics.sensor(self._device_id, event.draft.sensor)
            await connection.publish(topic, encode_object(event.payload()), expiry_s=BROKER_KEEPS_S)
            self._faults.clear("publish_refused")
        except PublishRefused as error:  # its event stays in the log, and the replay tries again
            self._faults.report("publish_refused", str(error))
        finally:
            window.release()

    def _is_fresh(self, event: LoggedEvent) -> bool:
        age_ms = event.age_ms(self._boot_id, self._clock.monotonic())
        return age_ms is not None and age_ms <= LIVE_FOR_S * 1000

    async def run_replays(self, connection: Connection) -> None:
        """Sends unacknowledged events again, in pages and paced, for as long as somebody acknowledges at all."""
        self._replayed.clear()
        self._window_after = 0
        while True:
            await self._clock.sleep(PACE_S if self._replayed else 1.0)
            if self._clock.monotonic() - self._acked_at > ACK_IS_RECENT_S or self._live:
                continue
            if self._replayed and self._clock.monotonic() - self._replayed_at > RESEND_AFTER_S:
                self._start_again()
            if len(self._replayed) >= PAGES_IN_FLIGHT:
                continue
            after_seq = self._replayed[-1] if self._replayed else self._window_start()
            if after_seq < self._log.last_seq:
                await self._send_page(connection, after_seq)

    def _start_again(self) -> None:
        """After a window that no ack covered: from the ack, and in turns from where the last one ended. An event that the
        server will not have (it is in quarantine) holds the ack for ever, and must not hold up the events behind it.
        """
        self._windows_in_vain += 1
        self._swept_through = max(self._swept_through, self._replayed[-1])
        self._replayed.clear()
        if self._swept_through >= self._log.last_seq:
            self._swept_through = 0
        self._window_after = 0 if self._windows_in_vain % 2 else self._swept_through

    def _window_start(self) -> int:
        """A new log begins at 0 again: a mark from beyond its end is not its own."""
        acked = self._log.acked_through
        return max(acked, self._window_after) if self._window_after < self._log.last_seq else acked

    async def _send_page(self, connection: Connection, after_seq: int) -> None:
        try:
            events = await self._log.call(lambda file: file.page(after_seq, _PAGE_ROWS))
            payload, through_seq = self._page(events)
            if through_seq is None:
                return
            await connection.publish(topics.replay(self._device_id), payload)
        except (LogUnavailable, PublishRefused) as error:
            self._faults.report("replay_failed", str(error))
            return
        self._faults.clear("replay_failed")
        self._replayed.append(through_seq)
        self._replayed_at = self._clock.monotonic()

    def _page(self, events: list[LoggedEvent]) -> tuple[bytes, int | None]:
        """A `ReplayPage` of the first events that are old enough and fit, and the number of the last one."""
        items: list[bytes] = []
        size, through_seq, now = 0, None, self._clock.monotonic()
        for event in events:
            age_ms = event.age_ms(self._boot_id, now)
            if age_ms is not None and age_ms < REPLAY_AFTER_S * 1000:
                break
            item = encode_object({"sensor": event.draft.sensor, "payload": event.payload(), "age_ms": age_ms})
            size += len(item) + 1
            if items and size > _PAGE_BYTES:
                break
            items.append(item)
            through_seq = event.seq
        return b'{"events":[' + b",".join(items) + b"]}", through_seq
