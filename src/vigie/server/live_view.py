"""Live pictures from bridges to whoever looks. No queue: each viewer gets the newest picture, and a stalled one holds up nobody."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vigie.protocol.camera import CAMERA, LiveRequest
from vigie.runtime.clock import Clock, wait_for_event
from vigie.runtime.multipart import Picture, part_of, read_pictures
from vigie.server.bridges import Bridges
from vigie.server.devices import Devices
from vigie.server.errors import NoBridge
from vigie.server.media_errors import CameraPrivate, LiveNotWanted, NoPicture

log = logging.getLogger(__name__)

FIRST_PICTURE_WITHIN_S = 8.0
REPEAT_AFTER_S = 2.0
GRACE_S = 2.0
"""Somebody who turns a page, or whose connection breaks, is soon back: until then the stream goes on."""
LOST_AFTER_S = 15.0
"""No picture for so long: the viewers are told by the end of their stream."""
WRITE_TIMEOUT_S = 10.0
ASK_AGAIN_S = 5.0


@dataclass(slots=True)
class _Stream:
    """The newest picture of a device, and who looks. `taken_at_s`: monotonic, by the age that came with it."""

    viewers: int = 0
    newest: Picture | None = None
    taken_at_s: float = 0.0
    arrived_at_s: float = -math.inf
    left_at_s: float = -math.inf
    number: int = 0
    relay: int = 0
    refusal: str | None = None
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """For all that wait for a picture."""
        came, self.came = self.came, asyncio.Event()
        came.set()


class LiveView:
    """The first viewer of a device makes a bridge send its pictures, the last one ends that."""

    def __init__(self, bridges: Bridges, devices: Devices, clock: Clock) -> None:
        self._bridges = bridges
        self._devices = devices
        self.clock = clock
        self._streams: dict[str, _Stream] = {}
        self._news = asyncio.Event()
        self.is_closed = False
        bridges.on_hello = self._news.set

    @property
    def viewers(self) -> int:
        """How many look, at all devices."""
        return sum(stream.viewers for stream in self._streams.values())

    def newest(self, device_id: str) -> tuple[bytes, float] | None:
        """The newest picture of a device that somebody looks at, and its age in seconds."""
        stream = self._streams.get(device_id)
        if stream is None or stream.newest is None:
            return None
        return stream.newest.jpeg, self.clock.monotonic() - stream.taken_at_s

    async def watch(self, device_id: str) -> "Viewer":
        """A viewer, once the first picture is here; whoever asks has to `leave`.

        Raises `UnknownDevice`, `NoSuchPart`, `DeviceUnreachable`, `CameraPrivate`, `NoBridge`, `NoPicture`.
        """
        self._require(device_id)
        stream = self._streams.setdefault(device_id, _Stream())
        stream.viewers += 1
        viewer = Viewer(self, device_id, stream)
        self._news.set()
        try:
            await self._first_picture(device_id, stream)
        except BaseException:
            viewer.leave()
            raise
        return viewer

    async def relay(self, device_id: str, body: AsyncIterator[bytes]) -> None:
        """Takes pictures in until the body ends. Raises `LiveNotWanted` as soon as nobody looks or another relay has come."""
        stream = self._streams.get(device_id)
        if stream is None:
            raise LiveNotWanted(device_id)
        stream.relay += 1
        mine = stream.relay
        async for picture in read_pictures(body):
            if self._streams.get(device_id) is not stream or stream.relay != mine:
                raise LiveNotWanted(device_id)
            now_s = self.clock.monotonic()
            stream.newest, stream.arrived_at_s, stream.taken_at_s = picture, now_s, now_s - picture.age_ms / 1000
            stream.number += 1
            stream.wake()

    async def ask_for_ever(self) -> None:
        """Tells bridges who is looked at: at each change, to each new bridge, and again while no picture comes."""
        told: set[str] = set()
        while True:
            self._news.clear()
            wait_s = self._drop_left()
            wanted = set(self._streams)
            for device_id in told - wanted:
                await self._ask(device_id, wanted=False)
            now_s = self.clock.monotonic()
            for device_id, stream in list(self._streams.items()):
                if now_s - stream.arrived_at_s >= ASK_AGAIN_S:
                    await self._ask(device_id, wanted=True)
            told = wanted
            await wait_for_event(self._news, wait_s, self.clock)

    def _drop_left(self) -> float:
        """Ends the streams that nobody has looked at for `GRACE_S`; how long until the next look."""
        now_s = self.clock.monotonic()
        for device_id, stream in list(self._streams.items()):
            if not stream.viewers and now_s - stream.left_at_s >= GRACE_S:
                del self._streams[device_id]
        return ASK_AGAIN_S if all(stream.viewers for stream in self._streams.values()) else GRACE_S

    async def _ask(self, device_id: str, *, wanted: bool) -> None:
        try:
            refusal = await self._bridges.want_live(LiveRequest(device_id=device_id, wanted=wanted))
        except NoBridge as error:
            refusal = str(error)
        stream = self._streams.get(device_id)
        if stream is not None:
            stream.refusal = refusal
            if refusal is not None and stream.newest is None:
                stream.wake()  # whoever waits for the first picture need not wait longer

    def _require(self, device_id: str) -> None:
        self._devices.require_part(device_id, CAMERA)
        if not self._bridges.count:
            raise NoBridge
        self._devices.require_online(device_id)
        if self.is_private(device_id):
            raise CameraPrivate(device_id)

    def must_end(self, device_id: str) -> bool:
        """For `Viewer`: whether there is no more to see."""
        return self.is_closed or self.is_private(device_id)

    def somebody_left(self, stream: _Stream) -> None:
        """For `Viewer`: where nobody else looks, the stream ends in a moment."""
        stream.left_at_s = self.clock.monotonic()
        self._news.set()

    def close(self) -> None:
        """Ends what everybody looks at: a server that stops waits for its answers."""
        self.is_closed = True
        for stream in self._streams.values():
            stream.wake()

    def is_private(self, device_id: str) -> bool:
        """Whether the lens is parked."""
        return self._devices.states_of(CAMERA).get(device_id, {}).get("private") is True

    async def _first_picture(self, device_id: str, stream: _Stream) -> None:
        if stream.newest is not None:
            return
        await wait_for_event(stream.came, FIRST_PICTURE_WITHIN_S, self.clock)
        if stream.newest is None:
            raise NoPicture(device_id, stream.refusal or f"none came in {FIRST_PICTURE_WITHIN_S:g} s")


class Viewer:
    """Somebody who looks."""

    def __init__(self, view: LiveView, device_id: str, stream: _Stream) -> None:
        self._view = view
        self._device_id = device_id
        self._stream = stream
        self._is_there = True

    async def parts(self) -> AsyncIterator[bytes]:
        """The newest picture, whenever one is asked for; the same again while there is no newer one. Ends with the pictures."""
        stream, clock = self._stream, self._view.clock
        while (picture := stream.newest) is not None and not self._view.must_end(self._device_id):
            number, came = stream.number, stream.came
            now_s = clock.monotonic()
            if now_s - stream.arrived_at_s > LOST_AFTER_S:
                return
            yield part_of(picture, round((now_s - stream.taken_at_s) * 1000))
            if stream.number == number:
                await wait_for_event(came, REPEAT_AFTER_S, clock)

    def leave(self) -> None:
        """Does not look any more. Doing it again changes nothing."""
        if self._is_there:
            self._is_there = False
            self._stream.viewers -= 1
            self._view.somebody_left(self._stream)


class PictureStream(Response):
    """The answer that goes on while its viewer reads. One that reads nothing for `WRITE_TIMEOUT_S` is let go."""

    def __init__(self, viewer: Viewer, media_type: str) -> None:
        super().__init__(media_type=media_type, headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._viewer = viewer

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send), name="live view")
        leaving = asyncio.create_task(_until_gone(receive), name="live viewer")
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            self._viewer.leave()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for part in self._viewer.parts():
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
