"""A site of real processes, each started on its own: Mosquitto, agents, bridge, server, with a link of ours in every wire."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.chaos import third_party
from tests.chaos.clocks import WallClock
from tests.chaos.disks import Disk
from tests.chaos.links import Link
from tests.chaos.programs import Program
from tests.chaos.taps import Tap
from tests.house import clean_environment
from vigie.deploy.broker import choose, free_port

REPOSITORY = Path(__file__).parents[2]
READY_WITHIN_S = 40.0
BROKER_FILE = "mosquitto.db"
_MB = 1024 * 1024

_AGENT_SENSOR = """\
[sensors.{name}]
kind = "{kind}"
pin = {pin}
hold_off_s = 0.0
"""
# As Debian starts it: with a memory on disk, so that the memory can be lost, rot, and find no room.
_PERSISTENCE = "persistence true\npersistence_location {folder}/\nautosave_interval 5"


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """`programs`: a program's name -> the module that runs in the place of `vigie`, for the controls.

    `disk_bytes` is the size of each program's disk; None leaves the data in the folder, where nothing needs the right to
    mount.
    """

    agents: int = 3
    sensors: int = 6
    disk_bytes: int | None = 512 * _MB
    fake_clocks: bool = True
    programs: Mapping[str, str] = field(default_factory=dict)
    agent_toml: str = ""


class Site:
    """Everything under `folder`: `data/{program}`, `logs`, `clocks`. Use as an asynchronous context."""

    def __init__(self, folder: Path, options: SiteOptions) -> None:
        self.folder = folder
        self.options = options
        self.devices = [f"pi-{number}" for number in range(1, options.agents + 1)]
        self.sensors = [
            f"{kind}-{number // 2 + 1}" for number in range(options.sensors) for kind in (("motion", "button")[number % 2],)
        ]
        self.names = [*self.devices, "broker", "bridge", "server"]
        self.programs: dict[str, Program] = {}
        self.links: dict[str, Link] = {}
        self.disks: dict[str, Disk] = {}
        self.clocks: dict[str, WallClock] = {}
        self.pubacks: Counter[str] = Counter()
        """By link: PUBACKs from the broker to the program there."""
        self.third_party_accepted: set[int] = set()
        """Numbers of the third party's events that the bridge has acknowledged to the broker."""
        self._tasks: list[asyncio.Task[None]] = []
        self._http: aiohttp.ClientSession | None = None
        self.broker_port = free_port()
        self.server_port = free_port()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def data(self, name: str) -> Path:
        """The data folder of a program."""
        return self.folder / "data" / name

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    async def __aenter__(self) -> Self:
        for part in ("data", "logs", "clocks"):
            (self.folder / part).mkdir(parents=True)
        for name in self.names:
            if self.options.disk_bytes is None:
                self.data(name).mkdir()
            else:
                self.disks[name] = Disk(self.data(name), self.options.disk_bytes)
            if self.options.fake_clocks and name != "broker":
                self.clocks[name] = WallClock(self.folder / "clocks" / name)
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        await self._add_programs()
        for program in self.programs.values():
            self._tasks.append(asyncio.create_task(program.keep_running(), name=program.name))
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Ends every program in order, so that its files can be looked into."""
        for name in [*self.devices, "bridge", "server", "broker"]:
            if name in self.programs:
                await self.programs[name].end()
        for link in self.links.values():
            await link.close()
        await asyncio.gather(*self._tasks)
        self._tasks.clear()
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _add_programs(self) -> None:
        broker = choose("mosquitto", self.data("broker"), self.broker_port)
        configuration = self.data("broker") / "mosquitto.conf"
        text = configuration.read_text()
        assert "persistence false" in text, text
        configuration.write_text(text.replace("persistence false", _PERSISTENCE.format(folder=self.data("broker"))))
        for name in (*self.devices, "bridge"):
            self.links[name] = Link(name, broker.port, partial(self._new_tap, name))
        self.links["server"] = Link("server", self.server_port)
        for link in self.links.values():
            await link.start()
        self._add("broker", broker.argv, {})
        server = ("server", "--host", "127.0.0.1", "--port", str(self.server_port))
        self._add("server", self._vigie("server", "server", *server), {})
        self._add(
            "bridge",
            self._vigie("bridge", "bridge", "bridge"),
            {
                "MQTT_BROKER": f"127.0.0.1:{self.links['bridge'].port}",
                "BACKEND_URL": f"http://127.0.0.1:{self.links['server'].port}",
            },
        )
        for device in self.devices:
            path = self.folder / f"{device}.toml"
            path.write_text(self._agent_toml(device))
            argv = self._vigie(device, "agent", "agent", "--simulate", "--config", str(path))
            self._add(device, argv, {"MQTT_BROKER": f"127.0.0.1:{self.links[device].port}"})

    def _new_tap(self, name: str) -> Tap:
        def acknowledged(topic: str, number: int) -> None:
            if name == "bridge" and topic == third_party.TOPIC:
                self.third_party_accepted.add(number)

        def puback() -> None:
            self.pubacks[name] += 1

        return Tap(acknowledged, puback)

    def _vigie(self, name: str, role: str, *arguments: str) -> tuple[str, ...]:
        module = self.options.programs.get(role, "vigie")
        clock = self.clocks.get(name)
        return (sys.executable, "-m", *(("tests.chaos.clocks", str(clock.file)) if clock else ()), module, *arguments)

    def _agent_toml(self, device: str) -> str:
        sensors = [
            _AGENT_SENSOR.format(name=name, kind=name.partition("-")[0], pin=pin) for pin, name in enumerate(self.sensors, start=4)
        ]
        return "\n".join([f'device_id = "{device}"', self.options.agent_toml, *sensors])

    def _add(self, name: str, argv: tuple[str, ...], env: dict[str, str]) -> None:
        whole = {
            **clean_environment(),
            "VIGIE_DATA": str(self.data(name)),
            "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}",
            **env,
        }
        self.programs[name] = Program(name, argv, whole, self.log(name), may_fall=name == "broker")

    async def get(self, path: str, **query: str | int) -> Any:
        """The server's JSON answer. Raises `aiohttp.ClientError`, `TimeoutError`."""
        assert self._http is not None
        async with self._http.get(f"{self.url}{path}", params=query, raise_for_status=True) as answer:
            return await answer.json()

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        assert self._http is not None
        async with self._http.put(f"{self.url}{path}", json=body, raise_for_status=True) as answer:
            return await answer.json()

    async def ready(self) -> None:
        """Returns once everything answers and the site is guarded: from here on each detection opens an alert."""
        await until(self._is_whole, "the whole site answers", READY_WITHIN_S)
        await until(self._is_guarded, "the mode is surveillance", READY_WITHIN_S)

    async def _is_whole(self) -> bool:
        site = await self.get("/api/site")
        devices = {device["device_id"]: device["state"] for device in (await self.get("/api/devices"))["devices"]}
        return site["bridge"] == site["broker"] == "connected" and all(devices.get(name) == "online" for name in self.devices)

    async def _is_guarded(self) -> bool:
        await self.put("/api/mode", {"mode": "surveillance"})
        return (await self.get("/api/mode"))["mode"] == "surveillance"

    async def pages(self, path: str, items: str, **query: int) -> list[dict[str, Any]]:
        """Every item of a list that pages upwards by `after`."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = await self.get(path, after=after, limit=1000, **query)
            found += page[items]
            after = page["next"]
        return found

    async def alerts(self) -> list[dict[str, Any]]:
        """Every alert, newest first."""
        found: list[dict[str, Any]] = []
        while True:
            query = {"before": found[-1]["id"]} if found else {}
            page = (await self.get("/api/alerts", limit=1000, **query))["alerts"]
            if not page:
                return found
            found += page


class NotInTime(Exception):
    """What had to happen has not happened."""


async def until(condition: Any, what: str, within_s: float) -> None:
    """Asks until it is true; a server that does not answer now is asked again. Raises `NotInTime`."""
    deadline = time.monotonic() + within_s
    last: BaseException | None = None
    while time.monotonic() < deadline:
        try:
            if await condition():
                return
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            last = error
        await asyncio.sleep(0.1)
    raise NotInTime(f"not within {within_s:g} s: {what}" + (f" (last: {last!r})" if last else ""))
