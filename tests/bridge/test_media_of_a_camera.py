"""The real camera process, bridge and server together: what is recorded can be played, and looked at live."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

from tests.bridge.media_house import House, bridge_in, house
from tests.brokers import RunningBroker
from tests.camera.running import CAUSE, TOKEN, RunningCamera, config_of
from tests.waiting import wait_until_async
from vigie.protocol.camera_orders import Still
from vigie.runtime.multipart import read_pictures

CLIP = "0193f5a0c0de7000800000000000c11b"
STILL = "0193f5a0c0de70008000000000005711"


@pytest.fixture
async def home(mosquitto: RunningBroker, tmp_path: Path) -> AsyncIterator[House]:
    async with house(mosquitto, tmp_path) as made:
        yield made


async def test_a_clip_of_a_real_camera_is_on_the_server_and_gone_from_its_list(home: House, tmp_path: Path):
    with RunningCamera(config_of(tmp_path / "pi", pre_roll_s=1.0, post_roll_s=0.5)) as camera:
        await asyncio.to_thread(camera.ready)
        home.pi.port, home.pi.token = camera.port, TOKEN
        async with bridge_in(home):
            await home.come_online()
            camera.record(CLIP, 3.0)
            await asyncio.to_thread(camera.wait_for_clip, CLIP, "started")
            await home.tell()

            async def comes_along() -> bool:
                shown = await home.shown(CLIP)
                return shown is not None and shown["state"] == "recording" and shown["received_bytes"] > 0

            await wait_until_async(comes_along, "it is fetched while it is recorded")
            camera.order(Still(still_id=STILL, cause=CAUSE))
            await asyncio.to_thread(camera.wait_for_clip, CLIP, "finished")
            home.pi.data["news"] = b""
            await home.tell()
            shown = await home.finished(CLIP)
            await look(home)
    assert (shown["container"], shown["truncated"], shown["cause"]["event_id"]) == ("mp4", False, "event-1")
    assert shown["duration_s"] >= 3.0
    _, video, _ = await home.server.bytes(f"/api/recordings/{CLIP}/video")
    with av.open(io.BytesIO(video)) as container:
        assert sum(1 for _ in container.decode(video=0)) >= 30
    assert (await home.server.bytes(f"/api/stills/{STILL}/picture.jpg"))[1][:2] == b"\xff\xd8"


async def look(home: House) -> None:
    """A few pictures of now, each newer than the last."""
    frames: list[int] = []
    async with asyncio.timeout(15), home.server.http.get(f"/api/cameras/{home.pi.device_id}/live") as answer:
        assert answer.status == 200, await answer.text()
        async for picture in read_pictures(answer.content.iter_any()):
            assert picture.age_ms < 2000
            frames.append(picture.frame)
            if len(frames) == 5:
                break
    assert frames == sorted(set(frames))
