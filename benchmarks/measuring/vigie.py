"""Vigie as its owner runs it, each program a process of its own with the reference's environment variables."""

import asyncio
import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.measuring.backlogs import keep_any_queue
from benchmarks.measuring.pins import drive_once
from benchmarks.measuring.pipelines import DEVICES, Driven, Pipeline, fetch
from benchmarks.measuring.programs import Program, until
from vigie.deploy.broker import choose, free_port

_WIRING = """\
device_id = "{device}"
sensors = {{ motion = {{ pin = 17, location = "entrance" }}, button = {{ pin = 27 }} }}
servo = {{ pin = 12 }}
siren = {{ pin = 22 }}
"""


class Vigie(Pipeline):
    """Mosquitto with the configuration of `vigie up`, server, bridge, simulated agents; the default settings of each."""

    name = "Vigie"
    events_per_pulse = 2
    event_names = ("motion_detected", "motion_ended")

    def __init__(self, folder: Path, devices: tuple[str, ...] = DEVICES, *, queue_messages: int | None = None) -> None:
        """`queue_messages`: what the broker keeps for one session, where it is not what `vigie up` writes."""
        super().__init__(folder)
        folder.mkdir(parents=True)
        self._devices = devices
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        broker = choose("mosquitto", folder / "broker", free_port())
        if queue_messages is not None:
            broker = keep_any_queue(broker, queue_messages)
        self.broker_port = broker.port
        broker_env = {"MQTT_BROKER": f"127.0.0.1:{broker.port}"}
        self._add("broker", broker.argv, {})
        self._add("backend", _vigie("server", "--port", str(port)), {"VIGIE_DATA": str(folder / "server")})
        bridge_env = {**broker_env, "BACKEND_URL": self.url, "VIGIE_DATA": str(folder / "bridge")}
        self._add("bridge", _vigie("bridge"), bridge_env)
        for device in devices:
            configuration = folder / f"{device}.toml"
            configuration.write_text(_WIRING.format(device=device))
            agent = _vigie("agent", "--simulate", "--config", str(configuration))
            self._add(device, agent, {**broker_env, "DEVICE_ID": device, "VIGIE_DATA": str(folder / device)})

    def _add(self, role: str, argv: tuple[str, ...], env: dict[str, str]) -> None:
        self.programs[role] = Program(role, argv, env, self.folder / f"{role}.log")

    async def start(self) -> None:
        for program in self.programs.values():
            program.start()
        await self.ready()

    async def ready(self) -> None:
        """Returns when all that was started has found each other."""
        await until(self._is_ready, "Vigie answers")

    async def answers(self) -> bool:
        """Whether the server is up."""
        try:
            await asyncio.to_thread(fetch, f"{self.url}/healthz")
        except OSError:
            return False
        return True

    async def ledger(self) -> dict[str, dict[str, Any]]:
        """What the server says of each device's log; nothing while it is away."""
        try:
            answer = json.loads(await asyncio.to_thread(fetch, f"{self.url}/api/ledger"))
        except OSError:
            return {}
        return {device["device_id"]: device for device in answer["devices"]}

    async def put_mode(self, mode: str) -> None:
        """Sets the site's mode; returns when the broker has it."""
        body, headers = json.dumps({"mode": mode}).encode(), {"Content-Type": "application/json"}
        await asyncio.to_thread(fetch, urllib.request.Request(f"{self.url}/api/mode", body, headers, method="PUT"))

    @property
    def database(self) -> Path:
        return self.folder / "server" / "vigie.db"

    async def _is_ready(self) -> bool:
        try:
            site = json.loads(await asyncio.to_thread(fetch, f"{self.url}/api/site"))
            devices = json.loads(await asyncio.to_thread(fetch, f"{self.url}/api/devices"))["devices"]
        except OSError:
            return False
        online = {device["device_id"] for device in devices if device["state"] == "online"}
        return site["bridge"] == "connected" and online >= set(self._devices)

    async def pulse(self, device: str, length_s: float) -> list[Driven]:
        return await drive_once(self.folder / device, device, length_s)

    def key_of(self, event: dict[str, Any]) -> str:
        return str(event["id"])

    async def history(self) -> list[str]:
        return [self.key_of(event) for event in await self.events()]

    async def events(self) -> list[dict[str, Any]]:
        """The whole history, oldest first."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = json.loads(await asyncio.to_thread(fetch, f"{self.url}/api/events?after={after}&limit=1000"))
            found += page["events"]
            after = page["next"]
        return found


def _vigie(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "vigie", *arguments)
