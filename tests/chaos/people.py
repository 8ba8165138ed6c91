"""The people of the site: they walk past every sensor again and again, and tell the ledger what the agents answered."""

import asyncio
import random
from pathlib import Path

from tests.chaos.ledger import Ledger
from vigie.testing.trigger import TriggerRefused, send_trigger

PULSE_S = 0.02
_EVENTS_PER_PULSE = 2
_RETRY_S = 0.1


class People:
    """One walker per sensor; together about `events_per_s`. An agent that is away is asked again until it is back."""

    def __init__(self, folders: dict[str, Path], sensors: list[str], ledger: Ledger, events_per_s: float) -> None:
        self._folders = folders
        self._sensors = sensors
        self._ledger = ledger
        self._pause_s = len(folders) * len(sensors) * _EVENTS_PER_PULSE / events_per_s
        self._resting = False
        self.refusals: dict[str, int] = {}

    async def run(self) -> None:
        """Walks until cancelled, or until `rest`."""
        await asyncio.gather(*(self._walk(device, sensor) for device in self._folders for sensor in self._sensors))

    def rest(self) -> None:
        """Nobody starts another walk; those under way are finished."""
        self._resting = True

    async def press(self, device: str, times: int) -> None:
        """Somebody steps on the first sensor of a device so many times, each of them two accepted events."""
        for _ in range(times):
            while not await self._drive(device, self._sensors[0]):
                await asyncio.sleep(_RETRY_S)

    async def _walk(self, device: str, sensor: str) -> None:
        rng = random.Random(f"{device}/{sensor}")
        await asyncio.sleep(rng.uniform(0, self._pause_s))
        while not self._resting:
            done = await self._drive(device, sensor)
            await asyncio.sleep(rng.uniform(0.5, 1.5) * self._pause_s if done else _RETRY_S)

    async def _drive(self, device: str, sensor: str) -> bool:
        """Whether the agent has taken it from beginning to end; what it has accepted is in the ledger in any case."""
        try:
            async for answer in send_trigger(self._folders[device], device, sensor, PULSE_S):
                self._ledger.accepted(device, answer)
        except TriggerRefused as error:
            reason = str(error).partition(" (")[0].replace(str(self._folders[device]), "…")
            self.refusals[reason] = self.refusals.get(reason, 0) + 1
            return False
        return True
