"""The houses of the end-to-end tests. One quiet house serves all tests that only look; who breaks things gets a fresh one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import RunningHouse


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house in which nobody walks by; tests may add events to it but must not stop its programs."""
    house = RunningHouse(tmp_path_factory.mktemp("shared") / "data", "--no-scenario")
    yield house
    house.stop()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[RunningHouse]:
    """A fresh house of one's own, in which nobody walks by."""
    house = RunningHouse(tmp_path / "data", "--no-scenario")
    yield house
    house.stop()
