"""What a Pi makes of what it hears from others: only news, only while awake, and nothing that arrives raises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agent.arrivals import Doubts
from vigie.agent.peers import Peers, filters
from vigie.domain.alarm_model import AlarmConfig, Zone
from vigie.domain.rules import ANY_DEVICE, Rule
from vigie.domain.zone import Filters
from vigie.protocol.alarm import Stage
from vigie.runtime.mqtt import Message
from vigie.testing import FakeClock

OTHER = "raspberry-02"
META = {"v": 1, "id": "1", "stream_id": "s", "seq": 1, "boot_id": "their-boot"}
TRIGGERED = {"state": "triggered", "previous": "armed", "reason": "trip", "mode": "surveillance", "delay_s": 60.0}


class Ear:
    """`happenings` are those that were taken for news. Their clock is 500 s ahead of ours."""

    def __init__(self):
        self.clock, self.arrivals, self.happenings = FakeClock(), Doubts(), []
        self.peers = Peers("raspberry-01", self.clock, self.arrivals, self.happenings.append)

    def hear(self, sensor, body, *, age_s=0.0, retain=False, device=OTHER, has_meta=True):
        if has_meta:
            body = {**body, "meta": META | {"mono_ms": round((self.clock.monotonic() + 500 - age_s) * 1000)}}
        self.raw(f"sensors/{device}/{sensor}", json.dumps(body).encode(), retain=retain)
        return self.happenings

    def raw(self, topic, payload, *, retain=False):
        self.peers.hear(Message(topic, payload, qos=1, retain=retain, dup=False, mid=1))


@pytest.fixture
def ear():
    return Ear()


def test_a_movement_and_a_triggered_alarm_of_another_pi_are_news(ear):
    ear.hear("motion", {"state": "detected"})
    ear.hear("alarm", {**TRIGGERED, "silent": True}, age_s=4.0)
    motion, alarm = ear.happenings
    assert (motion.device_id, motion.sensor, motion.stage) == (OTHER, "motion", None)
    assert (alarm.stage, alarm.mode, alarm.silent) == (Stage.TRIGGERED, "surveillance", True)
    assert alarm.remaining_s == pytest.approx(56.0, abs=0.01)


def test_an_alarm_of_a_pi_of_a_later_version_is_heard_whatever_its_reason(ear):
    decision = {"outcome": "word of 2030", "zone": "motion", "mode": "night", "state": "armed"}
    (alarm,) = ear.hear("alarm", {**TRIGGERED, "reason": "glass_broken", "decision": decision})
    assert (alarm.stage, alarm.remaining_s) == (Stage.TRIGGERED, 60.0)


@pytest.mark.parametrize("delay_s", [-5, None])
def test_a_delay_that_is_none_keeps_nobody_waiting(ear, delay_s):
    (alarm,) = ear.hear("alarm", {**TRIGGERED, "state": "pending", "delay_s": delay_s})
    assert (alarm.stage, alarm.remaining_s) == (Stage.PENDING, 0.0)


@pytest.mark.parametrize(
    "how",
    [
        {"retain": True},
        {"device": "raspberry-01"},
        {"age_s": 10.1},
        {"age_s": 1e6},
    ],
    ids=["retained", "our own", "old", "very old"],
)
@pytest.mark.parametrize(("sensor", "body"), [("motion", {"state": "detected"}), ("alarm", TRIGGERED)])
def test_what_is_not_fresh_is_no_news(ear, sensor, body, how):
    ear.hear("motion", {"state": "ended"})  # how fast their messages come is known from here on
    assert ear.hear(sensor, body, **how) == []
    assert len(ear.hear(sensor, body, age_s=9.9)) == 1


@pytest.mark.parametrize(
    ("sensor", "body"),
    [
        ("motion", {"state": "ended"}),
        ("motion", {"state": "detected", "found_at_start": True}),
        ("motion", {"state": "party"}),
        ("doorbell", {"state": "off"}),
        ("alarm", {"state": "party"}),
        ("alarm", {}),
    ],
)
def test_what_is_no_detection_and_no_alarm_is_no_news(ear, sensor, body):
    assert ear.hear(sensor, body) == []


def test_right_after_it_has_slept_nothing_is_news(ear):
    ear.arrivals.is_awake = False
    assert ear.hear("alarm", TRIGGERED) == []


def test_a_third_partys_sensor_is_news_as_it_comes_but_only_an_agent_has_an_alarm(ear):
    assert len(ear.hear("doorbell", {}, has_meta=False)) == 1
    assert len(ear.hear("alarm", TRIGGERED, has_meta=False)) == 1


def test_while_the_broker_may_hand_out_old_news_only_what_bears_a_clock_that_is_known_is_news(ear):
    ear.hear("motion", {"state": "ended"})
    ear.arrivals.doubt = "it was frozen"
    assert ear.hear("doorbell", {}, has_meta=False) == []
    assert ear.hear("alarm", TRIGGERED, device="raspberry-03") == [], "the first that is heard of that Pi"
    assert ear.hear("alarm", TRIGGERED, device="raspberry-03") == []
    assert len(ear.hear("alarm", TRIGGERED)) == 1
    ear.arrivals.doubt = None
    assert len(ear.hear("alarm", TRIGGERED, device="raspberry-03")) == 2


def test_a_sensor_that_floods_does_not_drown_its_pis_alarm(ear):
    for _ in range(5000):
        ear.hear("motion", {"state": "detected"})
    assert len(ear.happenings) < 200
    assert ear.hear("alarm", TRIGGERED)[-1].sensor == "alarm"


def test_heartbeats_tell_who_is_there_and_how_fast_messages_come(ear):
    beat = {"boot_id": "their-boot", "beat": 150, "stream_id": None, "last_seq": 0}  # at 1500 of theirs, 1000 of ours
    ear.raw(f"heartbeats/{OTHER}", json.dumps(beat).encode())
    assert ear.peers.heard_at == {OTHER: 1000.0}
    assert ear.hear("alarm", TRIGGERED, age_s=10.1) == [], "also the first event that ever comes"


TOPICS = [f"sensors/{OTHER}/motion", f"sensors/{OTHER}/alarm", f"heartbeats/{OTHER}", "sensors/", "sensors/a/b/c", "heartbeats/"]
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["state", "previous", "reason", "mode", "delay_s", "found_at_start", "boot_id", "beat"], values),
        "meta": values | st.fixed_dictionaries({}, optional=dict.fromkeys([*META, "mono_ms", "kind"], values)),
    },
)


@given(
    st.lists(
        st.tuples(st.sampled_from(TOPICS), st.binary(max_size=20) | bodies.map(lambda body: json.dumps(body).encode())), max_size=5
    )
)
def test_nothing_that_arrives_raises(messages):
    ear = Ear()
    for topic, payload in messages:
        ear.raw(topic, payload)


def test_it_asks_for_alarms_heartbeats_and_what_its_zones_and_rules_name_and_for_nothing_of_its_own():
    zone = Zone(sensor="motion", filters=Filters(confirm_by=("raspberry-01/button", "raspberry-03/door")))
    config = AlarmConfig(zones={"motion": zone})
    rules = [
        Rule(device_id=device, sensor="motion", modes=frozenset(), effects=()) for device in (ANY_DEVICE, "raspberry-01", OTHER)
    ]
    assert filters("raspberry-01", config, rules) == [
        "heartbeats/#",
        "sensors/+/alarm",
        "sensors/+/motion",
        "sensors/raspberry-02/motion",
        "sensors/raspberry-03/door",
    ]
