"""CONTRIBUTING's promise, kept to the letter: its example goes into one file of a copy of the package, nothing else is
touched, and agent, event log, alert rule and server follow.
"""

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, blocks
from tests.house import clean_environment
from tests.waiting import wait_until
from vigie.deploy.broker import free_port
from vigie.protocol.sensors import SENSOR_KINDS
from vigie.testing.trigger import SOCKET_NAME

Run = Callable[..., "subprocess.CompletedProcess[str]"]

_ASK_THE_CODE = """
import json
from vigie.agent.sensors import resolve
from vigie.agent.settings import SensorSettings
from vigie.domain.alerts import grounds_of

sensor = resolve("water", SensorSettings(pin=5))
print(json.dumps({
    "pull": sensor.pull, "active_high": sensor.active_high, "hold_off_s": sensor.debounce.hold_off_s, "meta_kind": sensor.meta_kind,
    "alerts": [type_ for type_ in ("water_detected", "water_gone") if grounds_of("water", type_, {})],
}))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """A copy of the package with CONTRIBUTING's example in its table of kinds."""
    examples = [block.text for block in blocks(ROOT / "CONTRIBUTING.md") if block.subject == "sensor-kind"]
    assert len(examples) == 1
    source = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "src/vigie", source / "vigie", ignore=shutil.ignore_patterns("__pycache__", "static"))
    table = source / "vigie/protocol/sensors.py"
    before, end, after = table.read_text(encoding="utf-8").partition("\n)\n\nSENSOR_KINDS")
    table.write_text(f"{before}\n{examples[0].rstrip()}{end}{after}", encoding="utf-8")
    return source


@pytest.fixture
def environment(package: Path, tmp_path: Path) -> dict[str, str]:
    settings = {"PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1", "VIGIE_DATA": str(tmp_path / "data")}
    return {**clean_environment(), **settings, "MQTT_BROKER": f"127.0.0.1:{free_port()}"}


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Starts a program of the copy; all of them are ended after the test."""
    running: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str) -> "subprocess.Popen[bytes]":
        running.append(subprocess.Popen([sys.executable, "-m", "vigie", *arguments], env=environment))
        return running[-1]

    yield run
    for process in running:
        process.terminate()
    for process in running:
        process.wait(10)


def python(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_is_not_in_the_table_yet():
    assert "water" not in SENSOR_KINDS


def test_agent_defaults_and_the_alert_rule_follow(environment):
    assert json.loads(python(environment, "-c", _ASK_THE_CODE)) == {
        "pull": "up",
        "active_high": False,
        "hold_off_s": 1.0,
        "meta_kind": None,
        "alerts": ["water_detected"],
    }


def test_a_simulated_agent_accepts_its_events(environment, start, tmp_path):
    config = tmp_path / "agent.toml"
    config.write_text('device_id = "cellar"\n[sensors.water]\npin = 5\nlocation = "cellar"\n', encoding="utf-8")
    agent = start("agent", "--simulate", "--config", str(config))
    socket = tmp_path / "data" / SOCKET_NAME
    wait_until(lambda: socket.exists() or agent.poll() is not None, "the agent's control socket")
    lines = python(environment, "-m", "vigie", "trigger", "cellar", "water", "--for", "0.1").splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["water_detected", "water_gone"]


def test_the_server_tells_dashboards_of_it(start):
    port = free_port()
    server = start("server", "--port", str(port))

    def site() -> bytes | None:
        assert server.poll() is None
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/site", timeout=5) as answer:
                return answer.read()
        except OSError:
            return None

    kinds = {kind["name"]: kind for kind in json.loads(wait_until(site, "the server answers", within_s=20))["sensor_kinds"]}
    assert kinds["water"] == {
        "name": "water",
        "active_type": "water_detected",
        "inactive_type": "water_gone",
        "label_en": "Water leak",
        "label_fr": "Fuite d'eau",
        "inactive_label_en": "Leak over",
        "inactive_label_fr": "Fin de la fuite",
        "icon": "water",
        "guards": True,
    }
