"""Rules look at what happens on any Pi; each Pi acts on its own parts, in a mode in which the rule holds."""

import pytest

from tests.domain.panel import AWAY, HOME, NIGHT
from vigie.domain.alarm_model import PointCamera, SoundSiren
from vigie.domain.rules import ANY_DEVICE, Happening, Rule, effects_of, siren_for_others
from vigie.protocol.alarm import ALARM, Stage

GUARDS = frozenset({AWAY, NIGHT})
LOOK, SOUND = PointCamera("door"), SoundSiren(5.0)


def rule(device_id="raspberry-02", sensor="motion", modes=GUARDS, effects=(LOOK,)):
    return Rule(device_id=device_id, sensor=sensor, modes=frozenset(modes), effects=effects)


def triggered(**values):
    return Happening(**{"device_id": "raspberry-02", "sensor": ALARM, "stage": Stage.TRIGGERED, "mode": AWAY} | values)


@pytest.mark.parametrize(
    ("rules", "mode", "effects"),
    [
        ([rule()], AWAY, (LOOK,)),
        ([rule()], HOME, ()),
        ([rule(modes={HOME})], HOME, (LOOK,)),
        ([rule(modes={NIGHT})], AWAY, ()),
        ([rule(device_id=ANY_DEVICE)], NIGHT, (LOOK,)),
        ([rule(device_id="raspberry-03")], AWAY, ()),
        ([rule(sensor="door")], AWAY, ()),
        ([rule(effects=(SOUND, LOOK)), rule(modes={HOME}), rule(effects=(LOOK,))], AWAY, (SOUND, LOOK, LOOK)),
    ],
)
def test_a_movement_on_another_pi(rules, mode, effects):
    assert effects_of(Happening(device_id="raspberry-02", sensor="motion"), rules, mode) == effects


@pytest.mark.parametrize("stage", list(Stage))
def test_the_alarm_of_a_rule_is_a_triggered_one(stage):
    found = effects_of(triggered(stage=stage), [rule(device_id=ANY_DEVICE, sensor=ALARM)], AWAY)
    assert found == ((LOOK,) if stage is Stage.TRIGGERED else ())


@pytest.mark.parametrize(
    ("theirs", "ours", "sounds"),
    [(AWAY, AWAY, True), (AWAY, NIGHT, True), (AWAY, HOME, False), (HOME, HOME, True), (HOME, AWAY, True), (None, HOME, False)],
)
def test_every_siren_sounds_for_an_alarm_but_not_where_the_site_is_known_to_be_disarmed(theirs, ours, sounds):
    assert siren_for_others(triggered(mode=theirs), ours, 60.0) == ((SoundSiren(60.0),) if sounds else ())


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.TRIGGERED])
def test_no_siren_sounds_for_anything_else(stage):
    assert siren_for_others(triggered(stage=stage), AWAY, 60.0) == ()
    assert siren_for_others(Happening(device_id="raspberry-02", sensor="motion"), AWAY, 60.0) == ()


def test_no_siren_sounds_for_a_silent_alarm():
    assert siren_for_others(triggered(silent=True), AWAY, 60.0) == ()
