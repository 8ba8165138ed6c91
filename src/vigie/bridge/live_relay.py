"""Live pictures from a Pi to the server, while somebody looks: the newest wins, nothing is queued."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from vigie.bridge.media_http import MediaApi, PiLost, PiMedia, PiRefused, ServerLost
from vigie.protocol.camera import LiveRequest
from vigie.protocol.events import explain
from vigie.runtime.backoff import Backoff
from vigie.runtime.clock import Clock, wait_for_event
from vigie.runtime.multipart import NotPictures, Picture, part_of, read_pictures

log = logging.getLogger(__name__)

MAX_STREAMS = 16


class LiveRelay:
    """One stream per device that is looked at. `pi` says where a device's pictures are."""

    def __init__(self, api: MediaApi, pi: Callable[[str], PiMedia | None], clock: Clock) -> None:
        self._api = api
        self._pi = pi
        self._clock = clock
        self._wanted: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Event()

    async def on_request(self, body: Any) -> dict[str, Any]:
        """The server's `live`: somebody looks at a device, or nobody any more."""
        try:
            request = LiveRequest.model_validate(body)
        except ValidationError as error:
            return {"status": "refused", "reason": explain(error)}
        device_id = request.device_id
        if not request.wanted:
            if (unwanted := self._wanted.pop(device_id, None)) is not None:
                unwanted.set()
            return {"status": "done"}
        if self._pi(device_id) is None:
            return {"status": "refused", "reason": f"{device_id} has not said where its pictures are; does its camera run?"}
        if device_id not in self._wanted:
            if len(self._wanted) >= MAX_STREAMS:
                return {"status": "refused", "reason": f"{MAX_STREAMS} cameras are looked at, that is the limit"}
            self._wanted[device_id] = asyncio.Event()
            self._changed.set()
        return {"status": "done"}

    async def run(self) -> None:
        """For ever: a task for each device that is looked at."""
        async with asyncio.TaskGroup() as group:
            started: set[asyncio.Event] = set()
            while True:
                self._changed.clear()
                started &= set(self._wanted.values())
                for device_id, unwanted in self._wanted.items():
                    if unwanted not in started:
                        started.add(unwanted)
                        group.create_task(self._stream(device_id, unwanted), name=f"live view of {device_id}")
                await self._changed.wait()

    async def _stream(self, device_id: str, unwanted: asyncio.Event) -> None:
        """Until nobody looks; what breaks is tried again."""
        backoff = Backoff(base_s=0.5, cap_s=5.0)
        while not unwanted.is_set():
            pi = self._pi(device_id)
            status = None
            try:
                if pi is not None:
                    status = await self._once(device_id, pi, unwanted)
            except (PiLost, PiRefused, ServerLost, NotPictures) as lost:
                log.info("live view lost device_id=%s reason=%s", device_id, lost)
            if status == HTTPStatus.GONE:
                break
            await wait_for_event(unwanted, backoff.next_delay_s(), self._clock)
        if self._wanted.get(device_id) is unwanted:
            del self._wanted[device_id]

    async def _once(self, device_id: str, pi: PiMedia, unwanted: asyncio.Event) -> int:
        """One stream from the Pi's first picture to its last; the server's HTTP status."""
        newest = _Newest(self._clock)
        async with pi.live() as chunks:
            reading = asyncio.create_task(newest.read(chunks), name=f"live pictures of {device_id}")
            ending = asyncio.create_task(unwanted.wait(), name=f"end of the live view of {device_id}")
            sending = asyncio.create_task(self._api.relay_live(device_id, newest.parts()), name=f"live relay of {device_id}")
            try:
                await asyncio.wait((reading, ending, sending), return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    reading.result()
                    raise PiLost(f"the pictures of {device_id} have ended")
                return HTTPStatus.GONE if ending.done() else sending.result()
            finally:
                for task in (reading, ending, sending):
                    task.cancel()
                await asyncio.wait((reading, ending, sending))


class _Newest:
    """Keeps the newest picture only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._picture: Picture | None = None
        self._came_at_s = 0.0
        self._came = asyncio.Event()

    async def read(self, chunks: AsyncIterator[bytes]) -> None:
        """Until the Pi's stream ends. Raises `NotPictures`."""
        async for picture in read_pictures(chunks):
            self._picture, self._came_at_s = picture, self._clock.monotonic()
            self._came.set()

    async def parts(self) -> AsyncIterator[bytes]:
        """For ever: the newest picture, as soon as the reader takes one and there is one that it has not had."""
        while True:
            await self._came.wait()
            self._came.clear()
            assert self._picture is not None
            waited_ms = round((self._clock.monotonic() - self._came_at_s) * 1000)
            yield part_of(self._picture, self._picture.age_ms + waited_ms)
