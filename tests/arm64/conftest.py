"""Says why, where no arm64 program can be run: these tests were asked for, and never pass by being left out."""

import pytest

from tests.arm64.user_land import can_run


@pytest.fixture(scope="session", autouse=True)
def _can_run() -> None:
    if reason := can_run(emulated=True):
        pytest.fail(f"no arm64 programs can be run here: {reason}")
