"""Bounds who may hold a connection without saying anything: a head or a body that does not come, and thousands of either.

uvicorn waits for a request for ever. Connections that have become WebSockets do not count: their handshake has shown who it is.
"""

import asyncio
import logging
import resource
from collections import Counter

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 1000
MAX_FROM_ONE_ADDRESS = 100
"""A browser holds six, a bridge a dozen. Behind a proxy everybody has one address."""
HEAD_WITHIN_S = 10.0
BODY_PAUSE_S = 20.0
_OPEN_FILES = 8192


class Crowd:
    """All connections of one server."""

    def __init__(self) -> None:
        self._there: dict[BoundedHttp, None] = {}
        self._from: Counter[str] = Counter()
        self._is_told = False

    def enter(self, connection: "BoundedHttp") -> bool:
        """Whether there is room for it. Where there is none, the oldest that has not asked anything gives way."""
        if self._from[connection.address] >= MAX_FROM_ONE_ADDRESS or not self._make_room():
            if not self._is_told:
                log.warning("too many connections, refusing some address=%s open=%d", connection.address, len(self._there))
                self._is_told = True
            return False
        self._there[connection] = None
        self._from[connection.address] += 1
        return True

    def leave(self, connection: "BoundedHttp") -> None:
        """Doing it again changes nothing."""
        if connection in self._there:
            del self._there[connection]
            self._from[connection.address] -= 1
            if not self._from[connection.address]:
                del self._from[connection.address]
                self._is_told = False

    def _make_room(self) -> bool:
        if len(self._there) < MAX_CONNECTIONS:
            return True
        silent = next((connection for connection in self._there if connection.is_silent), None)
        if silent is None:
            return False
        self.leave(silent)
        silent.transport.abort()
        return True


class BoundedHttp(H11Protocol):
    """uvicorn's own protocol with a limit for how long it waits, in a crowd. For `uvicorn.Config(http=…)`, by `bounded`."""

    crowd: Crowd

    address = ""
    is_silent = True
    """Nothing has been asked yet."""
    is_websocket = False
    """It is another protocol's now, though h11 still waits for the body of its handshake."""
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if self.crowd.enter(self):
            self._wait(HEAD_WITHIN_S)
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self.crowd.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_websocket:
            return
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            self.is_silent = False
            self._stop_waiting()
            self._wait(BODY_PAUSE_S)
        elif state is h11.IDLE and self.conn.trailing_data[0]:
            if self._patience is None:  # a head that comes letter by letter gets no more time for it
                self._wait(HEAD_WITHIN_S)
        elif state is not h11.IDLE:
            self.is_silent = False
            self._stop_waiting()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self.is_websocket = True
        self._stop_waiting()
        self.crowd.leave(self)
        super().handle_websocket_upgrade(event)

    def _wait(self, seconds: float) -> None:
        self._patience = self.loop.call_later(seconds, self._lose_patience)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if self.flow.read_paused:  # it is we who do not read
            self._wait(BODY_PAUSE_S)
        else:
            self.transport.abort()


def bounded() -> type[BoundedHttp]:
    """The protocol of one server, with a crowd of its own."""
    return type("BoundedHttp", (BoundedHttp,), {"crowd": Crowd()})


def allow_open_files() -> None:
    """As many as `MAX_CONNECTIONS` and all else need; a shell's usual 1024 are few. A unit's `LimitNOFILE` is as good."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
