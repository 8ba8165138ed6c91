"""A bridge on this event loop, between a real Mosquitto and a stub server, and a device that speaks to it."""

import asyncio
import json
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.bridge.flaky_link import FlakyLink
from tests.bridge.stub_server import StubServer
from tests.brokers import RunningBroker
from tests.waiting import wait_until_async
from vigie.bridge.app import serve
from vigie.bridge.settings import BridgeSettings
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import SystemClock
from vigie.runtime.mqtt import Connection, Identity, connect

STREAM = "stream-1"


@pytest.fixture
async def server():
    stub = StubServer()
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture
async def link(server: StubServer):
    """The way to the server, to be cut or silenced."""
    flaky = FlakyLink(server.port)
    await flaky.start()
    yield flaky
    await flaky.stop()


@pytest.fixture
def settings(mosquitto: RunningBroker, server: StubServer, tmp_path: Path) -> BridgeSettings:
    data_dir = tmp_path / "bridge"
    data_dir.mkdir()
    return BridgeSettings(broker=BrokerSettings(url=mosquitto.address), backend_url=server.url, data_dir=data_dir)


@asynccontextmanager
async def running_bridge(settings: BridgeSettings):
    """The bridge as the program runs it, for the length of the block."""
    stop = asyncio.Event()
    task = asyncio.create_task(serve(settings, SystemClock(), stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(3):
            await task


@pytest.fixture
async def bridge(settings: BridgeSettings, server: StubServer):
    async with running_bridge(settings):
        await bridge_is_up(server)
        yield


async def bridge_is_up(server: StubServer) -> None:
    """Linked with the server and subscribed on the broker."""
    await wait_until_async(
        lambda: server.bridges and any(health["broker_connected"] for health in server.reported("health")[-1:]),
        "the bridge is up",
    )


async def bridge_listens(device: Connection) -> None:
    """Subscribed on the broker, whether it has a server or not: MQTT 5 tells a sender whether somebody listens."""
    await wait_until_async(lambda: device.publish("results/nobody/servo", b"{}"), "the bridge is subscribed")


@pytest.fixture
async def device(mosquitto: RunningBroker):
    async with connect(BrokerSettings(url=mosquitto.address), Identity("pi")) as connection:
        yield connection


def payload(seq: int, **more: Any) -> bytes:
    """What our agents publish."""
    meta = {"v": 1, "id": f"id-{seq}", "stream_id": STREAM, "seq": seq, "boot_id": "b", "mono_ms": seq, "clock": "synced"}
    meta["occurred_at"] = "2026-11-23T19:14:12.123Z"
    return json.dumps({"state": "detected", "confidence": 0.95, "meta": meta, **more}).encode()


async def publish_events(device: Connection, first: int, last: int, *, device_id: str = "pi") -> None:
    """Events `first` to `last`, in order, at QoS 1."""
    for seq in range(first, last + 1):
        await device.publish(f"sensors/{device_id}/motion", payload(seq))


def sequence(server: StubServer) -> list[int]:
    return [item["seq"] for item in server.stored if "seq" in item]


def heartbeat(**more: Any) -> bytes:
    return json.dumps({"boot_id": "boot-1", "beat": 7, "stream_id": STREAM, "last_seq": 0, **more}).encode()


def rows_in(data_dir: Path) -> int:
    """How many rows wait in the spool file."""
    with closing(sqlite3.connect(data_dir / "spool.db")) as db:
        return int(db.execute("SELECT count(*) FROM spool").fetchone()[0])
