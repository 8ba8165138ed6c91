"""WebSockets whose frames of one turn of the event loop leave together.

Each write is a system call, for which Python lets go of the interpreter's lock and waits to get it back: while a backlog was
stored that was half of what it cost to tell a page of an event.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_ENOUGH_BYTES = 64 * 1024


class GatheringWebSockets(WebSocketsSansIOProtocol):
    """uvicorn's own protocol for WebSockets, on a transport that gathers. For `uvicorn.Config(ws=…)`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(_Gathering(transport, self.loop))  # type: ignore[arg-type]  # all that is called of a transport


class _Gathering:
    """A transport that writes at the end of the turn, or when there is enough. All else is the transport's own."""

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._gathered = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._gathered:
            self._loop.call_soon(self._flush)
        self._gathered += data
        if len(self._gathered) >= _ENOUGH_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        data, self._gathered = self._gathered, bytearray()
        if data:
            self._transport.write(data)
