"""A clock that stands still until a test turns it."""

import asyncio
from datetime import UTC, datetime, timedelta


class FakeClock:
    """`runtime.clock.Clock` by hand: `advance` moves wall and monotonic time and wakes who slept long enough."""

    def __init__(self, *, now: datetime = datetime(2026, 11, 23, 19, 0, tzinfo=UTC), monotonic: float = 1000.0) -> None:
        self._now = now
        self._monotonic = monotonic
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (self._monotonic + seconds, woken)
        self._sleepers.append(entry)
        try:
            await woken
        finally:
            if entry in self._sleepers:
                self._sleepers.remove(entry)

    def set_wall(self, now: datetime) -> None:
        """Sets the wall clock alone, as NTP or a person would: monotonic time does not notice."""
        self._now = now

    def turn(self, seconds: float) -> None:
        """Moves time on without letting anybody run."""
        self._monotonic += seconds
        self._now += timedelta(seconds=seconds)

    async def advance(self, seconds: float) -> None:
        """Moves time on; each sleeper wakes at its own moment, in order, and runs before the next one does."""
        end = self._monotonic + seconds
        await _let_others_run()
        while due := [entry for entry in self._sleepers if entry[0] <= end]:
            moment, woken = min(due, key=lambda entry: entry[0])
            self.turn(max(0.0, moment - self._monotonic))
            self._sleepers.remove((moment, woken))
            if not woken.done():
                woken.set_result(None)
            await _let_others_run()
        self.turn(max(0.0, end - self._monotonic))
        await _let_others_run()


async def _let_others_run() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
