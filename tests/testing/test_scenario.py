"""The simulated house's day, and the clock that tests turn."""

import asyncio
import random
from itertools import islice

import pytest

from vigie.testing import FakeClock
from vigie.testing.scenario import NIGHT_PAUSE_S, play, steps

HOUSE = ["raspberry-01", "raspberry-02", "raspberry-03"]


def day(seed, hour=12, devices=HOUSE, count=200):
    return list(islice(steps(devices, random.Random(seed), lambda: hour), count))


def test_the_same_seed_gives_the_same_day():
    assert day(7) == day(7)
    assert day(7) != day(8)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("hour", [3, 12])
def test_life_begins_within_three_seconds(seed, hour):
    assert day(seed, hour)[0].delay_s <= 3


def test_a_day_has_movement_and_mats_on_every_pi():
    assert {(step.device, step.sensor) for step in day(1)} == {
        (device, sensor) for device in HOUSE for sensor in ("motion", "button")
    }


def test_nights_are_quiet():
    def events_per_hour(hour):
        found = day(1, hour)[1:]
        return len(found) / sum(step.delay_s for step in found) * 3600

    assert events_per_hour(3) * 5 < events_per_hour(12)
    assert max(step.delay_s for step in day(1, 3)) <= NIGHT_PAUSE_S[1]


def test_one_pi_is_a_house_too():
    assert {step.device for step in day(1, devices=["only-one"])} == {"only-one"}


async def test_a_house_whose_agents_are_away_plays_on(tmp_path):
    clock = FakeClock()
    playing = asyncio.create_task(play(tmp_path, HOUSE, clock=clock, rng=random.Random(1)))
    await clock.advance(600)
    assert not playing.done()
    playing.cancel()


async def test_sleepers_wake_in_order_and_each_at_its_moment():
    clock, woken = FakeClock(), []

    async def sleeper(seconds):
        await clock.sleep(seconds)
        woken.append((seconds, clock.monotonic() - 1000))
        if seconds == 1:
            await sleeper(0.5)

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (3, 1, 2)]
    await clock.advance(2.5)
    assert woken == [(1, 1), (0.5, 1.5), (2, 2)]
    await clock.advance(10)
    assert woken[-1] == (3, 3)
    await asyncio.gather(*tasks)
