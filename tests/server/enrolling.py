"""A certifier that signs nothing and answers what the test says, and a Pi as the server sees it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.certificates import Authority
from tests.server.running import Server

FILES = {"agent.toml": "eA==", "broker.password": "cA=="}


class FakeCertifier:
    """Keeps what it was asked; `answer` is what it says next, None to end without a word."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: object = {"files": FILES}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(json.loads(await reader.readline()))
        if self.answer is not None:
            writer.write(json.dumps(self.answer).encode() + b"\n")
        writer.close()


@asynccontextmanager
async def certifying(folder: Path) -> AsyncIterator[tuple[FakeCertifier, dict[str, Path]]]:
    """A certifier, and the settings by which a server finds it."""
    certifier = FakeCertifier()
    settings = {"enrol_socket": folder / "enrol.sock", "enrol_authority": Authority(folder / "authority").ca}
    async with await asyncio.start_unix_server(certifier.serve, settings["enrol_socket"]):
        yield certifier, settings


class APi:
    """What `vigie join` says to a server, with a code that somebody has typed."""

    def __init__(self, server: Server, code: str, ticket: str = "t") -> None:
        self._server = server
        self._secret = code.replace("-", "")[:10]
        self._ticket = ticket * 43

    async def ask(self, **wanted: Any) -> tuple[int, Any]:
        body = {"secret": self._secret, "ticket": self._ticket, "device_id": "raspberry-03", **wanted}
        return await self._server.post("/api/enrolment/request", body)

    async def answer(self) -> tuple[int, Any]:
        return await self._server.post("/api/enrolment/answer", {"ticket": self._ticket})
