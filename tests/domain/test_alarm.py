"""The alarm's state machine: every stage and every message, and what people would be angry about."""

from dataclasses import replace

import pytest

from tests.domain.panel import AWAY, CONFIG, HOME, NIGHT, ZONES, Panel, armed, in_stage
from vigie.domain.alarm import open_zones
from vigie.domain.alarm_model import MAX_DELAY_S, Cause, Opened, PointCamera, Record, SilenceSiren, SoundSiren
from vigie.domain.zone import Filters
from vigie.protocol.alarm import Outcome, Reason, Stage, ZoneType

DISARMED, ARMING, ARMED, PENDING, TRIGGERED = Stage.DISARMED, Stage.ARMING, Stage.ARMED, Stage.PENDING, Stage.TRIGGERED


@pytest.mark.parametrize(
    ("before", "mode", "after"),
    [
        (DISARMED, HOME, DISARMED),
        (DISARMED, AWAY, ARMING),
        (DISARMED, NIGHT, ARMED),
        (ARMING, HOME, DISARMED),
        (ARMING, AWAY, ARMING),
        (ARMING, NIGHT, ARMED),
        (ARMED, HOME, DISARMED),
        (ARMED, AWAY, ARMED),
        (ARMED, NIGHT, ARMED),
        (PENDING, HOME, DISARMED),
        (PENDING, AWAY, PENDING),
        (PENDING, NIGHT, PENDING),
        (TRIGGERED, HOME, DISARMED),
        (TRIGGERED, AWAY, TRIGGERED),
        (TRIGGERED, NIGHT, TRIGGERED),
    ],
)
def test_a_mode_in_each_stage(before, mode, after):
    panel = in_stage(before)
    panel.mode(mode)
    assert (panel.stage, panel.state.mode) == (after, mode)
    assert (SilenceSiren() in panel.effects) is (mode is HOME)
    assert not any(isinstance(effect, SoundSiren) for effect in panel.effects)
    is_news = before is not after or (before is ARMED and mode is NIGHT)
    assert panel.reasons == ([Reason.MODE] if is_news else [])


def trips(zone):
    """What a detection of this zone leads to, by stage, in `surveillance` (in `active` where it is disarmed)."""
    table = {
        "window": (Outcome.NOT_GUARDED, Outcome.EXIT_DELAY, Outcome.ALARM, Outcome.ALARM, Outcome.ALARM),
        "door": (Outcome.NOT_GUARDED, Outcome.EXIT_DELAY, Outcome.ENTRY_DELAY, Outcome.ENTRY_DELAY, Outcome.ALARM),
        "hall": (Outcome.NOT_GUARDED, Outcome.EXIT_DELAY, Outcome.ALARM, Outcome.ENTRY_DELAY, Outcome.ALARM),
        "smoke": (Outcome.ALARM,) * 5,
        "beam": (Outcome.NOT_GUARDED, Outcome.EXIT_DELAY, Outcome.HOLDING, Outcome.HOLDING, Outcome.HOLDING),
        "yard": (Outcome.NOT_GUARDED, Outcome.EXIT_DELAY, Outcome.UNCONFIRMED, Outcome.UNCONFIRMED, Outcome.UNCONFIRMED),
        "mat": (Outcome.NOT_GUARDED, Outcome.EXIT_DELAY, Outcome.COUNTING, Outcome.COUNTING, Outcome.COUNTING),
    }
    return zip(Stage, table[zone], strict=True)


@pytest.mark.parametrize(
    ("zone", "stage", "outcome"),
    [(zone, *case) for zone in ("window", "door", "hall", "smoke", "beam", "yard", "mat") for case in trips(zone)],
)
def test_a_detection_in_each_stage(zone, stage, outcome):
    panel = in_stage(stage)
    mode = panel.state.mode
    decision = panel.opens(zone)
    assert (decision.outcome, decision.zone, decision.state, decision.mode) == (outcome, zone, stage, mode)
    assert decision.alert is (outcome is Outcome.ALARM)
    assert (SoundSiren(60.0) in panel.effects) is (outcome is Outcome.ALARM)
    assert panel.stage is {Outcome.ALARM: TRIGGERED, Outcome.ENTRY_DELAY: PENDING}.get(outcome, stage)
    assert decision.effects[:1] == (({"siren_s": 60.0},) if outcome is Outcome.ALARM else ())
    passed = [step["passed"] for step in decision.steps]
    assert all(passed[:-1]), "the first check that fails ends them"


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("message", ["closes", "found open", "found closed", "confirms", "peer pending", "tick", "unknown sensor"])
def test_nothing_else_changes_the_stage_or_sounds_anything(stage, message):
    panel = in_stage(stage)
    {
        "closes": lambda: panel.closes("window"),
        "found open": lambda: panel.found("smoke", is_open=True),
        "found closed": lambda: panel.found("window", is_open=False),
        "confirms": panel.confirms,
        "peer pending": lambda: panel.peer_pending(5.0),
        "tick": lambda: panel.wait(0),
        "unknown sensor": lambda: panel.opens("cellar"),
    }[message]()
    assert panel.stage is stage
    assert panel.effects == ()


