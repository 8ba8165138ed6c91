"""A process that was frozen knows that what it reads next may be old."""

import asyncio

import pytest

from vigie.agent.wakefulness import ASLEEP_AFTER_S, DROWSY_FOR_S, TICK_S, Wakefulness


@pytest.fixture
async def wakefulness(clock):
    made = Wakefulness(clock)
    task = asyncio.create_task(made.run())
    await clock.advance(0)
    yield made
    task.cancel()


async def test_one_that_runs_is_awake(wakefulness, clock):
    for _ in range(100):
        await clock.advance(0.7)
        assert wakefulness.is_awake


async def test_a_loop_that_was_busy_for_a_moment_was_not_asleep(wakefulness, clock):
    clock.turn(ASLEEP_AFTER_S - TICK_S)
    assert wakefulness.is_awake
    await clock.advance(0)
    assert wakefulness.is_awake


async def test_one_that_was_frozen_is_not_awake_before_its_own_task_has_run_nor_for_a_while_after(wakefulness, clock):
    clock.turn(ASLEEP_AFTER_S + 1)
    assert not wakefulness.is_awake, "also where the message is read first"
    await clock.advance(0)
    assert not wakefulness.is_awake
    await clock.advance(DROWSY_FOR_S - 0.1)
    assert not wakefulness.is_awake
    await clock.advance(0.2)
    assert wakefulness.is_awake
