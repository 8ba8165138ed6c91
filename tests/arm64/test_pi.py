"""The user land of a 64-bit Pi, Debian 12 and 13: the lock installs from wheels, and an event goes from the pin to the history."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import vigie
from tests.agent.running import listener
from tests.arm64.user_land import UserLand
from tests.brokers import RunningBroker
from tests.lock import Machine
from tests.machines.base import ROOT, debian, wheels_for
from tests.waiting import wait_until
from vigie.deploy.broker import free_port
from vigie.testing.trigger import SOCKET_NAME

DEVICE = "raspberry-01"
DATA = "/var/lib/vigie"
EXTRAS = ("agent", "bridge", "server", "provision")
CONSTRAINTS = ROOT / "src" / "vigie" / "deploy" / "constraints.txt"
SLOWLY = 120  # seconds: each instruction is emulated
RELEASES = {"bookworm": "3.11", "trixie": "3.13"}


@dataclass
class Pi:
    land: UserLand
    python: str
    broker: RunningBroker
    logs: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def install(self, *extras: str) -> None:
        wheel = f"vigie[{','.join(extras)}]=={vigie.__version__}"
        self.land.install("--constraint", "/tmp/constraints.txt", wheel)

    def start(self, program: str, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        settings |= {"MQTT_BROKER": self.broker.address, "VIGIE_DATA": f"{DATA}/{program}"}
        self.running.append(self.land.start("vigie", program, *arguments, log=self.logs / f"{program}.log", **settings))
        return self.running[-1]

    def log(self, program: str) -> str:
        return (self.logs / f"{program}.log").read_text()

    def trigger(self) -> dict[str, Any]:
        """Somebody walks by: the event that the agent has accepted."""
        said = self.land.run("vigie", "trigger", DEVICE, "motion", "--data", f"{DATA}/agent", within_s=SLOWLY)
        return dict(json.loads(said.splitlines()[0]))

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.wait(10)


@pytest.fixture(scope="module", params=RELEASES)
def pi(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pi]:
    """With a venv that the agent is installed in, as on a Pi that only watches."""
    python = RELEASES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    tree = debian(request.param, ("python3", "python3-venv"), "--architectures=arm64")
    land = UserLand(tree, folder / "land", wheels=wheels_for(Machine(python, "aarch64"), EXTRAS))
    broker = RunningBroker("mosquitto", folder / "broker", port=free_port())
    pi = Pi(land, python, broker, folder)
    try:
        (land.root / "tmp" / "constraints.txt").write_text(CONSTRAINTS.read_text())
        land.make_venv()
        pi.install("agent")
        yield pi
    finally:
        pi.end()
        broker.stop()
        land.remove()


@pytest.fixture(scope="module")
def agent(pi: Pi) -> subprocess.Popen[bytes]:
    """On simulated pins, ready."""
    process = pi.start("agent", "--simulate", DEVICE_ID=DEVICE)
    ready = pi.land.root / DATA.lstrip("/") / "agent" / SOCKET_NAME
    wait_until(lambda: ready.exists() or process.poll() is not None, "the agent guards", within_s=SLOWLY)
    assert process.poll() is None, pi.log("agent")
    return process


def test_it_is_an_arm64_of_this_python(pi: Pi) -> None:
    asked = "import platform, sys; print(platform.machine(), *sys.version_info[:2], sep='.')"
    assert pi.land.run("python", "-c", asked).strip() == f"aarch64.{pi.python}"


def test_the_agent_installs_from_wheels_alone(pi: Pi) -> None:
    assert pi.land.run("vigie", "--version").split()[-1] == vigie.__version__
    assert "No broken requirements" in pi.land.run("python", "-m", "pip", "check", within_s=SLOWLY)


def test_the_way_to_the_pins_is_a_wheel_up_to_python_3_12(pi: Pi) -> None:
    """From 3.13 on it comes from the archive of Raspberry Pi OS: neither PyPI nor Debian has one."""
    loading = "try:\n import gpiozero.pins.lgpio\nexcept ImportError as error:\n print(error.name)"
    assert pi.land.run("python", "-c", loading, LG_WD="/tmp").strip() == ("lgpio" if pi.python == "3.13" else "")


async def test_an_event_of_the_agent_reaches_the_broker(pi: Pi, agent: subprocess.Popen[bytes]) -> None:
    async with listener(pi.broker.address) as heard:
        accepted = pi.trigger()
        [seen, *_] = await heard.wait_for(f"sensors/{DEVICE}/motion", within_s=SLOWLY)
    assert (seen["meta"]["stream_id"], seen["meta"]["seq"]) == (accepted["stream_id"], accepted["seq"])


def test_an_event_goes_through_bridge_and_server_into_the_history(pi: Pi, agent: subprocess.Popen[bytes]) -> None:
    pi.install(*EXTRAS)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = pi.start("server", "--port", str(port))
    wait_until(lambda: _answers(url) or server.poll() is not None, "the server answers", within_s=SLOWLY)
    assert server.poll() is None, pi.log("server")
    pi.start("bridge", BACKEND_URL=url)
    accepted = pi.trigger()
    wait_until(
        lambda: accepted["id"] in [event["id"] for event in _get(url, "/api/events?after=0&limit=1000")["events"]],
        f"the event is in the history\n{pi.log('bridge')}",
        within_s=SLOWLY,
    )


def _answers(url: str) -> bool:
    try:
        return bool(_get(url, "/healthz"))
    except OSError:
        return False


def _get(url: str, path: str) -> Any:
    with urllib.request.urlopen(url + path, timeout=20) as answer:
        return json.load(answer)
