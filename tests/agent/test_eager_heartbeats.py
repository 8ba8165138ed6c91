"""When heartbeats come: each beat, soon after new events, and often while events wait and nobody acknowledges."""

import asyncio

import pytest

from tests.agent.test_event_log import draft
from vigie.agent.event_log import EventLog
from vigie.agent.health import Machine, WallClock
from vigie.agent.heartbeat import Pulse
from vigie.agent.states import StateBoard
from vigie.protocol.states import Ack


class Line:
    """A broker that notes when heartbeats came."""

    def __init__(self, clock):
        self._clock, self.times = clock, []

    async def publish(self, _topic, _payload, *, qos):
        assert qos == 0
        self.times.append(self._clock.monotonic() - 1000)


@pytest.fixture
async def beating(tmp_path, clock, faults):
    """A device that has been connected for twenty seconds: its log, and the times of its heartbeats from then on."""
    log = EventLog(tmp_path, faults, clock)
    log.start()
    wall = WallClock(clock, lambda: True)
    machine = Machine(tmp_path, tmp_path)
    board = StateBoard("pi")
    pulse = Pulse("pi", "boot", clock=clock, wall=wall, machine=machine, event_log=log, faults=faults, board=board)
    log.on_accepted.append(lambda _event: pulse.hurry())
    line = Line(clock)
    task = asyncio.ensure_future(pulse.run(line))
    await clock.advance(22)
    yield log, line
    task.cancel()
    log.close()


async def accept(log, clock):
    log.accept(draft(1))
    await log.flush()
    await clock.advance(0)


async def test_after_a_lively_start_there_is_one_heartbeat_in_each_beat(beating, clock):
    _, line = beating
    assert [time for time in line.times if time < 10] == [0, 1, 2, 3, 4, 5]
    await clock.advance(20)
    assert [time for time in line.times if time >= 10] == [10, 20, 30, 40]


async def test_while_nobody_acknowledges_an_event_heartbeats_ask_for_it_every_two_seconds(beating, clock):
    log, line = beating
    await accept(log, clock)
    await clock.advance(9)
    assert [time for time in line.times if time > 20] == [22, 24, 26, 28, 30]
    await log.acknowledge(Ack(stream_id=log.stream_id, through_seq=1))
    await clock.advance(20)
    assert [time for time in line.times if time > 30] == [32, 40, 50]


async def test_a_bridge_that_acknowledges_is_not_asked_again_at_once(beating, clock):
    log, line = beating
    await accept(log, clock)
    await log.acknowledge(Ack(stream_id=log.stream_id, through_seq=0))
    await clock.advance(6)
    assert [time for time in line.times if time > 20] == [22, 27]
