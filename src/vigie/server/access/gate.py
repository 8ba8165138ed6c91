"""ASGI middleware: deny by default. Nothing is reached before it is known who asks, and that they may."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie.server.access.doorkeeper import Doorkeeper
from vigie.server.access.errors import NotAllowed
from vigie.server.access.guard import drain
from vigie.server.access.needs import Need
from vigie.server.access.visitor import Credentials, Kind, Visitor, credentials_of, nobody, remember
from vigie.server.api.problems import problem_of
from vigie.server.errors import ServerError, StoreUnavailable

_NOT_WELCOME = 1008
"""WebSocket's status for a breach of policy."""


class Gate:
    """Lets a request through with its visitor (`visitor_of`), or answers 401 or 403. `need_of` says what a request needs.

    What lasts, a socket, a live picture or its upload, is cut off when its visitor is not welcome any more.
    """

    def __init__(self, app: ASGIApp, door: Doorkeeper, need_of: Callable[[Scope], Need]) -> None:
        self._app = app
        self._door = door
        self._need_of = need_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        need, credentials = self._need_of(scope), credentials_of(scope)
        try:
            visitor = await self._recognise(need, credentials)
            await self._require(need, visitor)
        except ServerError as refusal:
            await _refuse(refusal, scope, receive, send)
            return
        remember(scope, visitor)
        if not need.lasts:
            await self._app(scope, receive, send)
            return
        ended = asyncio.Event()
        visit = self._door.arrive(credentials, visitor, ended.set)
        try:
            await self._app(scope, _until(ended, receive, f"{scope['type']}.disconnect"), send)
        finally:
            self._door.leave(visit)

    async def _recognise(self, need: Need, credentials: Credentials) -> Visitor:
        """A page and its scripts are for anybody, and are there too while the database fails: it is they who say so."""
        if need.asks_nothing:
            return nobody(credentials.knock.peer)
        try:
            return await self._door.recognise(credentials)
        except StoreUnavailable:
            if need.is_public:
                return nobody(credentials.knock.peer)
            raise

    async def _require(self, need: Need, visitor: Visitor) -> None:
        if need.is_public or need.rights & visitor.rights:
            return
        if visitor.kind is Kind.NOBODY:
            raise await self._door.turned_away()
        raise NotAllowed(visitor.name, " or ".join(sorted(need.rights)))


async def _refuse(refusal: ServerError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _NOT_WELCOME})
        return
    await drain(receive)
    await problem_of(refusal, scope["path"])(scope, receive, send)


def _until(ended: asyncio.Event, receive: Receive, end: str) -> Receive:
    """What comes from the client, and its end as soon as `ended` is set."""

    async def either() -> Message:
        ending = asyncio.ensure_future(ended.wait())
        coming = asyncio.ensure_future(receive())
        try:
            await asyncio.wait((ending, coming), return_when=asyncio.FIRST_COMPLETED)
            return {"type": end, "code": _NOT_WELCOME} if ended.is_set() else coming.result()
        finally:
            ending.cancel()
            coming.cancel()

    return either
