"""People and programs at a running server that knows somebody."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import aiohttp
from argon2 import PasswordHasher

from tests.server.running import Server, running_server
from vigie.runtime.clock import Clock
from vigie.server import hashing

PASSWORDS = {"anna": "the owner's long one", "otto": "an operator's long one", "vera": "a viewer's long one"}
ROLES = {"anna": "admin", "otto": "operator", "vera": "viewer"}


@asynccontextmanager
async def visitor_at(server: Server, **headers: str) -> AsyncIterator[Server]:
    """Somebody with a browser of their own, or with these headers."""
    jar = aiohttp.CookieJar(unsafe=True)  # else none are kept for an address without a name
    connector = aiohttp.TCPConnector(ssl=server.tls or True)
    async with aiohttp.ClientSession(server.url, connector=connector, cookie_jar=jar, headers=headers) as http:
        yield Server(server.url, http, server.tls)


async def sign_in(at: Server, name: str, password: str | None = None) -> tuple[int, Any]:
    """Signs in; the answer."""
    return await at.post("/api/session", {"name": name, "password": password or PASSWORDS[name]})


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hash says itself what it cost. What the server's own cost is asserted in `test_sign_in.py`."""


class Site:
    """A server with an admin (`anna`), an operator (`otto`), a viewer (`vera`), and browsers in which they are signed in."""

    def __init__(self, server: Server, people: dict[str, Server], stack: AsyncExitStack) -> None:
        self.server = server
        self.people = people
        self._stack = stack

    async def with_token(self, name: str, scope: str) -> Server:
        """A program with a token of this scope."""
        status, made = await self.people["anna"].post("/api/tokens", {"name": name, "scope": scope})
        assert status == 201, made
        return await self.stranger(Authorization=f"Bearer {made['token']}")

    async def stranger(self, **headers: str) -> Server:
        """Somebody whom nobody knows, or with these headers."""
        return await self._stack.enter_async_context(visitor_at(self.server, **headers))


@asynccontextmanager
async def peopled(data_dir: Path, clock: Clock, **settings: Any) -> AsyncIterator[Site]:
    """A running server with everybody."""
    async with AsyncExitStack() as stack:
        stack.enter_context(mock.patch.object(hashing, "_HASHER", CHEAP))
        server = await stack.enter_async_context(running_server(data_dir, clock, **settings))
        people = {name: await stack.enter_async_context(visitor_at(server)) for name in PASSWORDS}
        anna = people["anna"]
        status, answer = await anna.post("/api/set-up", {"name": "anna", "password": PASSWORDS["anna"]})
        assert status == 201, answer
        for name in ("otto", "vera"):
            status, answer = await anna.post("/api/users", {"name": name, "role": ROLES[name], "password": PASSWORDS[name]})
            assert status == 201, answer
            status, answer = await sign_in(people[name], name)
            assert status == 200, answer
        yield Site(server, people, stack)
