"""A server that a bridge cannot tell from the real one, with a memory for what it was told and switches for its faults."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import socketio
from aiohttp import web

from vigie.protocol.uplink import BRIDGE_NAMESPACE


class StubServer:
    """Stores each id once. `fault` may answer a batch instead of it: with a response, or by raising or never returning."""

    def __init__(self) -> None:
        self.stored: list[dict[str, Any]] = []
        self.quarantined: list[dict[str, Any]] = []
        self.duplicates = 0
        self.batches: list[list[dict[str, Any]]] = []
        self.reports: list[tuple[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.handshakes: list[str | None] = []
        self.fault: Callable[[list[dict[str, Any]]], Awaitable[web.StreamResponse | None]] | None = None
        self.through_seq: dict[str, int] = {}
        self.bridges: list[str] = []
        self._ids: set[str] = set()
        self._runner: web.AppRunner | None = None
        self._sio: socketio.AsyncServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/api/events", self._post)
        self._sio = socketio.AsyncServer(async_mode="aiohttp", namespaces=[BRIDGE_NAMESPACE])
        self._sio.attach(app)
        self._sio.on("connect", self._connect, namespace=BRIDGE_NAMESPACE)
        self._sio.on("disconnect", self._disconnect, namespace=BRIDGE_NAMESPACE)
        self._sio.on("*", self._report, namespace=BRIDGE_NAMESPACE)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            assert self._sio is not None
            for sid in list(self.bridges):
                await self._sio.eio.disconnect(self._sio.manager.eio_sid_from_sid(sid, BRIDGE_NAMESPACE))
            await self._runner.cleanup()
            await self._sio.shutdown()
            self._runner = None

    async def call(self, name: str, body: dict[str, Any]) -> Any:
        """As the server's routes do: asks the newest bridge."""
        assert self._sio is not None
        return await self._sio.call(name, body, to=self.bridges[-1], namespace=BRIDGE_NAMESPACE, timeout=8)

    def reported(self, name: str) -> list[Any]:
        return [body for kind, body in self.reports if kind == name]

    async def _connect(self, sid: str, environ: Any, _auth: Any) -> None:
        self.handshakes.append(environ.get("HTTP_AUTHORIZATION"))
        self.bridges.append(sid)

    async def _disconnect(self, sid: str, *_reason: Any) -> None:
        if sid in self.bridges:
            self.bridges.remove(sid)

    async def _report(self, name: str, _sid: str, body: Any) -> dict[str, Any]:
        self.reports.append((name, body))
        if name == "heartbeat":
            return {"through_seq": self.through_seq.get(body["body"]["stream_id"], 0)}
        return {}

    async def _post(self, request: web.Request) -> web.StreamResponse:
        items = await request.json()
        self.headers.append(dict(request.headers))
        if self.fault is not None and (response := await self.fault(items)) is not None:
            return response
        self.batches.append(items)
        before = len(self.stored) + len(self.quarantined)
        for item in items:
            self._take(item)
        taken = len(self.stored) + len(self.quarantined) - before
        quarantined = sum("payload_base64" in item for item in self.stored[before:])
        self.duplicates += len(items) - taken
        answer = {"accepted": taken, "duplicates": len(items) - taken, "quarantined": quarantined, "cursors": self._cursors(items)}
        return web.json_response(answer)

    def _take(self, item: dict[str, Any]) -> None:
        if item["id"] in self._ids:
            return
        self._ids.add(item["id"])
        (self.quarantined if "payload_base64" in item else self.stored).append(item)

    def _cursors(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        touched = {(item["device_id"], item["stream_id"]) for item in items if "stream_id" in item}
        for item in items:
            if "stream_id" in item:
                stream_id = item["stream_id"]
                self.through_seq[stream_id] = max(self.through_seq.get(stream_id, 0), item["seq"])
        return [
            {"device_id": device_id, "stream_id": stream_id, "through_seq": self.through_seq[stream_id]}
            for device_id, stream_id in touched
        ]


async def answer_500(_items: list[dict[str, Any]]) -> web.StreamResponse:
    return web.json_response({"detail": "the database is away"}, status=500)


async def never_answer(_items: list[dict[str, Any]]) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError
