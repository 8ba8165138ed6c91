"""`kill -9` of bridge and server at any moment of an upload: no clip is lost, none is there twice, every hash is right.

`VIGIE_KILLS=200` kills more often. Clips of a real camera: `test_recording_kills.py`.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.bridge.fake_pi import FakePi
from tests.bridge.programs import KILLS, SEED, Page, Programs
from tests.brokers import RunningBroker
from tests.media import clip_bytes, sha256, still_bytes
from tests.waiting import wait_until_async
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.mqtt import Identity, connect

ROUND_CLIPS = 2
MAX_LIFE_S = 1.2


@pytest.fixture
async def pi() -> AsyncIterator[FakePi]:
    made = FakePi()
    await made.start()
    yield made
    await made.stop()


async def test_kills_at_any_moment_lose_no_clip_and_double_none(mosquitto: RunningBroker, tmp_path: Path, pi: FakePi):
    chance = random.Random(SEED)
    programs = Programs(mosquitto, tmp_path)
    sent: dict[str, str] = {}
    try:
        async with connect(BrokerSettings(url=mosquitto.address), Identity("pi")) as mqtt:
            for kill in range(KILLS):
                for number in range(ROUND_CLIPS):
                    media_id = f"0193f5a0c0de{kill:06}{number:02}0000000000"
                    is_still = number == 0
                    data = still_bytes(kill) if is_still else clip_bytes(10.0, seed=kill % 20)
                    pi.offer(media_id, data, kind="still" if is_still else "clip")
                    sent[media_id] = sha256(data)
                await mqtt.publish(f"states/{pi.device_id}/media", json.dumps(pi.address).encode(), retain=True)
                await asyncio.sleep(chance.uniform(0, MAX_LIFE_S))  # the moment of the kill, not a wait for something
                await programs.kill(chance.choice(("bridge", "server")))
            await wait_until_async(lambda: not pi.offered, "the Pi knows that everything is stored", within_s=60 + KILLS)
            async with aiohttp.ClientSession(programs.url) as http:
                shown = await everything(Page(http), len(sent))
    finally:
        await programs.stop()
    assert shown == sent, programs.log
    assert "Traceback" not in "".join(programs.log.values()), programs.log
    assert programs.left_over() == []


async def everything(page: Page, count: int) -> dict[str, str]:
    """The hash of each clip and still on the server once all clips are finished; each is opened."""

    async def are_finished() -> bool:
        recordings = await page.recordings()
        are_made = all(one["state"] == "finished" and one["container"] == "mp4" for one in recordings)
        return are_made and len(recordings) + len(await page.stills()) == count

    await page.until(are_finished, "all clips are finished", within_s=60 + KILLS)  # they wait until the server lives for long
    shown: dict[str, str] = {}
    for one in await page.recordings():
        video = await page.bytes(f"/api/recordings/{one['id']}/video", Range="bytes=0-99")
        assert (len(video), video[4:8], one["duration_s"]) == (100, b"ftyp", 10.0)
        shown[one["id"]] = one["sha256"]
    for one in await page.stills():
        shown[one["id"]] = sha256(await page.bytes(f"/api/stills/{one['id']}/picture.jpg"))
    return shown
