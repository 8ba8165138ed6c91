"""A Pi's media server on a free port: real HTTP, clips that grow, and switches for its faults."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.media import media, sha256
from vigie.protocol.camera import MediaKind
from vigie.runtime.multipart import Picture, part_of

TOKEN = "the-pis-own-token"


class FakePi:
    """What it offers until it is told that the server has it; `asked` is every request that it got."""

    def __init__(self, device_id: str = "raspberry-01") -> None:
        self.device_id = device_id
        self.offered: dict[str, dict[str, Any]] = {}
        self.data: dict[str, bytes] = {}
        self.stored: list[str] = []
        self.asked: list[str] = []
        self.rot: Callable[[bytes], bytes] = lambda data: data
        self.dies_after_bytes: int | None = None
        self.pictures: asyncio.Queue[Picture | None] = asyncio.Queue()
        self.live_streams = 0
        self.port = 0
        self.token = TOKEN
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/media", self._list)
        app.router.add_get("/media/{id}", self._bytes)
        app.router.add_post("/media/{id}/stored", self._stored)
        app.router.add_get("/live.mjpeg", self._live)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def address(self) -> dict[str, Any]:
        """`states/{device}/media`."""
        return {"url": f"http://127.0.0.1:{self.port}", "token": self.token, "news": len(self.data)}

    def offer(self, media_id: str, data: bytes, **changes: Any) -> None:
        self.data[media_id] = data
        self.offered[media_id] = media(media_id, data, device_id=self.device_id, **changes)

    def grow(self, media_id: str, data: bytes) -> None:
        """A clip that is being recorded has got so far."""
        self.offer(media_id, data, complete=False, sha256=None)

    def asked_for(self, path: str) -> int:
        return sum(one == path for one in self.asked)

    async def _list(self, request: web.Request) -> web.Response:
        self._check(request)
        order = sorted(self.offered.values(), key=lambda one: (one["kind"] != MediaKind.STILL, one["id"]))
        return web.json_response({"media": order})

    async def _bytes(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        data = self.rot(self.data[request.match_info["id"]])
        first, _, last = request.headers["Range"].removeprefix("bytes=").partition("-")
        if int(first) >= len(data):
            raise web.HTTPRequestRangeNotSatisfiable
        part = data[int(first) : int(last) + 1]
        answer = web.StreamResponse(
            status=206, headers={"Content-Range": f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"}
        )
        answer.content_length = len(part)
        await answer.prepare(request)
        if self.dies_after_bytes is not None:
            await answer.write(part[: self.dies_after_bytes])
            assert request.transport is not None
            request.transport.abort()
            return answer
        await answer.write(part)
        return answer

    async def _stored(self, request: web.Request) -> web.Response:
        self._check(request)
        media_id = request.match_info["id"]
        if (await request.json())["sha256"] != sha256(self.data[media_id]):
            raise web.HTTPConflict
        self.stored.append(media_id)
        self.offered.pop(media_id, None)
        return web.Response()

    async def _live(self, request: web.Request) -> web.StreamResponse:
        self._check(request)
        answer = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=frame"})
        await answer.prepare(request)
        self.live_streams += 1
        try:
            while (picture := await self.pictures.get()) is not None:
                await answer.write(part_of(picture, picture.age_ms))
        finally:
            self.live_streams -= 1
        return answer

    def _check(self, request: web.Request) -> None:
        self.asked.append(request.path)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPUnauthorized
