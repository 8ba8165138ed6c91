"""From the spool to the server: batches in order, the same items until a 2xx, then delete and acknowledge.

A refusal never drops anything: a refused batch is split down to the refused item, which goes to quarantine instead.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from typing import Annotated

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from vigie.bridge.intake import refused_again
from vigie.bridge.settings import BridgeSettings
from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import SpooledRow, SpoolError
from vigie.protocol.events import LATE_AFTER_S, DeviceId, StreamId, explain
from vigie.runtime.backoff import Backoff
from vigie.runtime.clock import Clock

log = logging.getLogger(__name__)

POST_TIMEOUT_S = 10.0
# Refusals that are not about what we sent: wrong token, wrong address, overloaded. Waiting mends them, splitting does not.
_NOT_THE_ITEMS_FAULT = {401, 403, 404, 405, 407, 408, 421, 425, 426, 429}


class CursorAnswer(BaseModel):
    """Every event of this stream up to `through_seq` is committed on the server."""

    device_id: DeviceId
    stream_id: StreamId
    through_seq: Annotated[int, Field(ge=0)]


class BatchAnswer(BaseModel):
    """The server's answer to a batch: each item is in one of the three counts."""

    accepted: Annotated[int, Field(ge=0)]
    duplicates: Annotated[int, Field(ge=0)]
    quarantined: Annotated[int, Field(ge=0)]
    cursors: list[CursorAnswer] = []


class _Refused(Exception):
    """The server understood us and does not want this content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Unavailable(Exception):
    """The server cannot take anything now; the text says why."""


class Uplink:
    """The one sender. `on_cursor` hears what the server has committed; `fault` says why nothing goes up, or None."""

    def __init__(
        self,
        spool: Spool,
        http: aiohttp.ClientSession,
        settings: BridgeSettings,
        clock: Clock,
        on_cursor: Callable[[str, str, int], None],
    ) -> None:
        self._spool = spool
        self._http = http
        self._settings = settings
        self._clock = clock
        self._on_cursor = on_cursor
        self._url = f"{settings.backend_url}/api/events"
        self._back = asyncio.Event()
        self._backoff = Backoff(base_s=0.5, cap_s=30.0)
        self.fault: str | None = None

    def server_is_back(self) -> None:
        """Somebody has just spoken with the server: try again now instead of when the wait is over."""
        self._back.set()

    async def run(self) -> None:
        """For ever: the oldest rows, as many as fit, until they are delivered."""
        while True:
            try:
                rows = await self._spool.oldest(self._settings.batch_items, self._settings.batch_bytes)
                await self._deliver(rows)
            except SpoolError as error:
                await self._wait(str(error))

    async def _deliver(self, rows: Sequence[SpooledRow]) -> None:
        try:
            answer = await self._until_answered(lambda: [self._item(row) for row in rows])
        except _Refused as refusal:
            if len(rows) == 1:
                await self._quarantine(rows[0], refusal)
                return
            middle = len(rows) // 2
            await self._deliver(rows[:middle])
            await self._deliver(rows[middle:])
            return
        await self._finish(rows, answer)

    async def _quarantine(self, row: SpooledRow, refusal: _Refused) -> None:
        """The server refuses this one item. Only once it is proven to take others is the item to blame."""
        while not await self._server_takes_batches():
            await self._wait(f"{self._url} refuses everything: {refusal.reason}")
            try:
                answer = await self._until_answered(lambda: [self._item(row)])
            except _Refused as again:
                refusal = again
            else:
                await self._finish([row], answer)
                return
        substitute = refused_again(row.item, f"the server refused it: {refusal.reason}", received_at=self._clock.now())
        try:
            answer = await self._until_answered(lambda: [substitute])
        except _Refused as again:
            await self._spool.park(row, again.reason)
            log.warning("the server takes this item in no form; parked in the spool file: id=%d %s", row.id, again.reason)
            return
        log.warning("the server refused an item; sent to its quarantine: device=%s %s", row.device_id, refusal.reason)
        await self._finish([row], answer)

    async def _server_takes_batches(self) -> bool:
        try:
            await self._until_answered(list)
        except _Refused:
            return False
        return True

    async def _finish(self, rows: Sequence[SpooledRow], answer: BatchAnswer) -> None:
        await self._spool.delete(rows)
        for cursor in answer.cursors:
            self._on_cursor(cursor.device_id, cursor.stream_id, cursor.through_seq)

    async def _until_answered(self, items: Callable[[], list[bytes]]) -> BatchAnswer:
        """The server's answer, however long it takes to be there. Raises `_Refused`."""
        while True:
            try:
                answer = await self._post(items())
            except _Unavailable as error:
                await self._wait(str(error))
                continue
            except _Refused:
                self._worked()
                raise
            self._worked()
            return answer

    async def _post(self, items: Sequence[bytes]) -> BatchAnswer:
        body = b"[" + b",".join(items) + b"]"
        try:
            async with self._http.post(
                self._url,
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=POST_TIMEOUT_S),
                allow_redirects=False,
            ) as response:
                status, content = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _Unavailable(f"no server at {self._url}: {str(error) or type(error).__name__}") from error
        if 200 <= status < 300:
            return _parse(content, len(items), self._url)
        reason = f"HTTP {status} {_detail(content)}".rstrip()
        if 400 <= status < 500 and status not in _NOT_THE_ITEMS_FAULT:
            raise _Refused(reason)
        raise _Unavailable(f"{self._url} answers {reason}")

    def _item(self, row: SpooledRow) -> bytes:
        """The item as spooled; `late` is added here, because only the upload knows how long it took."""
        if row.is_event and self._spool.late_after(row, LATE_AFTER_S):
            return row.item[:-1] + b',"late":true}'
        return row.item

    def _worked(self) -> None:
        if self.fault is not None:
            log.info("the server takes events again; spool_depth=%d", self._spool.depth)
        self.fault = None
        self._backoff.reset()

    async def _wait(self, fault: str) -> None:
        """Waits out the back-off, or until `server_is_back`."""
        if self.fault is None:
            log.warning("%s; events wait in the spool", fault)
        self.fault = fault
        waits = {
            asyncio.ensure_future(self._clock.sleep(self._backoff.next_delay_s())),
            asyncio.ensure_future(self._back.wait()),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._back.clear()


def _parse(content: bytes, sent: int, url: str) -> BatchAnswer:
    """The answer, if it accounts for every item: a captive portal also says 200."""
    try:
        answer = BatchAnswer.model_validate_json(content)
    except ValidationError as error:
        raise _Unavailable(f"{url} does not answer as a Vigie server ({explain(error)}); check BACKEND_URL") from error
    told = answer.accepted + answer.duplicates + answer.quarantined
    if told != sent:
        raise _Unavailable(f"{url} accounts for {told} of {sent} items; check BACKEND_URL")
    return answer


def _detail(content: bytes) -> str:
    """The `detail` of a problem body, or its first bytes."""
    try:
        detail = json.loads(content)["detail"]
    except (ValueError, KeyError, TypeError, RecursionError):
        detail = content[:200].decode("utf-8", "replace")
    return str(detail)[:300]
