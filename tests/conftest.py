"""Fixtures that every kind of test shares: a real broker, and a profile for Hypothesis that gives the same run twice."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.brokers import RunningBroker
from vigie.deploy.broker import free_port

# Derandomized: a red run is red again. Deadlines measure the machine, not the program.
settings.register_profile("vigie", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("vigie")


_LONG = ("chaos", "e2e", "simulation")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole houses first: begun last, one of them would be waited for alone."""
    items.sort(key=lambda item: item.path.parent.name not in _LONG)


@pytest.fixture(scope="module", autouse=True)
def _leaves_nothing_open() -> Iterator[None]:
    """A connection that is not closed is complained of when it is collected: here, and not in some later test."""
    yield
    gc.collect()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[RunningBroker]:
    """A fresh Mosquitto, as `vigie up` configures it, on a free port of its own."""
    broker = RunningBroker("mosquitto", tmp_path / "broker", port=free_port())
    yield broker
    broker.stop()
