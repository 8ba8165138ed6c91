"""A real server on a free port in the test's own event loop, a real Socket.IO bridge and a real browser connection."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import socketio
import uvicorn

from tests.waiting import wait_until_async
from vigie.protocol.uplink import BRIDGE_NAMESPACE
from vigie.runtime.clock import Clock
from vigie.server.app import configured, create_app, listen
from vigie.server.settings import ServerSettings

CAPABILITIES = ["motion", "button", "servo", "camera", "siren"]
BOOT = "5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11"


class Server:
    """One running server as its users see it: HTTP by `get`, `post`, `put`, and its address for sockets."""

    def __init__(self, url: str, http: aiohttp.ClientSession, tls: ssl.SSLContext | None = None) -> None:
        self.url = url
        self.http = http
        self.tls = tls

    async def get(self, path: str, **params: Any) -> tuple[int, Any]:
        return await self._ask("GET", path, params=params)

    async def post(self, path: str, body: Any = None, *, data: bytes | None = None) -> tuple[int, Any]:
        return await self._ask("POST", path, **({"json": body} if data is None else {"data": data}))

    async def put(self, path: str, body: Any) -> tuple[int, Any]:
        return await self._ask("PUT", path, json=body)

    async def patch(self, path: str, body: Any) -> tuple[int, Any]:
        return await self._ask("PATCH", path, json=body)

    async def delete(self, path: str) -> tuple[int, Any]:
        return await self._ask("DELETE", path)

    async def bytes(self, path: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
        async with self.http.get(path, headers=headers) as answer:
            return answer.status, await answer.read(), answer.headers

    async def events(self, **params: Any) -> list[dict[str, Any]]:
        status, page = await self.get("/api/events", **params)
        assert status == 200, page
        return page["events"]

    async def device(self, device_id: str) -> dict[str, Any]:
        status, device = await self.get(f"/api/devices/{device_id}")
        assert status == 200, device
        return device

    async def _ask(self, method: str, path: str, **arguments: Any) -> tuple[int, Any]:
        async with self.http.request(method, path, **arguments) as answer:
            if "json" in answer.headers.get("Content-Type", ""):
                return answer.status, await answer.json(content_type=None)
            return answer.status, await answer.text()


@asynccontextmanager
async def running_server(
    data_dir: Path, clock: Clock, *, tls: ssl.SSLContext | None = None, **settings_: Any
) -> AsyncIterator[Server]:
    """Starts on a free port; stops as SIGTERM would. `tls`: whom its clients trust, where its settings make it speak HTTPS."""
    settings = ServerSettings(data_dir=data_dir, port=0, **settings_)
    app = create_app(settings, clock)
    with listen(settings) as listener:
        url = f"{'http' if tls is None else 'https'}://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(configured(app, settings))
        serving = asyncio.create_task(server._serve([listener]))
        await wait_until_async(lambda: server.started or serving.done(), "the server listens")
        async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(ssl=tls or True)) as http:
            try:
                yield Server(url, http, tls)
            finally:
                server.should_exit = True
                await serving


class Browser:
    """A client of the default namespace that keeps all news."""

    def __init__(self) -> None:
        self.news: list[tuple[str, Any]] = []
        self.client = socketio.AsyncClient()
        self.client.on("*", self._hear)

    async def _hear(self, name: str, body: Any) -> None:
        self.news.append((name, body))

    def heard(self, name: str) -> list[Any]:
        return [body for heard, body in self.news if heard == name]

    async def next(self, name: str, matches: Callable[[Any], bool] = lambda _body: True) -> Any:
        await wait_until_async(lambda: any(matches(body) for body in self.heard(name)), f"the news {name!r}, got {self.news}")
        return next(body for body in self.heard(name) if matches(body))


@asynccontextmanager
async def browser_on(server: Server, transports: tuple[str, ...] = ("websocket",)) -> AsyncIterator[Browser]:
    """A connected browser."""
    browser = Browser()
    await browser.client.connect(server.url, transports=list(transports))
    try:
        yield browser
    finally:
        # Not to wait: a long poll of python-engineio's client ends only with the server's next ping.
        await browser.client.eio.disconnect(abort="polling" in transports)
        if browser.client.eio.http is not None:
            await browser.client.eio.http.close()


class FakeBridge:
    """A bridge without a broker: says what the test says, answers commands with `answers` and keeps them."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []
        self.modes: list[dict[str, Any]] = []
        self.answer: Any = {"status": "done", "result": {"angle_deg": 30.0}}
        self.mode_answer: Any = {"status": "done"}
        self.mode_answers: list[Any] = []  # before it
        self.client = socketio.AsyncClient()
        self.client.on("command", self._command, namespace=BRIDGE_NAMESPACE)
        self.client.on("set_mode", self._set_mode, namespace=BRIDGE_NAMESPACE)

    async def _command(self, request: dict[str, Any]) -> Any:
        self.commands.append(request)
        return self.answer

    async def _set_mode(self, record: dict[str, Any]) -> Any:
        self.modes.append(record)
        return self.mode_answers.pop(0) if self.mode_answers else self.mode_answer

    async def say(self, name: str, body: Any = None) -> Any:
        """Emits a message and returns the server's answer."""
        return await self.client.call(name, body, namespace=BRIDGE_NAMESPACE, timeout=5)

    async def vanish(self, *_message: Any) -> None:
        """Closes the connection as a dying process does, without a goodbye of Socket.IO."""
        await self.client.eio.disconnect(abort=True)
        if self.client.eio.http is not None:
            await self.client.eio.http.close()

    async def device_online(self, device_id: str = "raspberry-01", *, retained: bool = False) -> None:
        status = {"state": "online", "boot_id": BOOT, "version": "1", "capabilities": CAPABILITIES}
        assert await self.say("status", {"device_id": device_id, "body": status, "retained": retained}) == {}

    async def heartbeat(
        self, device_id: str = "raspberry-01", *, stream_id: str | None = "s1", last_seq: int = 0, **more: Any
    ) -> Any:
        body = {"boot_id": BOOT, "beat": 1, "stream_id": stream_id, "last_seq": last_seq, "clock": "synced", **more}
        return await self.say("heartbeat", {"device_id": device_id, "body": body})


@asynccontextmanager
async def bridge_on(server: Server, bridge_id: str = "bridge-1") -> AsyncIterator[FakeBridge]:
    """A connected bridge that has said hello."""
    bridge = FakeBridge()
    shown = {name: value for name, value in server.http.headers.items() if name == "Authorization"}
    await bridge.client.connect(server.url, headers=shown, namespaces=[BRIDGE_NAMESPACE], transports=["websocket"])
    assert await bridge.say("hello", {"bridge_id": bridge_id, "version": "1"}) == {}
    try:
        yield bridge
    finally:
        await bridge.client.eio.disconnect()
        if bridge.client.eio.http is not None:
            await bridge.client.eio.http.close()


def event(seq: int | None = None, **changes: Any) -> dict[str, Any]:
    """An event as the bridge uploads it; with `seq` from the device's log, without as a third party's."""
    made: dict[str, Any] = {
        "id": f"event-{seq}" if seq is not None else "event-third-party",
        "type": "motion_detected",
        "device_id": "raspberry-01",
        "sensor": "motion",
        "details": {"state": "detected", "confidence": 0.95, "location": "entrance", "duration_ms": 0},
        "occurred_at": "2026-11-23T18:59:59.500Z",
        "clock": "synced",
    }
    if seq is not None:
        made |= {"stream_id": "s1", "seq": seq, "boot_id": BOOT}
    return made | changes
