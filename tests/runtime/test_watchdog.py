"""The watchdog is fed by work that comes back, on a real socket; by nothing else."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from vigie.runtime.watchdog import feed_for_ever, interval_s
from vigie.testing import FakeClock


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def heard(systemd: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(systemd.recv(100))
        except BlockingIOError:
            return found


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_how_often_systemd_wants_to_hear(environ: dict[str, str], seconds: float | None):
    assert interval_s(environ) == seconds


async def test_each_round_of_work_is_told_and_a_round_that_hangs_is_not(systemd: socket.socket):
    clock, hangs = FakeClock(), asyncio.Event()
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 4:
            await hangs.wait()

    feeding = asyncio.create_task(feed_for_ever(work, clock, {"WATCHDOG_USEC": "30000000"}))
    await clock.advance(25)
    assert heard(systemd) == [b"WATCHDOG=1"] * 3
    await clock.advance(1000)
    assert heard(systemd) == []
    hangs.set()
    await clock.advance(1)
    assert heard(systemd) == [b"WATCHDOG=1"]
    feeding.cancel()


async def test_without_a_watchdog_nothing_is_done():
    await feed_for_ever(lambda: pytest.fail("it worked"), FakeClock(), {})
