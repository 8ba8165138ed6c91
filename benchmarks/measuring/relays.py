"""The peers of the drain: MQTT to HTTP, one POST per message, the same broker, the same simple backend (`naive/server.js`)."""

import asyncio
import json
import sys
from pathlib import Path

from benchmarks.measuring.backlogs import keep_any_queue, publish
from benchmarks.measuring.pipelines import fetch
from benchmarks.measuring.programs import NAIVE, NODE, NODE_RED, Program, until
from vigie.deploy.broker import choose, free_port

TOPIC = "sensors/raspberry-01/motion"
NAMES = ("naive", "Node-RED")
_PROBE_AFTER_S = 0.5


class Relay:
    """A broker, a backend and a peer's bridge between them, each a process. `name` is one of `NAMES`."""

    def __init__(self, name: str, folder: Path, queue_messages: int) -> None:
        self.name = name
        folder.mkdir(parents=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        broker = keep_any_queue(choose("mosquitto", folder / "broker", free_port()), queue_messages)
        self.broker_port = broker.port
        if name == "naive":
            argv: tuple[str, ...] = (sys.executable, str(NAIVE / "mqtt-bridge.py"))
            env = {"MQTT_BROKER": f"127.0.0.1:{broker.port}", "BACKEND_URL": self.url, "KEPT_SESSION": "naive-bridge"}
        else:
            if not (NODE_RED / "node_modules").exists():
                raise FileNotFoundError("Node-RED is not installed; run `make bench`, or `npm ci` in benchmarks/node_red")
            red = NODE_RED / "node_modules" / "node-red" / "red.js"
            settings = ("--settings", str(NODE_RED / "settings.js"), "--userDir", str(folder / "node-red"))
            argv = (NODE, str(red), *settings, str(NODE_RED / "flows.json"))
            env = {"BROKER_PORT": str(broker.port), "EVENTS_URL": f"{self.url}/api/events"}
        self.programs = {
            "broker": Program("broker", broker.argv, {}, folder / "broker.log"),
            "backend": Program("backend", (NODE, str(NAIVE / "server.js")), {"PORT": str(port)}, folder / "backend.log"),
            "bridge": Program("bridge", argv, env, folder / "bridge.log"),
        }

    async def leave_queue(self, count: int) -> None:
        """Starts all, has the broker make a session for the bridge, takes bridge and backend away, publishes `count`."""
        for program in self.programs.values():
            program.start()
        await until(self._broker_takes, f"the broker of {self.name} listens")
        await until(self._passes_a_probe, f"{self.name} passes a message on")
        self.programs["bridge"].stop()
        self.programs["backend"].stop()
        published = await publish(self.broker_port, TOPIC, count)
        if published.acknowledged != count:
            raise RuntimeError(f"the broker took {published.acknowledged} of {count} messages")

    async def count(self) -> int:
        """How many events the backend has; 0 while it is away."""
        try:
            answer = json.loads(await asyncio.to_thread(fetch, f"{self.url}/api/events/count"))
        except OSError:
            return 0
        return int(answer["count"])

    async def answers(self) -> bool:
        """Whether the backend is up."""
        try:
            await self.numbers()
        except OSError:
            return False
        return True

    async def numbers(self) -> list[int]:
        """The number `n` of each event that the backend has, in its order."""
        return [event["details"]["n"] for event in json.loads(await asyncio.to_thread(fetch, f"{self.url}/api/events"))]

    def stop(self) -> None:
        for program in reversed(self.programs.values()):
            program.stop()

    async def _broker_takes(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.broker_port)
        except OSError:
            return False
        writer.close()
        return True

    async def _passes_a_probe(self) -> bool:
        await publish(self.broker_port, TOPIC, 1)
        await asyncio.sleep(_PROBE_AFTER_S)
        return await self.count() > 0
