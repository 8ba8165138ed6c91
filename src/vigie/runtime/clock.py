"""Time, passed in. The only module that may ask the operating system what time it is."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time, monotonic time and waiting, as one thing that tests can turn by hand (`vigie.testing.FakeClock`)."""

    def now(self) -> datetime:
        """The wall clock, in UTC. May jump."""
        ...

    def monotonic(self) -> float:
        """Seconds that only go forward, within one boot of the machine."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits; zero or less yields once to the other tasks."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


async def wait_for_event(event: asyncio.Event, seconds: float, clock: Clock) -> None:
    """Returns when the event is set, or after so many seconds."""
    waker = asyncio.ensure_future(event.wait())
    sleeper = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((waker, sleeper), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waker.cancel()
        sleeper.cancel()
