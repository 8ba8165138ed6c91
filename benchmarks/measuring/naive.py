"""The pipeline of the reference document, in `benchmarks/naive`: paho, requests.post, Express, Socket.IO."""

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from benchmarks.measuring.pipelines import DEVICES, Driven, Pipeline, fetch
from benchmarks.measuring.programs import NAIVE, NODE, Program, until
from vigie.deploy.broker import NoBroker, free_port

# The document's mosquitto.conf, but for the port, the paths, and who may read them.
_MOSQUITTO = """\
listener {port}
allow_anonymous true
persistence true
persistence_location {folder}/
log_dest file {folder}/mosquitto.log
log_type all
"""


class Naive(Pipeline):
    """As the document shows it. Each liberty is named at the top of the file that takes it."""

    name = "naive"
    events_per_pulse = 1
    event_names = ("motion_detected",)

    def __init__(self, folder: Path, devices: tuple[str, ...] = DEVICES) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True)
        self._devices = devices
        self._locks = {device: asyncio.Lock() for device in devices}
        port, broker_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        if mosquitto is None:
            raise NoBroker("mosquitto is not installed; run `sudo apt install mosquitto`")
        if not (NAIVE / "node_modules").exists():
            raise FileNotFoundError("the naive peer is not installed; run `make bench`, or `npm ci` in benchmarks/naive")
        configuration = folder / "mosquitto.conf"
        user = "user root\n" if folder.owner() == "root" else ""
        configuration.write_text(_MOSQUITTO.format(port=broker_port, folder=folder) + user)
        env = {"MQTT_BROKER": f"127.0.0.1:{broker_port}", "BACKEND_URL": self.url}
        self._add("broker", (mosquitto, "-c", str(configuration)), {})
        self._add("backend", (NODE, str(NAIVE / "server.js")), {"PORT": str(port)})
        self._add("bridge", (sys.executable, str(NAIVE / "mqtt-bridge.py")), env)
        for device in devices:
            publisher = (sys.executable, str(NAIVE / "sensor-publisher.py"))
            self._add(device, publisher, {**env, "DEVICE_ID": device}, pipes=True)

    def _add(self, role: str, argv: tuple[str, ...], env: dict[str, str], *, pipes: bool = False) -> None:
        self.programs[role] = Program(role, argv, env, self.folder / f"{role}.log", pipes=pipes)

    async def start(self) -> None:
        self.programs["broker"].start()
        await until(self._broker_listens, "the broker of the naive pipeline listens")
        for role in list(self.programs)[1:]:
            self.programs[role].start()
        await until(self._bridge_listens, "the bridge of the naive pipeline listens")
        await until(self._backend_answers, "the backend of the naive pipeline answers")

    async def _broker_listens(self) -> bool:
        log = self.folder / "mosquitto.log"
        return log.exists() and "Opening ipv4 listen socket" in log.read_text()

    async def _bridge_listens(self) -> bool:
        return "subscribed" in self.programs["bridge"].log.read_text()

    async def _backend_answers(self) -> bool:
        try:
            await self.history()
        except OSError:
            return False
        return True

    async def pulse(self, device: str, length_s: float) -> list[Driven]:
        """The length does not matter: the document's publisher knows one event per movement."""
        program = self.programs[device]

        def ask() -> dict[str, Any]:
            program.stdin.write(b"pulse\n")
            program.stdin.flush()
            answer: dict[str, Any] = json.loads(program.stdout.readline())
            return answer

        async with self._locks[device]:
            answer = await asyncio.to_thread(ask)
        return [Driven(f"{device}:{answer['n']}", answer["driven_at_s"])]

    def key_of(self, event: dict[str, Any]) -> str:
        return f"{event['device_id']}:{event['details']['n']}"

    async def history(self) -> list[str]:
        return [self.key_of(event) for event in json.loads(await asyncio.to_thread(fetch, f"{self.url}/api/events"))]
