"""From the spool to the server: two lanes at the same time, each in order, the same items until a 2xx, then delete and acknowledge.

A refusal never drops anything: a refused batch is split down to the refused item, which goes to quarantine instead.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from vigie.bridge.backlog import Backlog
from vigie.bridge.events_api import BatchAnswer, EventsApi, Refused, Unavailable
from vigie.bridge.intake import refused_again
from vigie.bridge.settings import BridgeSettings
from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import SpooledRow, SpoolError
from vigie.protocol.events import LATE_AFTER_S
from vigie.runtime.backoff import Backoff
from vigie.runtime.clock import Clock

log = logging.getLogger(__name__)


class OnCursor(Protocol):
    """Hears how far the server is with a stream: asked at this moment of the monotonic clock, answered now."""

    def __call__(self, device_id: str, stream_id: str, through_seq: int, event_id: str | None, *, asked_at_s: float) -> None: ...


class Lane:
    """One sender's patience, and how it has rows deleted. `fault` says why nothing goes up in it, or None."""

    def __init__(self, delete: Callable[[Sequence[SpooledRow]], Awaitable[None]], cap_s: float = 30.0) -> None:
        self.delete = delete
        self.backoff = Backoff(base_s=0.25, cap_s=cap_s)
        self.fault: str | None = None


