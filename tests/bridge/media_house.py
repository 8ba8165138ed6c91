"""A whole way for clips: a Pi's media server, a broker, the bridge, and the real server, all in one event loop."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bridge.conftest import running_bridge
from tests.bridge.fake_pi import FakePi
from tests.brokers import RunningBroker
from tests.server.running import Server, running_server
from tests.waiting import wait_until_async
from vigie.bridge.settings import BridgeSettings
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import SystemClock
from vigie.runtime.mqtt import Connection, Identity, connect


@dataclass
class House:
    """What a test works with."""

    pi: FakePi
    server: Server
    mqtt: Connection
    settings: BridgeSettings

    async def tell(self, pi: FakePi | None = None) -> None:
        """There is news of the Pi's media."""
        pi = pi or self.pi
        await self.mqtt.publish(f"states/{pi.device_id}/media", json.dumps(pi.address).encode(), retain=True)

    async def come_online(self, **camera: Any) -> None:
        """A device with a camera, and its heart beats."""
        status = {"state": "online", "boot_id": "b", "capabilities": ["camera"]}
        beat = {"boot_id": "b", "beat": 1, "stream_id": None, "last_seq": 0}
        state = {"state": "ok", **camera}
        await self.mqtt.publish(f"states/{self.pi.device_id}/camera", json.dumps(state).encode(), retain=True)
        await self.mqtt.publish(f"status/{self.pi.device_id}", json.dumps(status).encode(), retain=True)
        await self.mqtt.publish(f"heartbeats/{self.pi.device_id}", json.dumps(beat).encode())

        async def is_online() -> bool:
            status, device = await self.server.get(f"/api/devices/{self.pi.device_id}")
            return status == 200 and device["state"] == "online" and "camera" in device["states"]

        await wait_until_async(is_online, "the server knows the device")

    async def shown(self, media_id: str) -> dict[str, Any] | None:
        status, shown = await self.server.get(f"/api/recordings/{media_id}")
        return shown if status == 200 else None

    async def finished(self, media_id: str) -> dict[str, Any]:
        async def is_finished() -> dict[str, Any] | None:
            shown = await self.shown(media_id)
            return shown if shown is not None and shown["state"] == "finished" else None

        shown = await wait_until_async(is_finished, f"{media_id} is finished", within_s=20)
        assert shown is not None
        return shown


@asynccontextmanager
async def house(mosquitto: RunningBroker, folder: Path) -> AsyncIterator[House]:
    """Without the bridge: whoever wants one runs it with `bridge_in`."""
    pi = FakePi()
    await pi.start()
    broker = BrokerSettings(url=mosquitto.address)
    (folder / "bridge").mkdir()
    async with running_server(folder / "server", SystemClock()) as server, connect(broker, Identity("pi")) as mqtt:
        settings = BridgeSettings(broker=broker, backend_url=server.url, data_dir=folder / "bridge")
        try:
            yield House(pi, server, mqtt, settings)
        finally:
            await pi.stop()


@asynccontextmanager
async def bridge_in(home: House) -> AsyncIterator[None]:
    """The bridge, until the end of the block."""
    async with running_bridge(home.settings):

        async def is_up() -> bool:
            return (await home.server.get("/api/site"))[1]["broker"] == "connected"

        await wait_until_async(is_up, "the bridge is up")
        yield
