"""Where the servo goes, how fast, and when it rests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vigie.domain.servo import ServoConfig, ServoPosition, aim, step, target_of
from vigie.protocol.commands import ServoCommand
from vigie.protocol.errors import BadCommand

CONFIG = ServoConfig(presets={"door": -60.0, "beyond": 120.0})


def command(**body):
    return ServoCommand.model_validate(body)


@pytest.mark.parametrize(
    ("body", "start_deg", "target_deg"),
    [
        ({"direction": "left"}, 0, -15),
        ({"direction": "right"}, 0, 15),
        ({"direction": "center"}, 70, 0),
        ({"direction": "left"}, -80, -90),
        ({"direction": "right"}, 90, 90),
        ({"angle_deg": 30}, 0, 30),
        ({"angle_deg": -90}, 0, -90),
        ({"preset": "door"}, 0, -60),
        ({"preset": "beyond"}, 0, 90),
    ],
)
def test_a_command_names_a_target(body, start_deg, target_deg):
    assert target_of(command(**body), ServoPosition(angle_deg=start_deg, target_deg=start_deg), CONFIG) == target_deg


@pytest.mark.parametrize(("body", "words"), [({"angle_deg": 91}, "outside -90..90"), ({"preset": "attic"}, "beyond, door")])
def test_a_target_out_of_reach_is_refused_with_what_is_in_reach(body, words):
    with pytest.raises(BadCommand, match=words):
        target_of(command(**body), ServoPosition(), CONFIG)


def test_steps_in_a_hurry_add_up_from_the_commanded_angle():
    position = aim(ServoPosition(), 15.0, 10.0, CONFIG)
    position = aim(position, target_of(command(direction="right"), position, CONFIG), 10.1, CONFIG)
    assert position.commanded_deg == 30.0
    assert position.target_deg == 15.0


def test_the_servo_turns_at_60_degrees_a_second():
    position = aim(ServoPosition(), 90.0, 0.0, CONFIG)
    assert step(position, 0.5, CONFIG).angle_deg == pytest.approx(30.0)
    assert step(position, 2.0, CONFIG).angle_deg == 90.0


def test_two_targets_within_half_a_second_become_the_newest_one():
    position = aim(ServoPosition(), 10.0, 0.0, CONFIG)
    position = aim(aim(position, -20.0, 0.1, CONFIG), 40.0, 0.2, CONFIG)
    assert (position.target_deg, position.pending_deg) == (10.0, 40.0)
    position = step(position, 0.5, CONFIG)
    assert (position.target_deg, position.pending_deg) == (40.0, None)


def test_pulses_stop_shortly_after_arrival_and_not_before():
    position = step(aim(ServoPosition(), 6.0, 0.0, CONFIG), 0.2, CONFIG)
    assert not position.moving
    assert step(position, 0.8, CONFIG).energised
    assert not step(position, 0.91, CONFIG).energised


def test_nothing_moves_at_start():
    position = ServoPosition(angle_deg=40.0, target_deg=40.0)
    assert step(position, 100.0, CONFIG).angle_deg == 40.0
    assert not step(position, 100.0, CONFIG).energised


class ServoMachine(RuleBasedStateMachine):
    """Any commands at any times, stepped at 50 Hz as the agent does."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.position = ServoPosition()
        self.commanded = 0.0

    @rule(body=st.sampled_from([{"direction": "left"}, {"direction": "right"}, {"direction": "center"}, {"preset": "door"}]))
    def move(self, body):
        self.commanded = target_of(command(**body), self.position, CONFIG)
        self.position = aim(self.position, self.commanded, self.now, CONFIG)

    @rule(angle_deg=st.floats(-90, 90))
    def turn_to(self, angle_deg):
        self.commanded = target_of(command(angle_deg=angle_deg), self.position, CONFIG)
        self.position = aim(self.position, self.commanded, self.now, CONFIG)

    @rule(ticks=st.integers(1, 40))
    def wait(self, ticks):
        for _ in range(ticks):
            before, self.now = self.position, self.now + 0.02
            self.position = step(before, self.now, CONFIG)
            assert abs(self.position.angle_deg - before.angle_deg) <= CONFIG.slew_deg_s * 0.02 + 1e-6

    @rule()
    def rest(self):
        """4 s reach any target from anywhere, and then the servo is left alone."""
        for _ in range(250):
            self.wait(1)
        assert self.position.angle_deg == self.commanded
        assert not self.position.energised

    @invariant()
    def stays_within_its_limits(self):
        assert -90 <= self.position.angle_deg <= 90
        assert self.position.commanded_deg == self.commanded

    @invariant()
    def is_energised_while_it_moves(self):
        assert self.position.energised or not self.position.moving


TestServoMachine = ServoMachine.TestCase


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-360, max_value=360))
def test_an_angle_is_taken_as_it_is_or_refused(angle_deg):
    try:
        assert target_of(command(angle_deg=angle_deg), ServoPosition(), CONFIG) == angle_deg
        assert abs(angle_deg) <= 90
    except BadCommand:
        assert abs(angle_deg) > 90
