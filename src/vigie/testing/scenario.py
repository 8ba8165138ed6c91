"""A day in a simulated house: people walk past, step on mats, a pet strays, nights are quiet. Drives the agents' control
sockets, so that a newcomer sees life on the dashboard within seconds.
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vigie.runtime.clock import Clock
from vigie.testing.trigger import TriggerRefused, send_trigger

log = logging.getLogger(__name__)

FIRST_STEP_S = (1.0, 2.0)
DAY_PAUSE_S = (6.0, 25.0)
NIGHT_PAUSE_S = (60.0, 240.0)
NIGHT_HOURS = frozenset({23, 0, 1, 2, 3, 4, 5})


@dataclass(frozen=True, slots=True)
class Step:
    """`delay_s` after the step before, `sensor` of `device` is active for `active_for_s`."""

    delay_s: float
    device: str
    sensor: str
    active_for_s: float


def steps(devices: Sequence[str], rng: random.Random, hour: Callable[[], int]) -> Iterator[Step]:
    """What happens in the house, without end. The same seed and hours give the same day. `hour` is the local one, 0 to 23."""
    pause = FIRST_STEP_S
    while True:
        is_night = hour() in NIGHT_HOURS
        scene = rng.choices((_walk, _visitor, _pet), weights=(1, 0, 2) if is_night else (6, 2, 1))[0]
        for number, step in enumerate(scene(devices, rng)):
            yield step if number else Step(rng.uniform(*pause), step.device, step.sensor, step.active_for_s)
        pause = NIGHT_PAUSE_S if is_night else DAY_PAUSE_S


def _walk(devices: Sequence[str], rng: random.Random) -> Iterator[Step]:
    """Somebody goes from one Pi to another: movement, the mat, movement at the next one."""
    path = rng.sample(list(devices), k=min(2, len(devices)))
    yield Step(0.0, path[0], "motion", rng.uniform(2.0, 4.0))
    yield Step(rng.uniform(1.0, 3.0), path[0], "button", rng.uniform(0.4, 1.2))
    yield Step(rng.uniform(3.0, 6.0), path[-1], "motion", rng.uniform(2.0, 5.0))
    if rng.random() < 0.5:
        yield Step(rng.uniform(1.0, 2.0), path[-1], "button", rng.uniform(0.4, 1.2))


def _visitor(devices: Sequence[str], rng: random.Random) -> Iterator[Step]:
    """Somebody at the door: waits on the mat, shifts their weight."""
    door = devices[0]
    yield Step(0.0, door, "motion", rng.uniform(4.0, 8.0))
    yield Step(rng.uniform(0.5, 1.5), door, "button", rng.uniform(1.5, 3.0))
    yield Step(rng.uniform(3.5, 5.0), door, "button", rng.uniform(0.5, 1.5))


def _pet(devices: Sequence[str], rng: random.Random) -> Iterator[Step]:
    """Too light for a mat, warm enough for a PIR."""
    yield Step(0.0, rng.choice(list(devices)), "motion", rng.uniform(0.8, 2.0))


async def play(data_dir: Path, devices: Sequence[str], *, clock: Clock, rng: random.Random) -> None:
    """Plays `steps` on the agents below `data_dir`, for ever; an agent that is away misses its part and no more."""
    async with asyncio.TaskGroup() as group:
        for step in steps(devices, rng, lambda: clock.now().astimezone().hour):
            await clock.sleep(step.delay_s)
            group.create_task(_act(data_dir, step), name=f"{step.device} {step.sensor}")


async def _act(data_dir: Path, step: Step) -> None:
    try:
        async for event in send_trigger(data_dir, step.device, step.sensor, step.active_for_s):
            log.debug("scenario device=%s event=%s", step.device, json.dumps(event))
    except TriggerRefused as error:
        log.debug("scenario: %s", error)
