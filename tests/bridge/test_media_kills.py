"""`kill -9` of bridge and server at any moment of an upload: no clip is lost, none is there twice, every hash is right.

`VIGIE_KILLS=200` kills more often.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.bridge.fake_pi import FakePi
from tests.brokers import RunningBroker
from tests.media import clip_bytes, sha256, still_bytes
from tests.server.program import ServerProcess
from tests.waiting import wait_until_async
from vigie.deploy.broker import free_port
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.mqtt import Identity, connect

KILLS = int(os.environ.get("VIGIE_KILLS", "6"))
ROUND_CLIPS = 2
MAX_LIFE_S = 1.2
SEED = 20261129


class Programs:
    """A bridge and a server as processes, each killed and started again."""

    def __init__(self, broker: RunningBroker, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._environment = {
            **os.environ,
            "MQTT_BROKER": broker.address,
            "BACKEND_URL": f"http://127.0.0.1:{self._port}",
            "VIGIE_DATA": str(folder / "bridge"),
        }
        self.server = self._new_server()
        self.bridge = self._new_bridge()

    async def kill(self, name: str) -> None:
        process = self.bridge if name == "bridge" else self.server.process
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.communicate)
        if name == "bridge":
            self.bridge = self._new_bridge()
        else:
            self.server = self._new_server()

    async def stop(self) -> list[str]:
        """What they wrote, from the last start on."""
        written = []
        for process in (self.bridge, self.server.process):
            process.terminate()
            _, errors = await asyncio.to_thread(process.communicate)
            written.append(errors)
        return written

    def _new_server(self) -> ServerProcess:
        return ServerProcess(self._folder / "server", port=self._port)

    def _new_bridge(self) -> subprocess.Popen[str]:
        (self._folder / "bridge").mkdir(exist_ok=True)
        argv = [sys.executable, "-m", "vigie", "bridge"]
        return subprocess.Popen(argv, env=self._environment, stderr=subprocess.PIPE, text=True)


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
            shown = await everything(programs.server.url, len(sent))
    finally:
        written = await programs.stop()
    assert shown == sent, written
    assert all("Traceback" not in errors for errors in written), written
    left = sorted(path.name for path in (tmp_path / "server").rglob("*") if path.name.endswith((".part", ".new", ".ts")))
    assert left == []


async def everything(url: str, count: int) -> dict[str, str]:
    """The hash of each clip and still on the server once all clips are finished; each is opened."""
    shown: dict[str, str] = {}

    async def are_finished() -> bool:
        shown.clear()
        async with aiohttp.ClientSession(url) as http:
            for one in await listed(http, "/api/recordings", "recordings"):
                if one["state"] != "finished" or one["container"] != "mp4" or one["duration_s"] != 10.0:
                    return False
                async with http.get(f"/api/recordings/{one['id']}/video", headers={"Range": "bytes=0-99"}) as video:
                    assert (video.status, (await video.read())[4:8]) == (206, b"ftyp")
                shown[one["id"]] = one["sha256"]
            for one in await listed(http, "/api/stills", "stills"):
                async with http.get(f"/api/stills/{one['id']}/picture.jpg") as picture:
                    shown[one["id"]] = sha256(await picture.read())
        return len(shown) == count

    await wait_until_async(are_finished, "all clips are finished", within_s=60)
    return dict(shown)


async def listed(http: aiohttp.ClientSession, path: str, key: str) -> list[dict[str, Any]]:
    async with http.get(path, params={"limit": 1000}) as answer:
        found: list[dict[str, Any]] = (await answer.json())[key]
    return found
