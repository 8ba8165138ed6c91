"""The alarm's decisions, its changes and the troubles, in words; what has no words is shown as it is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.owner.logs import SEVEN, draft, write_log
from vigie.domain.zone import Filters, FilterState, detect
from vigie.owner import history, wording
from vigie.owner.wording import change_words, decision_words
from vigie.protocol.alarm import Outcome, Reason, Stage
from vigie.testing import FakeClock


def decision(outcome: str, *steps: dict[str, Any], mode: str = "surveillance") -> dict[str, Any]:
    return {"decision": {"outcome": outcome, "zone": "motion", "mode": mode, "steps": list(steps)}}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (decision("alarm"), "alarm"),
        (decision("not_guarded", mode="active"), "not alarmed: does not guard in active"),
        (decision("entry_delay", {"check": "entry_delay", "delay_s": 30.0}), "entry delay 30 s"),
        (decision("counting", {"seen": 1, "needed": 2, "within_s": 10.0}), "not alarmed: 1 of 2 within 10 s"),
    ],
)
def test_a_decision_in_words(said, words):
    assert decision_words(said) == words


@pytest.mark.parametrize(
    ("filters", "state", "words"),
    [
        (Filters(cooldown_s=60), FilterState(tripped_at=0), "not alarmed: rests for 60 s after an alarm"),
        (Filters(hold_s=2.5), FilterState(), "not alarmed yet: must last 2.5 s"),
        (Filters(pulses=3), FilterState(), "not alarmed: 1 of 3 within 10 s"),
        (Filters(confirm_by=("pi/mat",)), FilterState(), "not alarmed yet: to be confirmed within 30 s"),
    ],
)
def test_each_filter_says_what_the_words_need(filters, state, words):
    _, verdict = detect(state, filters, 1.0)
    assert verdict.outcome is not None
    assert decision_words(decision(verdict.outcome, *verdict.steps)) == words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"state": "arming", "reason": "mode", "mode": "night", "delay_s": 60.0, "changed_by": "anna", "changed_from": "page"},
            "arming in night, exit delay 60 s  by anna  from page",
        ),
        ({"state": "armed", "reason": "exit_delay_over", "mode": "night"}, "armed in night  exit delay over"),
        ({"state": "pending", "reason": "trip", "zone": "button", "delay_s": 30.0}, "entry delay 30 s  by button"),
        ({"state": "triggered", "reason": "entry_delay_over", "zone": "button"}, "alarm  entry delay over, by button"),
        ({"state": "disarmed", "reason": "mode", "changed_by": ""}, "disarmed"),
    ],
)
def test_a_change_of_the_alarm_in_words(said, words):
    assert change_words("alarm", said) == words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": "open_zone:button", "state": "began", "detail": "close it"}, "began: open_zone:button  close it"),
        ({"name": "peer_silent:pi-2", "state": "ended", "lasted_s": 12.0}, "ended: peer_silent:pi-2  after 12 s"),
    ],
)
def test_a_trouble_in_words(said, words):
    assert change_words("trouble", said) == words


def test_every_word_of_the_alarm_is_in_the_table():
    assert set(wording._DECISIONS) == set(Outcome)
    assert set(wording._STAGES) == set(Stage)
    assert set(wording._REASONS) == set(Reason)


def test_the_line_of_an_event_says_why_and_json_says_all(tmp_path, capsys):
    said = decision("not_guarded", mode="active")
    change = draft(sensor="alarm", type_="alarm", reason="mode", changed_by="anna", mode="active")
    change.body["state"] = "disarmed"
    write_log(tmp_path / "agents" / "hall", [draft(location="door", confidence=0.95, **said), change])
    assert history.run(tmp_path, {}, FakeClock(now=SEVEN), device=None, since=None, as_json=False) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("motion_detected   door  not alarmed: does not guard in active  confidence=0.95")
    assert second.endswith("alarm             disarmed  by anna")


@pytest.mark.parametrize("said", [{}, {"decision": "x"}, decision("of a later version"), decision("entry_delay"), {"decision": {}}])
def test_what_has_no_words_is_shown_as_it_is(said):
    assert decision_words(said) is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
KEYS = ("state", "reason", "mode", "zone", "name", "detail", "lasted_s", "delay_s", "changed_by", "changed_from", "decision")


@given(
    st.sampled_from(["alarm", "trouble", "motion_detected"]),
    st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, anything | st.sampled_from([*Stage, *Reason, "began"]))),
)
def test_no_details_of_any_shape_raise(type_, body):
    history._details(type_, body)
