"""What a benchmark needs of a pipeline, whichever it is: its programs, a pin to pulse, what it stored."""

import asyncio
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring.programs import Program

DEVICES = ("raspberry-01", "raspberry-02")


@dataclass(frozen=True, slots=True)
class Driven:
    """An event that a program at the pins accepted. `at_s`: CLOCK_MONOTONIC, just before its pin was driven."""

    key: str
    at_s: float


class Pipeline(ABC):
    """From pins to browsers, as processes under `folder`. `programs` by role: broker, backend, bridge, and each device's id."""

    name: str
    events_per_pulse: int
    event_names: tuple[str, ...]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs: dict[str, Program] = {}
        self.url = ""

    @abstractmethod
    async def start(self) -> None:
        """Starts everything; returns when an event would reach a browser."""

    @abstractmethod
    async def pulse(self, device: str, length_s: float) -> list[Driven]:
        """Drives the movement sensor of a device once; returns the events that this made."""

    @abstractmethod
    def key_of(self, event: dict[str, Any]) -> str:
        """The event's key in the ledger, from what a browser receives."""

    @abstractmethod
    async def history(self) -> list[str]:
        """The keys of all events that the backend has, as its HTTP interface shows them."""

    def last_words(self) -> str:
        """The end of each program's log, and who has ended."""
        parts = []
        for role, program in self.programs.items():
            log = program.log.read_text(errors="replace")[-1500:] if program.log.exists() else ""
            parts.append(f"--- {role}, {'running' if program.is_running else 'ended'}\n{log}")
        return "\n".join(parts)

    def stop(self) -> None:
        for program in reversed(self.programs.values()):
            program.stop()

    async def drive(
        self, devices: Sequence[str], events_per_s: float, count: int, ledger: list[Driven] | None = None
    ) -> list[Driven]:
        """Makes `count` events, `events_per_s` over all devices together, evenly. Returns them; `ledger` gets each at once."""
        period_s = self.events_per_pulse * len(devices) / events_per_s
        offset_s = period_s / len(devices) / self.events_per_pulse
        pulses = round(count / self.events_per_pulse / len(devices))
        start_s = time.monotonic() + 0.05
        found = [] if ledger is None else ledger

        async def drive_one(device: str, first_s: float) -> None:
            for number in range(pulses):
                await asyncio.sleep(max(0.0, first_s + number * period_s - time.monotonic()))
                found.extend(await self.pulse(device, period_s / 2))

        await asyncio.gather(*(drive_one(device, start_s + index * offset_s) for index, device in enumerate(devices)))
        return found


def fetch(url: str | urllib.request.Request) -> bytes:
    """The body of an answer, never through a proxy: it is this machine. Raises `OSError`."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        body: bytes = answer.read()
        return body
