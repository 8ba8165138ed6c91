"""Says why, where no machine can be booted: these tests were asked for, and never pass by being left out."""

import pytest

from tests.machines.machine import can_run


@pytest.fixture(scope="session", autouse=True)
def _can_run() -> None:
    if reason := can_run():
        pytest.fail(f"no machines can be booted here: {reason}")
