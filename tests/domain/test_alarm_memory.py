"""What a restart makes of the alarm: the truth table. No alarm by a restart alone, no silent disarming."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.panel import AWAY, HOME, NIGHT, Panel, in_stage
from vigie.domain.alarm import open_zones
from vigie.domain.alarm_memory import Moment, recall, write_down
from vigie.domain.alarm_model import AlarmState, Cause, SilenceSiren, SoundSiren, ZoneStatus
from vigie.protocol.alarm import Outcome, Reason, Stage
from vigie.protocol.states import Mode

DISARMED, ARMING, ARMED, PENDING, TRIGGERED = Stage
DELAYS = {ARMING: 20.0, PENDING: 15.0, TRIGGERED: 60.0}
AFTER = {ARMING: ARMED, PENDING: TRIGGERED, TRIGGERED: ARMED}
LEVELS = {"closed": False, "open": True, "unread": None}
RIGHT_MS = 1_790_000_000_000

# How the time between can be told: (boot, monotonic clock at the start, wall clock before, wall clock at the start) for a
# pause of so many seconds after the moment 1000 of the first boot.
CLOCKS = {
    "same boot": lambda off_s: ("boot-1", 1000.0 + off_s, RIGHT_MS, RIGHT_MS),
    "same boot, 1970": lambda off_s: ("boot-1", 1000.0 + off_s, None, None),
    "same boot, clock set meanwhile": lambda off_s: ("boot-1", 1000.0 + off_s, None, RIGHT_MS),
    "reboot, clock known": lambda off_s: ("boot-2", 12.0, RIGHT_MS, RIGHT_MS + round(off_s * 1000)),
    "reboot, 1970": lambda _off_s: ("boot-2", 12.0, RIGHT_MS, None),
    "reboot, was 1970": lambda _off_s: ("boot-2", 12.0, None, RIGHT_MS),
    "reboot, clock gone back": lambda _off_s: ("boot-2", 12.0, RIGHT_MS, RIGHT_MS - 10**9),
}
CAN_TELL = {"same boot", "same boot, 1970", "same boot, clock set meanwhile", "reboot, clock known"}


def restarted(stage, clock, off_s, level=False):
    """A panel that got to `stage` at the moment 1000, was written down there, and was started again."""
    panel = in_stage(stage)
    shift_s = 1000.0 - panel.now
    panel.state = shifted(panel.state, shift_s)
    boot, mono_s, wall_before, wall_now = CLOCKS[clock](off_s)
    panel.told.clear()
    panel.restart(Moment("boot-1", 1000.0, wall_before), Moment(boot, mono_s, wall_now))
    if level is not None:
        effects = panel.effects
        panel.found("window", is_open=level)
        assert panel.effects == (), "what is found at a start asks for nothing"
        panel.effects = effects
    return panel


def shifted(state, by_s):
    deadline = None if state.deadline is None else state.deadline + by_s
    return replace(state, since=state.since + by_s, deadline=deadline)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("passed", [False, True], ids=["before the deadline", "after the deadline"])
@pytest.mark.parametrize("stage", list(Stage))
def test_the_truth_table_of_a_restart(stage, passed, clock, level):
    delay_s = DELAYS.get(stage, 100.0)
    off_s = delay_s + 5 if passed else 5.0
    panel = restarted(stage, clock, off_s, LEVELS[level])
    acts = passed and clock in CAN_TELL and stage in AFTER
    assert panel.stage is (AFTER[stage] if acts else stage)
    assert SilenceSiren() not in panel.effects, "a restart disarms nobody"
    assert any(isinstance(effect, SoundSiren) for effect in panel.effects) is (acts and stage is PENDING)
    assert [change.previous for change in panel.told] == ([stage] if acts else [])
    must_close = LEVELS[level] is True and panel.stage not in {DISARMED, ARMING}
    assert open_zones(panel.state, panel.config) == (["window"] if must_close else [])
    if stage in DELAYS and not acts:
        left_s = delay_s - off_s if clock in CAN_TELL else delay_s
        assert panel.state.deadline == pytest.approx(panel.now + left_s)
        panel.wait(left_s)
        assert panel.stage is AFTER[stage]


@pytest.mark.parametrize("clock", CLOCKS)
def test_what_was_open_guards_again_from_when_it_has_closed(clock):
    panel = restarted(ARMED, clock, 5.0, True)
    assert panel.opens("window").outcome is Outcome.NOT_CLOSED_YET
    panel.closes("window")
    assert panel.opens("window").outcome is Outcome.ALARM


def test_a_zone_that_had_to_close_and_did_while_nobody_looked_guards_at_once():
    panel = Panel()
    panel.found("window", is_open=True)
    panel.mode(NIGHT)
    panel.restart(Moment("b", panel.now, None), Moment("b", panel.now + 1, None))
    panel.found("window", is_open=False)
    assert panel.opens("window").outcome is Outcome.ALARM


def test_who_had_disarmed_in_time_is_not_alarmed_by_a_restart_after_the_deadline():
    """The mode's record was on disk, the agent died before the alarm's state was."""
    panel = in_stage(PENDING)
    record = panel.record(HOME)
    panel.told.clear()
    panel.restart(Moment("b", panel.now + 1, None), Moment("b", panel.now + 1000, None), record)
    assert (panel.stage, panel.deeds) == (DISARMED, [SilenceSiren()])
    assert [change.reason for change in panel.told] == [Reason.MODE]


def test_a_mode_set_while_the_agent_was_away_is_obeyed_when_it_starts():
    panel = in_stage(DISARMED)
    panel.restart(Moment("b", panel.now, None), Moment("b", panel.now + 1, None), panel.record(AWAY, age_s=100.0))
    assert panel.stage is ARMED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"stage": "party"}',
        pytest.param("without deadline", id="pending without a deadline"),
        pytest.param("without cause", id="pending without a cause"),
        pytest.param("armed with deadline", id="armed with a deadline"),
    ],
)
def test_what_makes_no_sense_is_refused(text):
    saved = json.loads(write_down(in_stage(PENDING).state, Moment("b", 0.0, None)))
    texts = {
        "without deadline": saved | {"deadline": None},
        "without cause": saved | {"cause": None},
        "armed with deadline": saved | {"stage": "armed"},
    }
    with pytest.raises(ValueError, match=r"."):
        recall(json.dumps(texts[text]) if text in texts else text, Moment("b", 0.0, None))


names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
moments = st.builds(Moment, names, st.floats(0, 1e9), st.none() | st.integers(0, 2**52))
causes = st.builds(Cause, zone=names, event_id=names, event_type=names, location=names)


@st.composite
def states(draw):
    stage = draw(st.sampled_from(Stage))
    timed = stage in AFTER
    return AlarmState(
        stage=stage,
        mode=draw(st.sampled_from(Mode)),
        stamp=(draw(st.integers(0, 2**62)), draw(st.integers(0, 2**30)), draw(names)),
        bypass=draw(st.frozensets(names, max_size=3)),
        since=draw(st.floats(0, 1e9)),
        deadline=draw(st.floats(0, 1e9)) if timed else None,
        delay_s=draw(st.floats(0, 600)),
        cause=draw(causes if stage is PENDING else st.none() | causes),
        zones={name: ZoneStatus(must_close=True) for name in draw(st.frozensets(names, max_size=3))},
    )


@given(states(), moments)
def test_what_is_written_down_is_recalled_at_the_same_moment_as_it_was(state, moment):
    assert recall(write_down(state, moment), moment) == state


@given(states(), moments, moments)
def test_at_any_other_moment_only_the_times_differ_and_no_delay_is_longer_than_it_was_or_its_whole_length(state, before, now):
    found = recall(write_down(state, before), now)
    assert replace(found, since=state.since, deadline=state.deadline) == state
    if state.deadline is not None:
        left_s = found.deadline - now.monotonic_s
        assert left_s <= max(state.deadline - before.monotonic_s, state.delay_s) + 1e-3
