"""Somebody at a dashboard: follows the history by Socket.IO and the cursor, and notes when each event first showed."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import aiohttp
import socketio
from socketio.exceptions import SocketIOError

from tests.chaos import third_party

_RETRY_S = 0.1
_PAGE = 1000


class Reader:
    """News are hints: what follows on the last cursor is taken, anything else makes it ask `GET /api/events?after=`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.cursor = 0
        self.seen: dict[str, tuple[int, float]] = {}
        self.repeated: list[str] = []
        self.third_party: set[int] = set()
        self.connects = 0
        self._ask = asyncio.Event()
        self._asking = False
        self.progress = asyncio.Event()

    async def run(self) -> None:
        """Follows until cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            asking = asyncio.create_task(self._answer_questions(http))
            try:
                while True:
                    await self._follow(http)
                    await asyncio.sleep(_RETRY_S)
            finally:
                asking.cancel()

    async def _follow(self, http: aiohttp.ClientSession) -> None:
        client = socketio.AsyncClient(reconnection=False, http_session=http, handle_sigint=False)
        client.on("*", self._news)
        try:
            with suppress(SocketIOError, aiohttp.ClientError, OSError, TimeoutError):
                async with asyncio.timeout(5):
                    await client.connect(self._url, transports=["websocket"])
                self.connects += 1
                self._ask.set()
                await client.wait()
        finally:  # also when the run is over: else its socket is closed by nobody
            with suppress(SocketIOError, aiohttp.ClientError, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await client.disconnect()

    async def _news(self, _name: str, body: Any) -> None:
        if not isinstance(body, dict) or "cursor" not in body:
            return
        if body["cursor"] == self.cursor + 1 and not self._asking:
            self._take(body)
        elif body["cursor"] > self.cursor:
            self._ask.set()

    async def _answer_questions(self, http: aiohttp.ClientSession) -> None:
        while True:
            await self._ask.wait()
            self._ask.clear()
            self._asking = True
            try:
                await self._catch_up(http)
            except (aiohttp.ClientError, OSError, TimeoutError):
                self._ask.set()
                await asyncio.sleep(_RETRY_S)
            finally:
                self._asking = False

    async def _catch_up(self, http: aiohttp.ClientSession) -> None:
        while True:
            query = {"after": self.cursor, "limit": _PAGE}
            async with http.get(f"{self._url}/api/events", params=query, raise_for_status=True) as answer:
                page = await answer.json()
            for event in page["events"]:
                self._take(event)
            if page["next"] is None:
                return

    def _take(self, event: dict[str, Any]) -> None:
        if event["id"] in self.seen:
            self.repeated.append(event["id"])
        self.seen[event["id"]] = (event["cursor"], time.monotonic())
        self.cursor = event["cursor"]
        if event["device_id"] == third_party.DEVICE:
            self.third_party.add(event["details"].get("n", 0))
        self.progress.set()
