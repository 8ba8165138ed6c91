"""Live news to browsers: Socket.IO's default namespace. News are hints; the history behind a cursor is the truth."""

import asyncio
from collections import deque

import socketio
from pydantic import BaseModel

from vigie.runtime.clock import Clock

MAX_WAITING = 10_000
BREATH = 20  # emits in a row before other tasks get their turn


class LiveNews:
    """Tells every connected browser, in the order of `tell`, without holding up who tells."""

    def __init__(self, sio: socketio.AsyncServer, clock: Clock) -> None:
        self._sio = sio
        self._clock = clock
        self._waiting: deque[tuple[str, BaseModel]] = deque(maxlen=MAX_WAITING)
        self._news = asyncio.Event()
        self.browsers = Browsers()
        sio.register_namespace(self.browsers)

    def tell(self, name: str, body: BaseModel) -> None:
        """Emits `name` with `body` soon. Of more than 10,000 waiting news the oldest give way: a client that sees a gap
        between cursors, as after each connect, asks `GET /api/events?after=…`.
        """
        if self.browsers.connected:
            self._waiting.append((name, body))
            self._news.set()

    async def emit_for_ever(self) -> None:
        """Sends what waits, for ever; a large backlog leaves room for the other tasks."""
        while True:
            await self._news.wait()
            self._news.clear()
            sent = 0
            while self._waiting:
                name, body = self._waiting.popleft()
                await self._sio.emit(name, body.model_dump(mode="json"))
                sent += 1
                if sent % BREATH == 0:
                    await self._clock.sleep(0)


class Browsers(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio is not typed
    """Who is connected to the default namespace. Whatever a browser emits is ignored: it speaks over HTTP."""

    def __init__(self) -> None:
        super().__init__("/")
        self.connected: set[str] = set()

    async def trigger_event(self, event: str, *args: object) -> None:
        """Keeps count of connects and disconnects. A client may emit these names too: then it is still connected."""
        sid = str(args[0])
        if event == "connect":
            self.connected.add(sid)
        elif event == "disconnect" and not self.server.manager.is_connected(sid, self.namespace):
            self.connected.discard(sid)
