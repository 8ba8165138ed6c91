"""A real agent process for tests, and somebody who listens to everything on a broker."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.house import clean_environment
from tests.processes import children
from tests.small_disk import SmallDisk
from tests.waiting import wait_until, wait_until_async
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.mqtt import Connection, ConnectionLost, Identity, Message, connect
from vigie.testing.trigger import SOCKET_NAME, send_trigger

CAMERA = """
[camera]
source = "synthetic"
width = 320
height = 180
fps = 5
"""
"""Small pictures, quick to start. Lines of an `agent.toml`."""


class RunningAgent:
    """`vigie agent --simulate` with its data in `folder`, or on a `disk` of its own; ready when the constructor returns."""

    def __init__(
        self,
        folder: Path,
        broker: str,
        device_id: str = "raspberry-01",
        *,
        config: Path | None = None,
        disk: SmallDisk | None = None,
        through: Sequence[str] = (),
    ) -> None:
        self.folder = folder if disk is None else disk.path / device_id
        self.device_id = device_id
        self._data = folder if disk is None else disk.folder / device_id
        self._within = () if disk is None else disk.within
        self._broker = broker
        self._config = config
        self._log = folder.with_suffix(".log")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start(*through)

    def start(self, *through: str) -> None:
        """`through`: a module that runs Vigie in its own way, and its arguments (`tests.chaos.clocks`)."""
        self._launch(*through)
        wait_until(lambda: (self.folder / SOCKET_NAME).exists() or self.process.poll() is not None, "the agent guards", within_s=15)
        assert self.process.poll() is None, self.log

    def start_and_die(self, *through: str) -> None:
        """`through`: as in `start`; a module that ends it before it guards."""
        self._launch(*through)
        assert self.process.wait(15) == -signal.SIGKILL, self.log

    def _launch(self, *through: str) -> None:
        argv = [
            *self._within,
            sys.executable,
            "-m",
            *through,
            "vigie",
            "agent",
            "--simulate",
            *(("--config", str(self._config)) if self._config else ()),
        ]
        environment = {"MQTT_BROKER": self._broker, "DEVICE_ID": self.device_id, "VIGIE_DATA": str(self._data)}
        (self.folder / SOCKET_NAME).unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(argv, env={**clean_environment(), **environment}, stdout=log, stderr=log)

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def camera_pid(self) -> int | None:
        """Its camera process, where it has one now."""
        return next((pid for pid, line in children(self.process.pid).items() if line.endswith(" camera")), None)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

    async def trigger(self, sensor: str = "motion", seconds: float = 0.05) -> list[dict[str, Any]]:
        return [event async for event in send_trigger(self.folder, self.device_id, sensor, seconds)]


class Listener:
    """A client of the broker that keeps every message and, if asked, acknowledges events as the bridge would."""

    def __init__(self, connection: Connection, *, acknowledges: bool) -> None:
        self.connection = connection
        self.messages: list[Message] = []
        self._acknowledges = acknowledges
        self.stored: dict[str, set[int]] = {}

    def on(self, topic: str) -> list[dict[str, Any]]:
        """The bodies seen on a topic, oldest first."""
        return [json.loads(message.payload) for message in self.messages if message.topic == topic and message.payload]

    def events(self) -> list[tuple[str, int]]:
        """(stream_id, seq) of each event on `sensors/` and `replays/`, as often as it came."""
        found = []
        for message in self.messages:
            if message.topic.startswith("sensors/"):
                found.append(json.loads(message.payload))
            elif message.topic.startswith("replays/"):
                found += [item["payload"] for item in json.loads(message.payload)["events"]]
        return [(payload["meta"]["stream_id"], payload["meta"]["seq"]) for payload in found]

    async def publish(self, topic: str, body: Any, **options: Any) -> None:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self.connection.publish(topic, payload, **options)

    async def wait_for(self, topic: str, count: int = 1, within_s: float = 10.0) -> list[dict[str, Any]]:
        await wait_until_async(lambda: len(self.on(topic)) >= count, f"{count} messages on {topic}", within_s=within_s)
        return self.on(topic)

    async def listen(self) -> None:
        try:
            async for message in self.connection.messages():
                self.messages.append(message)
                if self._acknowledges and message.topic.startswith("heartbeats/"):
                    await self._acknowledge(message)
        except ConnectionLost:
            return

    async def _acknowledge(self, heartbeat: Message) -> None:
        device_id, stream_id = heartbeat.topic.split("/")[1], json.loads(heartbeat.payload)["stream_id"]
        seen = {seq for stream, seq in self.events() if stream == stream_id} | self.stored.setdefault(stream_id, set())
        self.stored[stream_id] = seen
        through_seq = next(seq for seq in range(len(seen) + 1) if seq + 1 not in seen)
        await self.publish(f"acks/{device_id}", {"stream_id": stream_id, "through_seq": through_seq})


@asynccontextmanager
async def listener(
    broker: str, *filters: str, acknowledges: bool = False, stored: dict[str, set[int]] | None = None
) -> AsyncIterator[Listener]:
    """A `Listener` on everything, or on `filters`. `stored`: what an acknowledging one has from before, per stream."""
    client_id = f"listener-{os.urandom(4).hex()}"
    async with connect(BrokerSettings(url=broker), Identity(client_id)) as connection:
        found = Listener(connection, acknowledges=acknowledges)
        found.stored = stored if stored is not None else {}
        await connection.subscribe(*(filters or ("#",)))
        task = asyncio.create_task(found.listen())
        try:
            yield found
        finally:
            task.cancel()
