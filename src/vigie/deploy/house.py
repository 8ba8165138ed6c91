"""`vigie up`: the whole house on one machine. Starts every program as its own process, exactly as an owner would, and
keeps them running; says when everything answers; leaves nothing behind.
"""

import asyncio
import contextlib
import json
import logging
import random
import signal
import socket
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigie.deploy.addresses import write_addresses
from vigie.deploy.broker import BrokerProgram, NoBroker, choose
from vigie.deploy.child import Child
from vigie.runtime import logging as runtime_logging
from vigie.runtime.claim import FolderInUse, FolderUnusable, claim
from vigie.runtime.clock import Clock, SystemClock
from vigie.runtime.tokens import read_or_make

log = logging.getLogger(__name__)

READY_TIMEOUT_S = 60.0
_POLL_S = 0.1
_GIVE_UP_AFTER = 4
_EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104  # compared with, not bound to
_ROOMS = ("entrance", "living", "kitchen", "office", "garage", "garden")

_AGENT_CONFIGURATION = """\
# A simulated Pi of `vigie up`. Yours to change: it is only written where it is missing. Keys: docs/reference/agent.md.
device_id = "{device_id}"

[sensors.motion]
pin = 17
location = "{room}"

[sensors.button]
pin = 27
location = "{room}"

[servo]
pin = 12
presets = {{ door = -60, window = 45 }}

[siren]
pin = 22

# A drawn room instead of a picture. While people are home it looks at the wall with park = "wall" and such a preset.
[camera]
source = "synthetic"
max_bytes = 1_000_000_000

# How the sensors guard: without these lines each of them alarms at once while the site is guarded.
[zones.motion]
{motion_modes}preset = "door"
record_s = 30

[zones.button]
preset = "window"
record_s = 30

# When another Pi alarms this one looks at the door, and records.
[[rules]]
when = "*/alarm"
then = [{{ servo = "door" }}, {{ record_s = 30 }}]
"""
# People sleep behind the entrance: from the second Pi on, nobody's steps alarm at night.
_INSIDE = 'modes = ["surveillance"]\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseOptions:
    """What `vigie up` was asked for. `broker`: auto, mosquitto, embedded, or the URL of one that runs already."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path
    devices: int = 2
    broker: str = "auto"
    scenario: bool = True

    @property
    def url(self) -> str:
        """Where the dashboard is."""
        host = "127.0.0.1" if self.host in _EVERY_ADDRESS else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def device_ids(self) -> list[str]:
        """`raspberry-01` and on."""
        return [f"raspberry-{number:02d}" for number in range(1, self.devices + 1)]


class HouseError(Exception):
    """The house cannot be set up. The text says what, where and how to mend it."""


def run(options: HouseOptions) -> int:
    """Runs the house until SIGINT or SIGTERM; 0 then, 1 with one line on stderr when it cannot be set up."""
    runtime_logging.setup("up")
    try:
        with claim(options.data_dir, "up", mend="choose another with --data DIR"):
            (options.data_dir / "logs").mkdir(exist_ok=True)
            _check_port(options)
            return asyncio.run(_House(options, SystemClock()).live())
    except (HouseError, NoBroker, FolderUnusable, FolderInUse) as error:
        print(f"vigie up: {error}", file=sys.stderr)
    except OSError as error:  # a folder in it belongs to somebody else, or there is no room
        print(f"vigie up: {options.data_dir} cannot be used: {error}; choose another with --data DIR", file=sys.stderr)
    return 1


def _check_port(options: HouseOptions) -> None:
    try:
        family, *_, address = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise HouseError(
            f"port {options.port} on {options.host} cannot be used ({error.strerror}); "
            f"stop the program that holds it, or choose another with --port"
        ) from error


class _House:
    """The children of one `vigie up`, in the order in which they are started; they are stopped in the reverse order."""

    def __init__(self, options: HouseOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._children: list[Child] = []
        self._stop = asyncio.Event()
        self._is_up = asyncio.Event()

    async def live(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        broker_env, broker_name = self._add_broker()
        looks_on = {"BACKEND_URL": self._options.url, "BACKEND_TOKEN_FILE": str(self._viewer_token.resolve())}
        write_addresses(self._options.data_dir, {**broker_env, **looks_on})
        self._add_programs(broker_env)
        programs = f"{broker_name}, server, bridge, {self._options.devices} simulated Pis"
        print(f"starting {programs}; logs in {self._logs}", file=sys.stderr, flush=True)
        failures: list[HouseError] = []
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(child.keep_running(), name=child.name) for child in self._children]
                if self._options.scenario and self._options.devices:
                    tasks.append(group.create_task(self._play_scenario(), name="scenario"))
                tasks.append(group.create_task(self._announce(), name="announce"))
                await self._stop.wait()
                for child in reversed(self._children):
                    await child.stop()
                for task in tasks:
                    task.cancel()
        except* HouseError as group_of_failures:
            failures.extend(error for error in group_of_failures.exceptions if isinstance(error, HouseError))
        if failures:
            await asyncio.gather(*(child.stop() for child in self._children))
            raise failures[0]
        return 0

    @property
    def _ingest_token(self) -> Path:
        return self._options.data_dir / "secrets" / "ingest.token"

    @property
    def _viewer_token(self) -> Path:
        return self._options.data_dir / "secrets" / "viewer.token"

    @property
    def _logs(self) -> Path:
        return self._options.data_dir / "logs"

    def _add_broker(self) -> tuple[dict[str, str], str]:
        kind = self._options.broker
        if "://" in kind:
            return {"MQTT_BROKER": kind}, f"your broker {kind}"
        program: BrokerProgram = choose(kind, self._options.data_dir / "broker")
        self._children.append(Child("broker", program.argv, {}, self._logs, self._clock))
        address = f"127.0.0.1:{program.port}"
        return {"MQTT_BROKER": address, "MQTT_PROTOCOL": program.protocol}, f"{program.name} on {address}"

    def _add_programs(self, broker_env: dict[str, str]) -> None:
        options, data_dir = self._options, self._options.data_dir.resolve()
        vigie = (sys.executable, "-m", "vigie")
        server = (*vigie, "server", "--host", options.host, "--port", str(options.port))
        # Whoever makes the first account locks the server: the house's own programs must not be locked out.
        for token in (self._ingest_token, self._viewer_token):
            read_or_make(token)
        ingest, viewer = str(self._ingest_token.resolve()), str(self._viewer_token.resolve())
        tokens = {"VIGIE_INGEST_TOKEN_FILE": ingest, "VIGIE_VIEWER_TOKEN_FILE": viewer}
        self._add("server", server, {**tokens, "VIGIE_DATA": str(data_dir / "server")})
        to_server = {"BACKEND_URL": options.url, "BACKEND_TOKEN_FILE": ingest}
        self._add("bridge", (*vigie, "bridge"), {**broker_env, **to_server, "VIGIE_DATA": str(data_dir / "bridge")})
        for index, device_id in enumerate(options.device_ids):
            folder = data_dir / "agents" / device_id
            configuration = _write_agent_configuration(folder, device_id, index)
            argv = (*vigie, "agent", "--simulate", "--config", str(configuration))
            self._add(device_id, argv, {**broker_env, "DEVICE_ID": device_id, "VIGIE_DATA": str(folder)})

    def _add(self, name: str, argv: tuple[str, ...], env: dict[str, str]) -> None:
        self._children.append(Child(name, argv, env, self._logs, self._clock))

    async def _announce(self) -> None:
        """Prints the one line once everything answers; gives up loudly when a program cannot start."""
        deadline = self._clock.monotonic() + READY_TIMEOUT_S
        missing, token = "server", read_or_make(self._viewer_token)
        while self._clock.monotonic() < deadline:
            if broken := next((child for child in self._children if child.failed_starts >= _GIVE_UP_AFTER), None):
                words = broken.last_words[-1] if broken.last_words else "it says nothing"
                raise HouseError(f"{broken.name} does not start: {words} (all of it: {self._logs / broken.name}.log)")
            missing = await asyncio.to_thread(_what_is_missing, self._options.url, token, self._options.device_ids)
            if not missing:
                for child in self._children:
                    child.is_heard = True
                self._is_up.set()
                print(f"vigie is up: {self._options.url}", flush=True)
                self._show_set_up_link()
                return
            await self._clock.sleep(_POLL_S)
        raise HouseError(f"{missing} does not answer after {READY_TIMEOUT_S:g} s; see {self._logs}")

    def _show_set_up_link(self) -> None:
        """Where the network can reach the server and nobody has an account: all that answers is the page that makes one."""
        with contextlib.suppress(FileNotFoundError):
            link = (self._options.data_dir / "server" / "set-up-link").read_text(encoding="utf-8").strip()
            print(f"nobody has an account yet; make the first one: {link}", file=sys.stderr, flush=True)

    async def _play_scenario(self) -> None:
        from vigie.testing.scenario import play

        await self._is_up.wait()  # at night the next scene is minutes away: the first one must not be missed
        await play(self._options.data_dir, self._options.device_ids, clock=self._clock, rng=random.Random())


def _write_agent_configuration(folder: Path, device_id: str, index: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "agent.toml"
    if not path.exists():
        room, motion_modes = _ROOMS[index % len(_ROOMS)], _INSIDE if index else ""
        text = _AGENT_CONFIGURATION.format(device_id=device_id, room=room, motion_modes=motion_modes)
        path.write_text(text, encoding="utf-8")
    return path


def _what_is_missing(url: str, token: str, device_ids: list[str]) -> str:
    """The first part of the house that does not answer yet, or an empty string."""
    try:
        site = _get(f"{url}/api/site", token)
        if site["bridge"] != "connected" or site["broker"] != "connected":
            return "bridge"
        states = {device["device_id"]: device["state"] for device in _get(f"{url}/api/devices", token)["devices"]}
        return next((device_id for device_id in device_ids if states.get(device_id) != "online"), "")
    except (OSError, ValueError, KeyError):
        return "server"


def _get(url: str, token: str) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy: it is our own machine
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with opener.open(request, timeout=2) as answer:
        return json.load(answer)