@pytest.mark.parametrize(
    ("stage", "after_s", "then", "reason"),
    [
        (ARMING, 20, ARMED, Reason.EXIT_DELAY_OVER),
        (PENDING, 15, TRIGGERED, Reason.ENTRY_DELAY_OVER),
        (TRIGGERED, 60, ARMED, Reason.ALARM_TIME_OVER),
    ],
)
def test_each_delay_ends_at_its_deadline_and_not_before(stage, after_s, then, reason):
    panel = in_stage(stage)
    panel.wait(after_s - 0.001)
    assert panel.stage is stage
    panel.wait(0.001)
    assert panel.stage is then
    assert panel.reasons == [reason]


def test_an_entry_delay_that_ends_tells_its_alert_in_an_event_of_its_own():
    panel = armed()
    first = panel.opens("door")
    assert (first.outcome, first.alert) == (Outcome.ENTRY_DELAY, False)
    assert first.steps[-1] == {"check": "entry_delay", "passed": False, "delay_s": 15.0}
    assert (panel.told[-1].state, panel.told[-1].delay_s) == (PENDING, 15.0)
    panel.wait(15)
    assert SoundSiren(60.0) in panel.effects
    told = panel.told[-1]
    assert (told.state, told.previous, told.zone, told.cause) == (TRIGGERED, PENDING, "door", "event-1")
    assert (told.decision.alert, told.decision.outcome, told.decision.state) == (True, Outcome.ALARM, PENDING)


def test_disarmed_in_time_nothing_sounds_and_the_siren_is_silenced():
    panel = in_stage(PENDING)
    panel.wait(14.9)
    panel.mode(HOME, changed_by="ann", changed_from="page 192.168.1.7")
    assert panel.deeds == [SilenceSiren()]
    assert (panel.told[-1].changed_by, panel.told[-1].changed_from) == ("ann", "page 192.168.1.7")
    panel.wait(1000)
    assert panel.effects == ()


def test_a_second_door_and_arming_once_more_do_not_lengthen_an_entry_delay():
    panel = in_stage(PENDING)
    panel.wait(10)
    panel.pulses("door")
    panel.mode(NIGHT)
    assert panel.told[-1].state is PENDING
    panel.wait(5)
    assert panel.stage is TRIGGERED


def test_an_alarm_goes_on_for_as_long_as_there_are_trips_and_tells_it_before_other_sirens_end():
    panel = in_stage(TRIGGERED)
    told = len(panel.told)
    panel.wait(29)
    assert panel.pulses("window").alert
    assert len(panel.told) == told
    panel.wait(1)
    panel.pulses("window")
    assert [change.state for change in panel.told[told:]] == [TRIGGERED]
    panel.wait(59.9)
    assert panel.stage is TRIGGERED
    panel.wait(0.1)
    assert panel.stage is ARMED
    assert SilenceSiren() not in panel.effects, "it may sound for another Pi by now"


@pytest.mark.parametrize(("mode", "then"), [(HOME, DISARMED), (AWAY, ARMED)])
def test_an_alarm_of_a_24_hour_zone_ends_where_the_mode_is(mode, then):
    panel = Panel()
    panel.opens("smoke")
    if mode is not HOME:
        panel.mode(mode)
    panel.wait(60)
    assert panel.stage is then


def test_a_newer_record_of_active_silences_a_24_hour_zone():
    panel = Panel()
    panel.opens("smoke")
    panel.mode(HOME)
    assert (panel.stage, panel.deeds) == (DISARMED, [SilenceSiren()])


