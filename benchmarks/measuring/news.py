"""What the server tells its pages over Socket.IO, with the moment at which the client's callback ran."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import socketio


@dataclass(frozen=True, slots=True)
class Told:
    """One emit, and when it was here (CLOCK_MONOTONIC)."""

    name: str
    body: dict[str, Any]
    at_s: float


@dataclass(slots=True)
class News:
    """All that was told so far, in order."""

    told: list[Told] = field(default_factory=list)
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def add(self, told: Told) -> None:
        async with self._came:
            self.told.append(told)
            self._came.notify_all()

    async def first(self, name: str, is_it: Callable[[dict[str, Any]], bool], within_s: float) -> Told:
        """The first of this name that is it, also of before. Raises `TimeoutError`."""
        return (await self.first_of(name, is_it, 1, within_s))[0]

    async def first_of(self, name: str, is_it: Callable[[dict[str, Any]], bool], count: int, within_s: float) -> list[Told]:
        """The first so many of this name that are it, also of before. Raises `TimeoutError`."""
        seen, found = 0, []
        async with asyncio.timeout(within_s), self._came:
            while True:
                for told in self.told[seen:]:
                    if told.name == name and is_it(told.body):
                        found.append(told)
                        if len(found) == count:
                            return found
                seen = len(self.told)
                await self._came.wait()


@asynccontextmanager
async def heard(url: str, names: Sequence[str]) -> AsyncIterator[News]:
    """The news of these names from now on, as a page hears them."""
    news = News()
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)

    def listen(name: str) -> None:
        async def on_told(body: dict[str, Any]) -> None:
            await news.add(Told(name, body, time.monotonic()))

        client.on(name, on_told)

    for name in names:
        listen(name)
    await client.connect(url, transports=["websocket"])
    try:
        yield news
    finally:
        await client.disconnect()
