"""Live pictures from a Pi through the bridge to a viewer: on demand, the newest wins, every picture says its age."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.bridge.media_house import House, bridge_in, house
from tests.brokers import RunningBroker
from tests.media import still_bytes
from tests.waiting import wait_until_async
from vigie.runtime.multipart import Picture, read_pictures


@pytest.fixture
async def home(mosquitto: RunningBroker, tmp_path: Path) -> AsyncIterator[House]:
    async with house(mosquitto, tmp_path) as made:
        yield made


@asynccontextmanager
async def viewer(home: House) -> AsyncIterator[AsyncIterator[Picture]]:
    async with home.server.http.get(f"/api/cameras/{home.pi.device_id}/live") as answer:
        assert answer.status == 200, await answer.text()
        yield read_pictures(answer.content.iter_any())


async def until(pictures: AsyncIterator[Picture], frame: int) -> Picture:
    async with asyncio.timeout(10):
        async for picture in pictures:
            if picture.frame >= frame:
                return picture
    raise AssertionError(f"no picture {frame}")


async def test_somebody_who_looks_sees_the_newest_picture_and_its_age(home: House):
    async with bridge_in(home):
        await home.tell()
        await home.come_online()
        home.pi.pictures.put_nowait(Picture(still_bytes(), frame=1, age_ms=40))
        async with viewer(home) as pictures:
            first = await until(pictures, 1)
            assert first.jpeg == still_bytes()
            assert 40 <= first.age_ms < 2000
            home.pi.pictures.put_nowait(Picture(still_bytes(2), frame=2, age_ms=10))
            assert (await until(pictures, 2)).jpeg == still_bytes(2)
            assert home.pi.live_streams == 1
            async with viewer(home) as others:
                assert (await until(others, 2)).frame == 2
                assert home.pi.live_streams == 1, "a second viewer costs the Pi nothing"
            status, body, headers = await home.server.bytes(f"/api/cameras/{home.pi.device_id}/snapshot.jpg")
            assert (status, body) == (200, still_bytes(2))
            assert "x-taken-at" in headers


async def test_the_last_viewer_ends_the_stream(home: House):
    async with bridge_in(home):
        await home.tell()
        await home.come_online()
        home.pi.pictures.put_nowait(Picture(still_bytes(), frame=1))
        async with viewer(home) as pictures:
            await until(pictures, 1)
        home.pi.pictures.put_nowait(Picture(still_bytes(), frame=2))

        async def is_over() -> bool:
            home.pi.pictures.put_nowait(Picture(still_bytes(), frame=3))
            return not home.pi.live_streams

        await wait_until_async(is_over, "the Pi sends nothing any more")


async def test_a_stream_that_breaks_comes_back_while_somebody_looks(home: House):
    async with bridge_in(home):
        await home.tell()
        await home.come_online()
        home.pi.pictures.put_nowait(Picture(still_bytes(), frame=1))
        async with viewer(home) as pictures:
            await until(pictures, 1)
            home.pi.pictures.put_nowait(None)
            home.pi.pictures.put_nowait(Picture(still_bytes(), frame=2))
            assert (await until(pictures, 2)).frame == 2


async def test_a_bridge_that_is_started_again_brings_the_pictures_back(home: House):
    async with bridge_in(home):
        await home.tell()
        await home.come_online()
        home.pi.pictures.put_nowait(Picture(still_bytes(), frame=1))
        looking = AsyncExitStack()
        pictures = await looking.enter_async_context(viewer(home))
        await until(pictures, 1)
    await wait_until_async(lambda: not home.pi.live_streams, "the bridge has gone")
    async with looking, bridge_in(home):
        await wait_until_async(lambda: home.pi.live_streams, "the new bridge was asked")
        home.pi.pictures.put_nowait(Picture(still_bytes(), frame=5))
        assert (await until(pictures, 5)).frame == 5


async def test_a_device_that_has_not_said_where_its_pictures_are_is_refused_in_words(home: House):
    async with bridge_in(home):
        await home.come_online()
        async with home.server.http.get(
            f"/api/cameras/{home.pi.device_id}/live", timeout=aiohttp.ClientTimeout(total=15)
        ) as answer:
            problem = await answer.json(content_type=None)
    assert (answer.status, problem["code"]) == (503, "no_picture")
    assert "has not said where its pictures are" in problem["detail"]