@pytest.mark.parametrize("stage", list(Stage))
def test_the_same_record_again_does_nothing(stage):
    panel = in_stage(stage)
    record = replace(panel.record(panel.state.mode), stamp=panel.state.stamp)
    panel.take(record)
    assert (panel.stage, panel.effects) == (stage, ())


def test_the_same_record_with_another_bypass_changes_the_bypass_and_disarms_nobody():
    panel = in_stage(TRIGGERED)
    panel.take(replace(panel.record(AWAY), stamp=panel.state.stamp, bypass=frozenset({"door"})))
    assert (panel.stage, panel.effects, panel.state.bypass) == (TRIGGERED, (), {"door"})
    panel.mode(HOME)
    panel.opens("smoke")
    panel.take(replace(panel.record(HOME), stamp=panel.state.stamp, bypass=frozenset({"door"})))
    assert (panel.stage, panel.effects) == (TRIGGERED, ())


def test_two_writers_of_one_stamp_end_in_the_mode_that_the_register_chose():
    panel = armed(NIGHT)
    panel.take(replace(panel.record(AWAY), stamp=panel.state.stamp))
    assert panel.state.mode is AWAY


@pytest.mark.parametrize(
    ("age_s", "stage", "left_s"), [(0.0, ARMING, 20.0), (12.5, ARMING, 7.5), (20.0, ARMED, None), (9e9, ARMED, None)]
)
def test_who_hears_late_has_what_is_left_of_the_exit_delay(age_s, stage, left_s):
    panel = Panel()
    panel.mode(AWAY, age_s=age_s)
    assert panel.stage is stage
    assert panel.told[-1].delay_s == left_s


def test_a_bypassed_zone_never_trips_until_the_site_was_disarmed_but_a_24_hour_zone_does():
    panel = Panel()
    panel.mode(NIGHT, bypass=("window", "smoke"))
    assert panel.opens("window").outcome is Outcome.BYPASSED
    assert panel.opens("smoke").outcome is Outcome.ALARM
    panel.mode(HOME)
    panel.mode(NIGHT)
    panel.closes("window")
    assert panel.opens("window").outcome is Outcome.ALARM


def test_a_zone_guards_in_its_modes_only():
    panel = armed(NIGHT)
    assert panel.pulses("living").outcome is Outcome.NOT_GUARDED
    panel.mode(AWAY)
    panel.wait(20)
    assert panel.pulses("living").outcome is Outcome.ALARM


def test_a_zone_open_at_the_end_of_the_exit_delay_is_told_and_guards_from_when_it_has_closed():
    panel = Panel()
    panel.mode(AWAY)
    panel.opens("window")
    panel.opens("smoke")
    panel.mode(HOME)
    panel.mode(AWAY)
    assert open_zones(panel.state, panel.config) == []
    panel.wait(20)
    assert open_zones(panel.state, panel.config) == ["window"]
    assert panel.opens("window").outcome is Outcome.NOT_CLOSED_YET
    panel.closes("window")
    assert open_zones(panel.state, panel.config) == []
    assert panel.opens("window").outcome is Outcome.ALARM


def test_a_bypassed_zone_that_is_open_is_no_trouble():
    panel = Panel()
    panel.found("window", is_open=True)
    panel.mode(NIGHT, bypass=("window",))
    assert open_zones(panel.state, panel.config) == []


@pytest.mark.parametrize(("remaining_s", "outcome"), [(7.0, Outcome.ENTRY_DELAY), (0.0, Outcome.ALARM)])
def test_a_follower_waits_for_another_pis_entry_delay(remaining_s, outcome):
    panel = armed()
    panel.peer_pending(remaining_s)
    assert panel.opens("hall").outcome is outcome
    panel.wait(remaining_s)
    assert panel.stage is TRIGGERED


def test_a_follower_does_not_wait_longer_than_another_pi_could_or_after_it_has_alarmed():
    panel = armed()
    panel.peer_pending(1e9)
    panel.opens("hall")
    assert panel.state.deadline == panel.now + MAX_DELAY_S
    panel = armed()
    panel.peer_pending(30.0)
    panel.peer_pending(0.0)
    assert panel.opens("hall").outcome is Outcome.ALARM


def test_a_door_here_does_not_lengthen_the_entry_delay_of_another_pi():
    panel = armed()
    panel.peer_pending(4.0)
    panel.opens("door")
    assert panel.state.deadline == panel.now + 4.0


