"""Fixtures of the agent's tests: agents as processes, faults, and a board, all fresh."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.agent.running import RunningAgent
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.testing import FakeClock


@pytest.fixture
def start_agent(tmp_path: Path, mosquitto) -> Iterator[Callable[..., RunningAgent]]:
    """Starts agents on the test's own Mosquitto; all of them end with the test."""
    agents: list[RunningAgent] = []

    def start(device_id: str = "raspberry-01", broker: str = mosquitto.address, **options) -> RunningAgent:
        agents.append(RunningAgent(tmp_path / device_id, broker, device_id, **options))
        return agents[-1]

    (tmp_path / "raspberry-01").mkdir()
    yield start
    for agent in agents:
        if agent.process.poll() is None:
            agent.kill()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def event_log(tmp_path: Path, faults: Faults, clock: FakeClock) -> AsyncIterator[EventLog]:
    """A real log that has begun to write."""
    log = EventLog(tmp_path, faults, clock)
    log.start()
    yield log
    log.close()
