"""The siren is on for as long as it is asked to be, and never longer than its limit at a time."""

import pytest
from gpiozero.pins.mock import MockFactory

from vigie.agent.settings import SirenSettings
from vigie.agent.siren import Siren
from vigie.agent.states import StateBoard
from vigie.protocol.commands import SirenCommand
from vigie.protocol.errors import BadCommand

LIMIT_S = 180.0


@pytest.fixture
async def siren(clock):
    siren = Siren(SirenSettings(max_duration_s=LIMIT_S), MockFactory(), clock, StateBoard("raspberry-01"))
    yield siren
    siren.close()


def left_s(siren, clock):
    return siren._off_at - clock.monotonic()


async def test_a_short_wish_does_not_end_a_long_one_and_a_long_one_prolongs_a_short_one(siren, clock):
    siren.sound_at_least(60.0)
    siren.sound_at_least(5.0)
    assert left_s(siren, clock) == 60.0
    clock.turn(30.0)
    siren.sound_at_least(60.0)
    assert left_s(siren, clock) == 60.0


async def test_trip_after_trip_does_not_sound_it_beyond_its_limit_but_the_next_one_does_again(siren, clock):
    for _ in range(10):
        siren.sound_at_least(60.0)
        clock.turn(17.0)
    siren.sound_at_least(60.0)
    assert left_s(siren, clock) == LIMIT_S - 170.0
    clock.turn(10.0)
    siren.sound_at_least(60.0)
    assert left_s(siren, clock) == 60.0


async def test_a_command_begins_anew(siren, clock):
    for _ in range(2):
        answer, act = siren.prepare(SirenCommand(action="on", duration_s=600))
        act()
        assert (answer["duration_s"], left_s(siren, clock)) == (LIMIT_S, LIMIT_S)
        clock.turn(50.0)
    siren.prepare(SirenCommand(action="off"))[1]()
    assert not siren.sounds


async def test_what_sounds_for_an_alarm_is_ended_and_shortened_by_no_command_but_by_disarming(siren, clock):
    _, act = siren.prepare(SirenCommand(action="off"))
    siren.sound_at_least(60.0)
    act()
    with pytest.raises(BadCommand, match="disarm the site"):
        siren.prepare(SirenCommand(action="off"))
    siren.prepare(SirenCommand(action="on", duration_s=1))[1]()
    assert left_s(siren, clock) == 60.0
    siren.prepare(SirenCommand(action="on", duration_s=90))[1]()
    assert left_s(siren, clock) == 90.0
    siren.silence()
    assert siren.prepare(SirenCommand(action="off"))[0] == {}