def test_an_entry_delay_told_again_says_what_is_left_of_it():
    zones = {**ZONES, "gate": replace(ZONES["door"], sensor="gate", filters=Filters(hold_s=2.0))}
    panel = armed(zones=zones)
    panel.opens("door")
    panel.wait(8)
    panel.opens("gate")
    panel.wait(2)
    assert (panel.told[-1].reason, panel.told[-1].state, panel.told[-1].delay_s) == (Reason.HELD, PENDING, 5.0)


def test_a_held_detection_becomes_an_alarm_of_its_own_event():
    panel = armed()
    assert panel.opens("beam").outcome is Outcome.HOLDING
    panel.wait(2)
    told = panel.told[-1]
    assert (told.reason, told.zone, told.cause, told.decision.alert) == (Reason.HELD, "beam", "event-1", True)
    assert SoundSiren(60.0) in panel.effects


def test_a_confirmed_detection_becomes_an_alarm_of_its_own_event():
    panel = armed()
    panel.pulses("yard")
    panel.wait(29)
    panel.confirms()
    assert (panel.told[-1].reason, panel.told[-1].cause, panel.told[-1].decision.alert) == (Reason.CONFIRMED, "event-1", True)
    panel.confirms()
    assert panel.effects == ()


@pytest.mark.parametrize("zone", ["yard", "beam", "mat"])
def test_what_waited_when_the_site_was_disarmed_alarms_nobody_after_the_next_arming(zone):
    panel = armed()
    panel.opens(zone)
    panel.mode(HOME)
    if zone == "mat":
        panel.closes(zone)
    panel.mode(NIGHT)
    panel.confirms()
    panel.wait(5)
    assert panel.stage is ARMED
    assert zone != "mat" or panel.opens("mat").outcome is Outcome.COUNTING


def test_the_hold_of_a_24_hour_zone_outlives_a_change_of_the_mode():
    panel = armed(zones={"smoke": replace(ZONES["smoke"], filters=Filters(hold_s=5.0))})
    panel.opens("smoke")
    panel.mode(HOME)
    panel.wait(5)
    assert panel.stage is TRIGGERED


def test_a_silent_zone_sounds_nothing_here_and_says_so_to_the_others():
    panel = armed()
    assert panel.opens("panic").effects == ({"record_s": 30.0},)
    assert panel.deeds == [Record(30.0)]
    assert panel.told[-1].silent
    panel.pulses("window")
    assert panel.deeds == [SoundSiren(60.0), PointCamera("garden")]
    assert (panel.told[-1].state, panel.told[-1].silent) == (TRIGGERED, False)


def test_a_silent_trip_in_a_loud_alarm_leaves_it_a_loud_one_over_a_restart():
    panel = in_stage(TRIGGERED)
    panel.closes("panic")
    panel.opens("panic")
    assert panel.state.cause.zone == "window"


def test_the_camera_looks_from_the_first_moment_of_an_entry_delay():
    panel = armed(zones={"door": replace(ZONES["door"], preset="entrance", record_s=30.0)})
    decision = panel.opens("door")
    assert panel.deeds == [PointCamera("entrance"), Record(30.0)]
    assert decision.effects == ({"preset": "entrance"}, {"record_s": 30.0})


@pytest.mark.parametrize(("own_s", "outcome"), [(0.0, Outcome.ALARM), (3.0, Outcome.ENTRY_DELAY)])
def test_a_zone_may_have_an_entry_delay_of_its_own(own_s, outcome):
    panel = armed(zones={"door": replace(ZONES["door"], entry_delay_s=own_s)})
    assert panel.opens("door").outcome is outcome


def test_a_late_tick_acts_upon_all_that_was_due_and_the_detection_then_counts_as_of_now():
    panel = in_stage(ARMING)
    panel.now += 1000
    decision = panel.opens("window")
    assert (decision.outcome, decision.state) == (Outcome.ALARM, ARMED)
    assert panel.reasons == [Reason.EXIT_DELAY_OVER, Reason.TRIP]


def test_a_sensor_that_is_no_zone_has_no_decision():
    panel = Panel(replace(CONFIG, zones={"x": replace(ZONES["smoke"], sensor="x", type=ZoneType.ALWAYS)}))
    assert panel.take(Opened(Cause(zone="door", event_id="1", event_type="door_opened"))) is None
