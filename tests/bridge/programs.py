"""Bridge and server as processes that are killed and started again, and what of clips and stills the server has in the end."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from tests.brokers import RunningBroker
from tests.house import clean_environment
from tests.waiting import wait_until_async
from vigie.deploy.broker import free_port

KILLS = int(os.environ.get("VIGIE_KILLS", "6"))
SEED = 20261129
UNFINISHED = (".part", ".new", ".ts")
"""How names of files end that a server with nothing to do has none of."""


class Programs:
    """Both on one broker, with their data below `folder`. `log` has what each has written in all of its lives."""

    def __init__(self, broker: RunningBroker, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        self._arguments = {"server": ("--port", str(port)), "bridge": ()}
        self._environment = {**clean_environment(), "MQTT_BROKER": broker.address, "BACKEND_URL": self.url}
        self._running = {name: self._start(name) for name in self._arguments}

    async def kill(self, name: str) -> None:
        """SIGKILL, and the next one at once."""
        await self._end(name, signal.SIGKILL)
        self._running[name] = self._start(name)

    async def stop(self) -> None:
        for name in reversed(self._running):
            await self._end(name, signal.SIGTERM)

    @property
    def log(self) -> dict[str, str]:
        return {name: self._log(name).read_text() for name in self._running}

    def left_over(self) -> list[str]:
        """Files of the server that are neither recording nor still."""
        return sorted(path.name for path in (self._folder / "server").rglob("*") if path.name.endswith(UNFINISHED))

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        data = self._folder / name
        data.mkdir(exist_ok=True)
        argv = [sys.executable, "-m", "vigie", name, *self._arguments[name]]
        with self._log(name).open("ab") as log:
            return subprocess.Popen(argv, env={**self._environment, "VIGIE_DATA": str(data)}, stdout=log, stderr=log)

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    async def _end(self, name: str, number: signal.Signals) -> None:
        process = self._running[name]
        process.send_signal(number)
        await asyncio.to_thread(process.wait, 20)


class Page:
    """What a browser asks of the server."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def recordings(self) -> list[dict[str, Any]]:
        return await self._listed("/api/recordings", "recordings")

    async def stills(self) -> list[dict[str, Any]]:
        return await self._listed("/api/stills", "stills")

    async def events(self) -> list[dict[str, Any]]:
        """The whole history, oldest first."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = await self.get(f"/api/events?after={after}&limit=1000")
            found += page["events"]
            after = page["next"]
        return found

    async def get(self, path: str) -> Any:
        async with self._http.get(path) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def bytes(self, path: str, **headers: str) -> bytes:
        async with self._http.get(path, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def until(self, condition: Callable[[], Awaitable[bool]], what: str, within_s: float) -> None:
        """Asks until it is so; a server that is not up yet is asked again."""

        async def is_so() -> bool:
            try:
                return await condition()
            except (aiohttp.ClientConnectionError, TimeoutError):
                return False

        await wait_until_async(is_so, what, within_s=within_s)

    async def _listed(self, path: str, key: str) -> list[dict[str, Any]]:
        """Every page of it; of stills there is one."""
        found: list[dict[str, Any]] = []
        before = ""
        while True:
            page = await self.get(f"{path}?limit=1000{before}")
            found += page[key]
            if not page.get("next"):
                return found
            before = f"&before={page['next']}"
