"""Which events open an alert: the Pi's decision comes first, whatever else an event says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.alerts import Grounds, grounds_of
from vigie.protocol.states import Mode

ALARM = {"outcome": "alarm", "alert": True, "zone": "motion", "mode": "night", "state": "armed", "steps": [], "effects": []}
COUNTING = ALARM | {"outcome": "counting", "alert": False}
HELD: dict[str, Any] = {
    "state": "triggered",
    "reason": "held",
    "zone": "hall",
    "location": "entrance",
    "cause_type": "motion_detected",
}
JUDGED = Grounds("motion", "motion_detected", "", is_decided=False)


def test_a_detection_whose_pi_decided_for_an_alarm_opens_an_alert_in_the_mode_of_the_decision():
    grounds = grounds_of("hall", "motion_detected", {"location": "entrance", "decision": ALARM})
    assert grounds == Grounds("hall", "motion_detected", "entrance", is_decided=True, mode=Mode.NIGHT)


@pytest.mark.parametrize("decision", [COUNTING, {"outcome": "cooldown"}, {"alert": False}])
def test_a_detection_whose_pi_decided_otherwise_opens_none(decision):
    assert grounds_of("motion", "motion_detected", {"decision": decision}) is None


def test_a_detection_without_a_decision_is_judged_by_the_site():
    assert grounds_of("motion", "motion_detected", {}) == JUDGED


@pytest.mark.parametrize("type_", ["motion_ended", "humidity", "alarm", "trouble", "gap"])
def test_what_is_no_detection_opens_none(type_):
    assert grounds_of("x", type_, {}) is None


def test_what_was_decided_later_is_an_alert_of_the_zone_behind_it():
    grounds = grounds_of("alarm", "alarm", HELD | {"decision": ALARM})
    assert grounds == Grounds("hall", "motion_detected", "entrance", is_decided=True, mode=Mode.NIGHT)


def test_a_change_of_the_alarm_that_no_decision_made_is_history_only():
    assert grounds_of("alarm", "alarm", HELD) is None
    assert grounds_of("alarm", "alarm", HELD | {"decision": COUNTING}) is None


@pytest.mark.parametrize("broken", [{"zone": "../x", "cause_type": "A B"}, {"zone": 7, "cause_type": None}, {}])
def test_an_alarm_that_names_no_zone_is_an_alert_all_the_same(broken):
    grounds = grounds_of("alarm", "alarm", {"decision": ALARM} | broken)
    assert grounds == Grounds("alarm", "alarm", "", is_decided=True, mode=Mode.NIGHT)


@pytest.mark.parametrize("mode", [None, "party", 3, ["night"]])
def test_an_alarm_in_a_mode_that_nobody_knows_is_one_in_the_mode_of_the_site(mode):
    grounds = grounds_of("motion", "motion_detected", {"decision": ALARM | {"mode": mode}})
    assert grounds is not None
    assert (grounds.is_decided, grounds.mode) == (True, None)


@pytest.mark.parametrize("unreadable", [None, True, "alarm", [], [ALARM], {}, {"alert": "yes"}, {"alert": 1}, {"outcome": 3}])
def test_a_decision_that_cannot_be_read_is_none(unreadable):
    assert grounds_of("motion", "motion_detected", {"decision": unreadable}) == JUDGED


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(
    st.sampled_from(["motion_detected", "motion_ended", "alarm", "trouble"]),
    st.fixed_dictionaries({}, optional=dict.fromkeys(("decision", "zone", "cause_type", "location"), anything))
    | st.fixed_dictionaries(
        {"decision": st.fixed_dictionaries({}, optional=dict.fromkeys(("alert", "mode", "outcome"), anything))}
    ),
)
def test_no_details_of_any_shape_raise(type_, details):
    grounds = grounds_of("alarm", type_, details)
    assert grounds is None or (len(grounds.sensor) <= 32 and len(grounds.type) <= 64 and len(grounds.location) <= 200)
