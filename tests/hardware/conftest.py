"""Fixtures of the guest: a Pi's header, an agent on it. Outside of a guest every test fails: asked for, they never pass unseen."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.brokers import RunningBroker
from tests.hardware.cameras import LOOP, WEBCAM
from tests.hardware.guest import RIG
from tests.hardware.installation import InstalledAgent, InstalledHub
from tests.hardware.simulated_pins import CONFIG, SimulatedChip

Figures = Callable[[str], None]


_DRIVERS = {"gpio-sim": CONFIG, "vivid": WEBCAM, "v4l2loopback": LOOP}


@pytest.fixture(scope="session", autouse=True)
def _in_the_guest() -> None:
    if RIG not in os.environ:
        pytest.fail("these tests run in a guest with simulated hardware: make test-hardware")
    if missing := [name for name, path in _DRIVERS.items() if not path.exists()]:
        pytest.fail(f"the guest's kernel lacks {', '.join(missing)}: what does scripts/hardware-kernel.sh say?")


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figures:
    """Keeps what was measured, to be told when all is over."""

    def keep(text: str) -> None:
        with (Path(os.environ[RIG]) / "figures").open("a") as file:
            file.write(f"  {request.node.name}: {text}\n")

    return keep


@pytest.fixture
def header() -> Iterator[SimulatedChip]:
    """The pins of a Pi 4."""
    with SimulatedChip() as chip:
        yield chip


@pytest.fixture
def agent_with(tmp_path: Path, mosquitto: RunningBroker) -> Iterator[Callable[[str], InstalledAgent]]:
    """An agent with this configuration, on the test's Mosquitto; it has to be started."""
    made: list[InstalledAgent] = []

    def make(configuration: str) -> InstalledAgent:
        made.append(InstalledAgent(tmp_path, mosquitto.address, configuration))
        return made[-1]

    yield make
    for agent in made:
        agent.stop()


@pytest.fixture
def hub(tmp_path: Path, mosquitto: RunningBroker) -> Iterator[InstalledHub]:
    hub = InstalledHub(tmp_path, mosquitto)
    yield hub
    hub.stop()
