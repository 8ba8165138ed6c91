"""The wires do to a connection what they say, and the tap reads MQTT's packets however they are cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.chaos.links import Link
from tests.chaos.taps import Tap

PUBLISH = bytes([0x32, 3 + 2 + 2 + 1 + 7]) + b"\x00\x03s/w" + b"\x01\x02" + b"\x00" + b'{"n":7}'
PUBACK = bytes([0x40, 2]) + b"\x01\x02"


@asynccontextmanager
async def echo(link_name: str = "echo") -> AsyncIterator[Link]:
    """A link to somebody who says everything back."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(100):
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    link = Link(link_name, server.sockets[0].getsockname()[1])
    await link.start()
    try:
        yield link
    finally:
        await link.close()
        server.close()


@asynccontextmanager
async def connected(link: Link) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(b"hello")
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_a_healthy_link_passes_everything():
    async with echo() as link, connected(link) as (reader, _):
        assert await reader.readexactly(5) == b"hello"


async def test_a_cut_resets_the_connection_and_the_next_one_works():
    async with echo() as link:
        async with connected(link) as (reader, _):
            await reader.readexactly(5)
            link.cut()
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
        async with connected(link) as (reader, _):
            assert await reader.readexactly(5) == b"hello"


async def test_a_cut_in_mid_packet_passes_so_many_bytes_and_no_more():
    async with echo() as link, connected(link) as (reader, writer):
        await reader.readexactly(5)
        link.cut_after_bytes = 3
        writer.write(b"goodbye")
        came = b""
        with suppress(ConnectionResetError):
            while data := await reader.read(10):
                came += data
        assert b"goo".startswith(came)


async def test_what_has_seen_a_black_hole_stays_dead_and_is_not_told():
    async with echo() as link, connected(link) as (reader, writer):
        await reader.readexactly(5)
        link.begin_black_hole()
        writer.write(b"anybody?")
        link.heal()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
        async with connected(link) as (fresh, _):
            assert await fresh.readexactly(5) == b"hello"


async def test_a_lost_answer_is_a_reset_after_the_work_was_done():
    async with echo() as link:
        link.loses_answers = True
        async with connected(link) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)


@pytest.mark.parametrize("chunk_bytes", [1, 3, 100])
def test_the_tap_tells_what_the_client_has_acknowledged(chunk_bytes):
    told: list[tuple[str, int]] = []
    tap = Tap(lambda topic, number: told.append((topic, number)), lambda: None)
    for start in range(0, len(PUBLISH), chunk_bytes):
        tap.saw(PUBLISH[start : start + chunk_bytes], up=False)
    assert not told
    tap.saw(PUBACK, up=True)
    assert told == [("s/w", 7)]


def test_the_tap_counts_what_the_broker_has_acknowledged():
    pubacks = []
    tap = Tap(lambda *_: None, lambda: pubacks.append(1))
    tap.saw(PUBACK * 3, up=False)
    assert len(pubacks) == 3
