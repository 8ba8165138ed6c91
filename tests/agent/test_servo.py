"""The servo task on a fake clock: pulses only while it moves, states not too often, and nothing at start or at the end."""

import asyncio

import pytest

from vigie.agent.pwm import PwmError
from vigie.agent.servo import Servo
from vigie.agent.settings import ServoSettings
from vigie.protocol.commands import ServoCommand


class RecordingDriver:
    name = "recorder"

    def __init__(self):
        self.pulses, self.stops, self.closed, self.broken = [], 0, False, False

    def pulse(self, width_us):
        if self.broken:
            raise PwmError("pwm0: refused")
        self.pulses.append(width_us)

    def stop(self):
        self.stops += 1

    def close(self):
        self.closed = True


class RecordingBoard:
    def __init__(self):
        self.states = []

    def put(self, part, body):
        assert part == "servo"
        if not self.states or self.states[-1] != body:
            self.states.append(body)


class Mount:
    """A servo with its recorders, running."""

    def __init__(self, clock, faults, *, start_deg=0.0, **settings):
        self.clock, self.driver, self.board = clock, RecordingDriver(), RecordingBoard()
        self.arrivals = []
        self.servo = Servo(ServoSettings(**settings), self.driver, clock, self.board, faults, start_deg=start_deg)
        self.servo.on_arrival = self.arrivals.append
        self.task = asyncio.ensure_future(self.servo.run())

    async def command(self, **body):
        result, act = self.servo.prepare(ServoCommand.model_validate(body))
        act()
        await self.clock.advance(0)
        return result


@pytest.fixture
async def mount(clock, faults):
    made = []

    def make(**settings):
        made.append(Mount(clock, faults, **settings))
        return made[-1]

    yield make
    for one in made:
        one.task.cancel()


async def test_it_sends_nothing_at_start(mount, clock):
    one = mount(start_deg=30.0)
    await clock.advance(5)
    assert one.driver.pulses == []
    assert one.board.states[-1]["angle_deg"] == 30


async def test_a_move_is_slewed_published_and_then_silent(mount, clock):
    one = mount()
    assert await one.command(angle_deg=60) == {"angle_deg": 60}
    await clock.advance(1.1)
    widths = one.driver.pulses
    assert widths == sorted(widths)
    assert widths[-1] == pytest.approx(2100)
    assert one.arrivals == [60]
    assert one.driver.stops == 0
    await clock.advance(1.0)
    assert one.driver.stops == 1
    sent = len(widths)
    await clock.advance(10)
    assert len(one.driver.pulses) == sent
    assert one.board.states[-1]["angle_deg"] == 60
    assert not one.board.states[-1]["moving"]


async def test_states_come_at_most_five_times_a_second_while_it_moves(mount, clock):
    one = mount()
    await one.command(angle_deg=60)
    before = len(one.board.states)
    await clock.advance(0.99)
    assert len(one.board.states) - before <= 5


@pytest.mark.parametrize(("inverted", "width_us"), [(False, 1050), (True, 1950)])
async def test_pulses_follow_the_calibration(mount, clock, inverted, width_us):
    one = mount(inverted=inverted)
    await one.command(angle_deg=-45)
    await clock.advance(2)
    assert one.driver.pulses[-1] == pytest.approx(width_us)


async def test_a_refused_pulse_is_a_fault_and_the_servo_goes_on_trying(mount, clock, faults):
    one = mount()
    one.driver.broken = True
    await one.command(angle_deg=10)
    await clock.advance(0.5)
    assert faults.names() == ("servo",)
    one.driver.broken = False
    await one.command(angle_deg=20)
    await clock.advance(2)
    assert faults.names() == ()
    assert one.driver.pulses[-1] == pytest.approx(1700)


async def test_closing_ends_the_pulses(mount, clock):
    one = mount()
    await one.command(angle_deg=60)
    await clock.advance(0.2)
    one.task.cancel()
    one.servo.close()
    assert one.driver.stops == 1
    assert one.driver.closed


async def test_an_angle_from_before_narrower_limits_is_brought_inside(mount):
    assert mount(start_deg=80.0, max_angle_deg=45).board.states[-1]["angle_deg"] == 45