class Uplink:
    """The senders: `run_live`, `run_backlog`, and `send_straight` for a disk that takes nothing."""

    def __init__(self, spool: Spool, api: EventsApi, settings: BridgeSettings, clock: Clock, on_cursor: OnCursor) -> None:
        self._spool = spool
        self._api = api
        self._settings = settings
        self._clock = clock
        self._on_cursor = on_cursor
        self._back = asyncio.Event()
        self._batches = Backlog(spool, settings.batch_items, settings.batch_bytes)
        self._live, self._backlog = Lane(spool.delete), Lane(self._batches.delete)
        self._straight = Lane(spool.delete, cap_s=5.0)  # it is the disk's turn between two attempts

    @property
    def fault(self) -> str | None:
        """Why something does not go up, or None."""
        return self._live.fault or self._backlog.fault or self._straight.fault

    def server_is_back(self) -> None:
        """Somebody has just spoken with the server: try again now instead of when the wait is over."""
        self._back.set()
        self._back = asyncio.Event()

    async def run_live(self) -> None:
        """For ever: what is in a hurry, as it comes. What the server does not take soon, or refuses, is the backlog's."""
        while True:
            rows = await self._spool.next_live(self._settings.batch_items, self._settings.batch_bytes)
            while rows:
                try:
                    await self._finish(self._live, rows, await self._ask(self._live, [self._item(row) for row in rows]))
                    break
                except Refused:
                    self._spool.release(rows)
                    break
                except Unavailable as error:
                    await self._wait(self._live, str(error))
                    rows = self._spool.still_live(rows)

    async def run_backlog(self) -> None:
        """For ever: the oldest rows, as many as fit, until they are delivered. One upload at a time: that keeps them in order."""
        try:
            while True:
                try:
                    rows = await self._batches.next()
                except SpoolError as error:
                    await self._wait(self._backlog, str(error))
                else:
                    await self._deliver(self._backlog, rows)
        finally:
            await self._batches.close()

    async def send_straight(self, rows: Sequence[SpooledRow]) -> None:
        """Past the spool, one attempt. Raises `Unavailable`: then some of them may be on the server, and none is safe."""
        step = self._settings.batch_items
        for start in range(0, len(rows), step):
            await self._deliver(self._straight, rows[start : start + step])

    async def wait_straight(self, fault: str) -> None:
        """Waits until another attempt of `send_straight` is due."""
        await self._wait(self._straight, fault)

    async def _deliver(self, lane: Lane, rows: Sequence[SpooledRow]) -> None:
        try:
            answer = await self._until_answered(lane, lambda: [self._item(row) for row in rows])
        except Refused as refusal:
            if len(rows) == 1:
                await self._quarantine(lane, rows[0], refusal)
                return
            middle = len(rows) // 2
            await self._deliver(lane, rows[:middle])
            await self._deliver(lane, rows[middle:])
            return
        await self._finish(lane, rows, answer)

    async def _quarantine(self, lane: Lane, row: SpooledRow, refusal: Refused) -> None:
        """The server refuses this one item. Only once it is proven to take others is the item to blame."""
        while not await self._server_takes_batches(lane):
            await self._not_now(lane, f"{self._api.url} refuses everything: {refusal.reason}")
            try:
                answer = await self._until_answered(lane, lambda: [self._item(row)])
            except Refused as again:
                refusal = again
            else:
                await self._finish(lane, [row], answer)
                return
        substitute = refused_again(row.item, f"the server refused it: {refusal.reason}", received_at=self._clock.now())
        try:
            answer = await self._until_answered(lane, lambda: [substitute])
        except Refused as again:
            await self._spool.park(row, again.reason)
            log.warning("the server takes this item in no form; parked in the spool file: id=%d %s", row.id, again.reason)
            return
        log.warning("the server refused an item; sent to its quarantine: device=%s %s", row.device_id, refusal.reason)
        await self._finish(lane, [row], answer)

    async def _server_takes_batches(self, lane: Lane) -> bool:
        try:
            await self._until_answered(lane, list)
        except Refused:
            return False
        return True

    async def _finish(self, lane: Lane, rows: Sequence[SpooledRow], answer: "_Answer") -> None:
        for cursor in answer.batch.cursors:
            self._on_cursor(cursor.device_id, cursor.stream_id, cursor.through_seq, cursor.event_id, asked_at_s=answer.asked_at_s)
        await lane.delete(rows)

    async def _until_answered(self, lane: Lane, items: Callable[[], list[bytes]]) -> "_Answer":
        """The server's answer, however long it takes to be there; but raises `Unavailable` in the straight lane, and `Refused`."""
        while True:
            try:
                return await self._ask(lane, items())
            except Unavailable as error:
                await self._not_now(lane, str(error))

    async def _ask(self, lane: Lane, items: Sequence[bytes]) -> "_Answer":
        asked_at_s = self._clock.monotonic()
        try:
            batch = await self._api.post(items)
        except Refused:
            self._worked(lane)
            raise
        self._worked(lane)
        return _Answer(batch, asked_at_s)

    def _item(self, row: SpooledRow) -> bytes:
        """The item as spooled; `late` is added here, because only the upload knows how long it took."""
        if row.is_event and self._spool.late_after(row, LATE_AFTER_S):
            return row.item[:-1] + b',"late":true}'
        return row.item

    def _worked(self, lane: Lane) -> None:
        was_down = self.fault is not None
        # Only the backlog tries again until it succeeds: what the others gave up, goes up in it.
        lane.fault = self._live.fault = self._straight.fault = None
        lane.backoff.reset()
        if was_down:
            self.server_is_back()
            if self.fault is None:
                log.info("the server takes events again; spool_depth=%d", self._spool.depth)

    async def _not_now(self, lane: Lane, fault: str) -> None:
        if lane is self._straight:
            raise Unavailable(fault)
        await self._wait(lane, fault)

    async def _wait(self, lane: Lane, fault: str) -> None:
        """Waits out the back-off, or until the server is back."""
        if self.fault is None:
            log.warning("%s; events wait in the spool", fault)
        lane.fault = fault
        waits = {
            asyncio.ensure_future(self._clock.sleep(lane.backoff.next_delay_s())),
            asyncio.ensure_future(self._back.wait()),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


class _Answer:
    """What the server said, and when it was asked."""

    def __init__(self, batch: BatchAnswer, asked_at_s: float) -> None:
        self.batch = batch
        self.asked_at_s = asked_at_s
