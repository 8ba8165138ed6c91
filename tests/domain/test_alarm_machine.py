"""Any order of modes, detections, closings, time, peers and restarts, beside a simple model of what may be."""

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.domain.panel import AWAY, CONFIG, HOME, NIGHT, OTHER, Panel
from vigie.domain.alarm import next_deadline, open_zones
from vigie.domain.alarm_memory import Moment, recall, write_down
from vigie.domain.alarm_model import SilenceSiren, SoundSiren
from vigie.protocol.alarm import Outcome, Reason, Stage, ZoneType

EXAMPLES = os.environ.get("VIGIE_SIMULATION_EXAMPLES")
ZONES = sorted(CONFIG.zones)
ALWAYS = {name for name, zone in CONFIG.zones.items() if zone.type is ZoneType.ALWAYS}
IN_EXIT_DELAY = 20.0
zones = st.sampled_from(["window", "door", "hall", "mat", "yard", "beam", "living", "smoke", "panic"])
seconds = st.sampled_from([0.05, 1.0, 2.0, 5.0, 15.0, 20.0, 60.0])
bypasses = st.sampled_from([frozenset(), frozenset({"window", "smoke"}), frozenset({"door", "hall"}), frozenset({"yard", "mat"})])


class Site(RuleBasedStateMachine):
    """What the model knows: the mode, what is open, what is left of the exit delay, and of each event whether it may alarm."""

    def __init__(self):
        super().__init__()
        self.panel = Panel()
        self.mode = HOME
        self.bypass = frozenset()
        self.exit_left_s = 0.0
        self.is_open = dict.fromkeys(ZONES, False)
        self.must_close = set()
        self.may_alarm = set()  # ids of detections that count, since the last disarming
        self.of_always = set()
        self.alerted = []
        self.boot = 1

    @initialize()
    def begins_at_rest(self):
        for name in ZONES:
            self.panel.found(name, is_open=False)

    def done(self, before, decision=None, *, disarmed=False):
        """What holds for every step, seen from outside."""
        after, told = self.panel.state, list(self.panel.told)
        self.panel.told.clear()
        for change in told:
            if change.state is Stage.ARMED and change.reason in {Reason.EXIT_DELAY_OVER, Reason.MODE}:
                self.must_close = {name for name in ZONES if self.is_open[name] and name not in ALWAYS}
        alerts = [decision] if decision and decision.alert else []
        alerts += [change.decision for change in told if change.decision and change.decision.alert]
        causes = [f"event-{self.panel.event_ids}"] if decision and decision.alert else []
        causes += [change.cause for change in told if change.decision and change.decision.alert]
        self.alerted += causes
        assert len(self.alerted) == len(set(self.alerted)), "one alert for one detection"
        assert set(causes) <= self.may_alarm, "a detection that counts is behind each alarm"
        loud = any(CONFIG.zones[alert.zone].siren for alert in alerts)
        assert any(isinstance(effect, SoundSiren) for effect in self.panel.effects) is loud
        assert (SilenceSiren() in self.panel.effects) is disarmed
        begun = [change for change in told if change.state is Stage.TRIGGERED and change.previous is not Stage.TRIGGERED]
        assert len(begun) <= len(alerts)
        if before.stage is Stage.PENDING and after.stage is Stage.PENDING and before.cause == after.cause:
            assert after.deadline <= before.deadline, "nothing lengthens an entry delay"
        if before.stage is Stage.PENDING and after.stage is not Stage.PENDING:
            assert begun or disarmed
        if after.stage is Stage.DISARMED:
            assert self.mode is HOME
        if before.stage is not Stage.DISARMED and after.stage is Stage.DISARMED:
            assert disarmed or told[-1].reason is Reason.ALARM_TIME_OVER

    @rule(mode=st.sampled_from([HOME, NIGHT, AWAY]), bypass=bypasses, age_s=st.sampled_from([0.0, 8.0, 500.0]))
    def somebody_sets_the_mode(self, mode, bypass, age_s):
        before, stage = self.panel.state, self.panel.stage
        if mode is HOME:
            self.may_alarm &= self.of_always
            self.exit_left_s = 0.0
        elif stage in {Stage.DISARMED, Stage.ARMING, Stage.ARMED} and mode is not self.mode:
            self.exit_left_s = max(0.0, IN_EXIT_DELAY - age_s) if mode is AWAY else 0.0
        self.mode, self.bypass = mode, frozenset() if mode is HOME else bypass
        self.panel.mode(mode, bypass=bypass, age_s=age_s)
        self.done(before, disarmed=mode is HOME)

    @rule(name=zones)
    def a_sensor_changes(self, name):
        before = self.panel.state
        self.is_open[name] = not self.is_open[name]
        if not self.is_open[name]:
            self.must_close.discard(name)
            self.panel.closes(name)
            self.done(before)
            return
        expected = self.expected(name)
        event = f"event-{self.panel.event_ids + 1}"
        if expected is None:
            self.may_alarm.add(event)
            if name in ALWAYS:
                self.of_always.add(event)
                self.exit_left_s = 0.0
        decision = self.panel.opens(name)
        if expected is not None:
            assert decision.outcome is expected
        elif name in {"window", "smoke", "panic", "living"}:
            assert decision.outcome is Outcome.ALARM
        self.done(before, decision)

    @rule(name=zones)
    def a_sensor_pulses(self, name):
        for _ in range(2):
            self.a_sensor_changes(name)

    @rule(bypass=bypasses)
    def somebody_disarms_and_arms_for_the_night(self, bypass):
        for mode in (HOME, NIGHT):
            self.somebody_sets_the_mode(mode, bypass, 0.0)

    def expected(self, name):
        """What keeps a detection from counting; None: nothing does."""
        if name in ALWAYS:
            return None
        if self.mode not in CONFIG.zones[name].modes:
            return Outcome.NOT_GUARDED
        if name in self.bypass:
            return Outcome.BYPASSED
        if name in self.must_close:
            return Outcome.NOT_CLOSED_YET
        return Outcome.EXIT_DELAY if self.exit_left_s > 0 else None

    @rule(seconds=seconds)
    def time_passes(self, seconds):
        before = self.panel.state
        self.exit_left_s -= seconds
        self.panel.wait(seconds)
        self.done(before)

    @rule()
    def another_sensor_confirms(self):
        before = self.panel.state
        self.panel.confirms(OTHER)
        self.done(before)

    @rule(remaining_s=st.sampled_from([0.0, 1.0, 12.0, 1e6]))
    def another_pi_is_pending(self, remaining_s):
        before = self.panel.state
        self.panel.peer_pending(remaining_s)
        self.done(before)
        assert self.panel.effects == ()

    @rule(off_s=seconds, clock=st.sampled_from(["same boot", "known", "unknown", "gone back"]), opens=st.none() | zones)
    def it_restarts(self, off_s, clock, opens):
        before, now, wall_ms = self.panel.state, self.panel.now, 1_790_000_000_000
        saved = Moment(f"boot-{self.boot}", now, wall_ms)
        self.boot += clock != "same boot"
        started = {
            "same boot": Moment(f"boot-{self.boot}", now + off_s, wall_ms),
            "known": Moment(f"boot-{self.boot}", 30.0, wall_ms + round(off_s * 1000)),
            "unknown": Moment(f"boot-{self.boot}", 30.0, None),
            "gone back": Moment(f"boot-{self.boot}", 30.0, wall_ms - 10**9),
        }[clock]
        if self.exit_left_s > 0:
            self.exit_left_s = self.exit_left_s - off_s if clock in {"same boot", "known"} else self.panel.state.delay_s
        self.panel.restart(saved, started)
        if clock in {"same boot", "known"}:
            self.done(before)
        else:
            assert self.panel.stage is before.stage
            assert self.panel.effects == ()
        for name in ZONES:
            self.is_open[name] = name == opens
            before = self.panel.state
            self.panel.found(name, is_open=self.is_open[name])
            assert self.panel.effects == ()
            assert self.panel.stage is before.stage
            guards = self.panel.stage not in {Stage.DISARMED, Stage.ARMING}
            self.must_close -= {name}
            self.must_close |= {name} if self.is_open[name] and guards and name not in ALWAYS else set()

    @precondition(lambda self: self.panel.stage is Stage.PENDING)
    @rule()
    def nobody_disarms(self):
        self.exit_left_s = 0.0
        self.panel.wait(self.panel.state.deadline - self.panel.now)
        self.panel.told.clear()
        self.alerted = []
        assert self.panel.stage is Stage.TRIGGERED

    @invariant()
    def nothing_is_overdue_and_a_timed_stage_has_its_deadline(self):
        state = self.panel.state
        due = next_deadline(state)
        assert due is None or due > self.panel.now
        assert (state.deadline is not None) is (state.stage in {Stage.ARMING, Stage.PENDING, Stage.TRIGGERED})
        assert state.deadline is None or state.deadline - self.panel.now <= state.delay_s + 1e-6
        assert state.mode is self.mode

    @invariant()
    def what_is_written_down_is_recalled(self):
        moment = Moment("boot", self.panel.now, None)
        text = write_down(self.panel.state, moment)
        assert write_down(recall(text, moment), moment) == text

    @invariant()
    def what_must_close_is_told(self):
        if self.panel.stage in {Stage.DISARMED, Stage.ARMING}:
            return
        guarding = {name for name in self.must_close if self.mode in CONFIG.zones[name].modes} - self.bypass
        assert set(open_zones(self.panel.state, self.panel.config)) == guarding


TestAnyOrder = Site.TestCase
TestAnyOrder.settings = settings(max_examples=int(EXAMPLES or 150), stateful_step_count=40, derandomize=not EXAMPLES)
