"""The Socket.IO link to the server's namespace `/bridge`: one session after another, for ever, each on a new client.

python-socketio's own reconnection is off: ours has one rule for "cannot connect", "lost" and "does not answer".
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import aiohttp
import socketio
from socketio.exceptions import SocketIOError

from vigie.protocol.uplink import BRIDGE_NAMESPACE
from vigie.runtime.backoff import Backoff
from vigie.runtime.clock import Clock
from vigie.runtime.task_groups import first_failure, in_own_task

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 10.0
_CLOSE_TIMEOUT_S = 0.5
_SETTLED_AFTER_S = 5.0

Handler = Callable[[Any], Awaitable[dict[str, Any]]]


class LinkLost(Exception):
    """The link is gone, or the server no longer answers on it."""


class Link:
    """One live link."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self._client = client

    async def call(self, name: str, body: Mapping[str, Any]) -> Any:
        """Sends a message and waits for the server's answer to it; raises `LinkLost` when there is none.

        Not the client's own `call`: it is on `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that comes in
        the moment of the answer (cpython #86296). The session would then hold on to a dead link for ever.
        """
        answer: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

        def answered(*values: Any) -> None:
            if not answer.done():
                answer.set_result(values)

        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await self._client.emit(name, dict(body), namespace=BRIDGE_NAMESPACE, callback=answered)
                values = await answer
        except (SocketIOError, TimeoutError) as error:
            raise LinkLost(f"no answer to {name!r}: {str(error) or type(error).__name__}") from error
        return values[0] if len(values) == 1 else values or None


class ServerLink:
    """Keeps the link. `handlers` answer what the server calls; `linked` says whether a session is up."""

    def __init__(
        self,
        url: str,
        token: str | None,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._tls = tls
        self._handlers = handlers
        self._clock = clock
        self.linked = False

    async def keep(self, session: Callable[[Link], Coroutine[Any, Any, None]]) -> None:
        """Runs `session` on one link after another, for ever. It ends with `LinkLost`, or is cancelled with the link."""
        backoff = Backoff(base_s=0.2, cap_s=1.0)
        complained = False
        while True:
            started_s = self._clock.monotonic()
            try:
                await self._one(session)
            except* LinkLost as lost:
                if self.linked or not complained:
                    log.warning("%s; trying again", first_failure(lost))
                complained = True
            if self.linked and self._clock.monotonic() - started_s > _SETTLED_AFTER_S:
                backoff.reset()
                complained = False
            self.linked = False
            await self._clock.sleep(backoff.next_delay_s())

    async def _one(self, session: Callable[[Link], Coroutine[Any, Any, None]]) -> None:
        lost = asyncio.Event()
        connector = aiohttp.TCPConnector(ssl=self._tls or True)
        async with aiohttp.ClientSession(headers=self._headers, connector=connector) as http:
            client = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=http)
            client.on("disconnect", lambda *_: lost.set(), namespace=BRIDGE_NAMESPACE)
            for name, handler in self._handlers.items():
                client.on(name, handler, namespace=BRIDGE_NAMESPACE)
            try:
                await self._connect(client)
                self.linked = True
                log.info("linked to server=%s", self._url)
                await in_own_task(_hold(session(Link(client)), lost), "server link")
            finally:
                await _drop(client)

    async def _connect(self, client: socketio.AsyncClient) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await client.connect(
                    self._url,
                    namespaces=[BRIDGE_NAMESPACE],
                    transports=["websocket"],
                    wait_timeout=CONNECT_TIMEOUT_S,
                )
        # What answers there may be anything; the client library checks little of what it reads.
        except (SocketIOError, aiohttp.ClientError, OSError, ValueError, TypeError, KeyError) as error:
            raise LinkLost(f"no Socket.IO link to {self._url}: {str(error) or type(error).__name__}") from error


async def _hold(session: Coroutine[Any, Any, None], lost: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(session, name="server session")
        group.create_task(_fail_when(lost), name="server watch")


async def _fail_when(lost: asyncio.Event) -> None:
    await lost.wait()
    raise LinkLost("the link to the server was cut")


async def _drop(client: socketio.AsyncClient) -> None:
    """Ends the client and its tasks, also when the other side no longer reads."""
    with contextlib.suppress(TimeoutError, SocketIOError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            await client.disconnect()
    for task in (client.eio.read_loop_task, client.eio.write_loop_task):
        if task is not None:
            task.cancel()
    if client.eio.ws is not None and not client.eio.ws.closed:  # the goodbye has taken all the time: without it, then
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await client.eio.ws.close()
