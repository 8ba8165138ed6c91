"""Live news to browsers: Socket.IO's default namespace. News are hints; the history behind a cursor is the truth."""

import asyncio
import contextlib
import json
import logging
from collections import deque
from enum import IntEnum
from typing import Any

import socketio
from engineio.exceptions import SocketIsClosedError
from engineio.packet import MESSAGE, Packet
from pydantic import BaseModel
from socketio.packet import EVENT

from vigie.domain.access import Right
from vigie.runtime.clock import Clock
from vigie.server.access.doorkeeper import Doorkeeper
from vigie.server.access.guests import Guests

log = logging.getLogger(__name__)

MAX_WAITING = 10_000
BURST = 200
"""So many news that can wait are on their way at a time: what cannot wait has only these before it."""
MAX_QUEUED = 5_000
"""A browser that has so many still to read has stopped reading: it is cut off, and catches up when it connects again."""
PATIENCE_S = 1.0


class Turn(IntEnum):
    """When news go out: those of a lower turn before those of a higher one."""

    FIRST = 0
    FRESH = 1
    LATE = 2


class LiveNews:
    """Tells every connected browser without holding up who tells.

    A flood of events delays no alert, and a backlog that arrives delays no event of now: each has its own lane.
    """

    def __init__(self, sio: socketio.AsyncServer, clock: Clock, door: Doorkeeper) -> None:
        self._sio = sio
        self._clock = clock
        self._first = _Lane(Turn.FIRST)
        self._then = _Lane(Turn.FRESH, Turn.LATE)
        self.browsers = Browsers(door)
        sio.register_namespace(self.browsers)

    def tell(self, name: str, body: BaseModel, turn: Turn = Turn.FIRST) -> None:
        """Emits `name` with `body` soon, within a turn in the order of the calls.

        Of more than 10,000 waiting news of a turn the oldest give way: a client that sees a gap between cursors, as after
        each connect, asks `GET /api/events?after=…`.
        """
        if self.browsers.connected:
            (self._first if turn is Turn.FIRST else self._then).put(turn, name, body)

    async def emit_first_for_ever(self) -> None:
        """Sends what cannot wait."""
        while True:
            await self._emit(*await self._first.get())

    async def emit_for_ever(self) -> None:
        """Sends what can wait, as fast as the fastest browser reads."""
        sent = 0
        while True:
            await self._emit(*await self._then.get())
            sent += 1
            if sent % BURST == 0:
                await self._until_read()

    async def _emit(self, name: str, body: BaseModel) -> None:
        """What `AsyncServer.emit` does, less its task for each browser and its walk through the body: that took twice as long."""
        packet = Packet(MESSAGE, data=f"{EVENT}[{json.dumps(name)},{body.model_dump_json()}]")
        for socket in self._sockets():
            with contextlib.suppress(SocketIsClosedError):
                await socket.send(packet)

    async def _until_read(self) -> None:
        """Waits until some browser has taken all that was sent to it, or for a moment where none does."""
        sockets = self._sockets()
        for socket in sockets:
            if socket.queue.qsize() > MAX_QUEUED:
                log.warning("a browser does not read what it is sent: cut off")
                await socket.close(wait=False, abort=True)
        waits = {asyncio.ensure_future(socket.queue.join()) for socket in sockets}
        if not waits:
            return
        waits.add(asyncio.ensure_future(self._clock.sleep(PATIENCE_S)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _sockets(self) -> list[Any]:
        """The connections of the browsers, as python-engineio keeps them."""
        sids = (self._sio.manager.eio_sid_from_sid(sid, "/") for sid in self.browsers.connected)
        return [self._sio.eio.sockets[sid] for sid in sids if sid in self._sio.eio.sockets]


class _Lane:
    """News of one sender that wait for their turn."""

    def __init__(self, *turns: Turn) -> None:
        self._waiting: dict[Turn, deque[tuple[str, BaseModel]]] = {turn: deque(maxlen=MAX_WAITING) for turn in turns}
        self._is_any = asyncio.Event()

    def put(self, turn: Turn, name: str, body: BaseModel) -> None:
        """The oldest of this turn give way to the newest where too many wait."""
        self._waiting[turn].append((name, body))
        self._is_any.set()

    async def get(self) -> tuple[str, BaseModel]:
        """The oldest of the first turn that there is, as soon as there is one."""
        while True:
            for waiting in self._waiting.values():
                if waiting:
                    return waiting.popleft()
            self._is_any.clear()
            await self._is_any.wait()


class Browsers(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio is not typed
    """Who is connected to the default namespace. Whatever a browser emits is ignored: it speaks over HTTP."""

    def __init__(self, door: Doorkeeper) -> None:
        super().__init__("/")
        self.connected: set[str] = set()
        self._guests = Guests(self, door, Right.LOOK)

    async def trigger_event(self, event: str, *args: object) -> bool | None:
        """Keeps count of connects and disconnects. A client may emit these names too: then it is still connected."""
        sid = str(args[0])
        if event == "connect" and sid not in self.connected:
            if not self._guests.let_in(sid, args[1]):
                return False
            self.connected.add(sid)
        elif event == "disconnect" and not self.server.manager.is_connected(sid, self.namespace):
            self.connected.discard(sid)
            self._guests.let_go(sid)
        return None
