"""Connections that say nothing, or too little: they are bounded, and who means it is served meanwhile."""

import asyncio
import resource
import socket
import time
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.server.running import Server, running_server
from vigie.server.access import connections
from vigie.testing.fake_clock import FakeClock

HALF_OPEN = 10_000
HEAD = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of little patience: the waiting itself is the event loop's."""
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.3)
    monkeypatch.setattr(connections, "BODY_PAUSE_S", 0.3)


@pytest.fixture
async def site(hurried: None, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Server]:
    async with running_server(tmp_path, clock) as server:
        yield server


def address_of(server: Server) -> tuple[str, int]:
    host, port = server.url.removeprefix("http://").split(":")
    return host, int(port)


async def until_cut_off(server: Server, sent: bytes, *, then: bytes = b"") -> float:
    """How long such a connection lasts; `then`: what it sends each 50 ms from then on."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection(*address_of(server))
    writer.write(sent)
    ended = asyncio.ensure_future(reader.read())
    while not (await asyncio.wait([ended], timeout=0.05))[0]:
        assert time.monotonic() - began < 10, "it is never cut off"
        writer.write(then)
    writer.close()
    ended.exception() or ended.result()
    return time.monotonic() - began


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", HEAD, b"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{"],
    ids=["nothing", "a letter", "half a head", "half a body"],
)
async def test_who_says_too_little_is_cut_off(site: Server, sent: bytes):
    assert await until_cut_off(site, sent) < 5


async def test_a_head_that_comes_letter_by_letter_gets_no_more_time(site: Server):
    assert await until_cut_off(site, HEAD, then=b"X-A: b\r\n") < 5


async def test_a_connection_is_kept_between_two_requests(site: Server):
    reader, writer = await asyncio.open_connection(*address_of(site))
    for _ in range(2):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"\r\n")
        await reader.readuntil(b"}")
        await asyncio.wait([asyncio.ensure_future(reader.read(1))], timeout=0.6)  # longer than a head may take
    writer.close()


async def test_a_websocket_stays(site: Server):
    async with site.http.ws_connect("/socket.io/?EIO=4&transport=websocket") as news:
        await news.receive_str(timeout=5)
        with pytest.raises(TimeoutError):  # longer than a body may pause
            await news.receive(timeout=0.9)
        await news.send_str("40")
        assert (await news.receive_str(timeout=5)).startswith("40")


def room_for_sockets() -> int:
    """How many this process may hold beside all else."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(hard, 2 * HALF_OPEN) - 500


@pytest.mark.parametrize("addresses", [1, 100])
async def test_10_000_half_open_connections_keep_nobody_else_out(tmp_path: Path, clock: FakeClock, addresses: int):
    held: deque[socket.socket] = deque()
    async with running_server(tmp_path, clock) as server:
        for number in range(HALF_OPEN):
            if len(held) >= room_for_sockets():
                held.popleft().close()
            half = socket.socket()
            held.append(half)
            half.bind((f"127.0.2.{number % addresses + 1}", 0))
            half.setblocking(False)
            half.connect_ex(address_of(server))
            if number % 100 == 99:
                async with aiohttp.ClientSession(server.url) as newcomer, newcomer.get("/healthz") as answer:
                    assert answer.status == 200, number
        for half in held:
            half.close()
