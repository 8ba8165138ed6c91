"""A fresh server, bridge and browser per test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.running import Browser, FakeBridge, Server, bridge_on, browser_on, running_server
from vigie.testing.fake_clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """2026-11-23T19:00:00Z, until the test turns it."""
    return FakeClock()


@pytest.fixture
async def server(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Server]:
    async with running_server(tmp_path / "data", clock) as running:
        yield running


@pytest.fixture
async def bridge(server: Server) -> AsyncIterator[FakeBridge]:
    async with bridge_on(server) as connected:
        yield connected


@pytest.fixture
async def browser(server: Server) -> AsyncIterator[Browser]:
    async with browser_on(server) as connected:
        yield connected
