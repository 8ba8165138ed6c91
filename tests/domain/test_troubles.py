"""Troubles as events: begin and end take turns, and one that flickers is one."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.troubles import OVER_AFTER_S, Told, compare

NAMES = ("log_full", "stuck:door", "disk_low")


def looks(steps, told=None):
    """(time, name, state, lasted_s) of each change that was told over `(seconds later, present names)`."""
    told, now, found = told or {}, 100.0, []
    for later_s, present in steps:
        now += later_s
        told, changes = compare(told, dict.fromkeys(present, "as it was said"), now)
        found += [(now, change.name, change.state, change.lasted_s) for change in changes]
    return found


def test_a_trouble_is_told_at_once_and_its_end_when_it_has_stayed_away_with_how_long_it_was_there():
    assert looks([(0, ["log_full"]), (7, []), (OVER_AFTER_S - 1, []), (1, [])]) == [
        (100, "log_full", "began", None),
        (107 + OVER_AFTER_S, "log_full", "ended", 7.0),
    ]


def test_one_that_is_away_for_a_moment_has_not_ended():
    steps = [(0, ["log_full"])] + [(OVER_AFTER_S - 0.1, []), (1, ["log_full"])] * 50
    assert looks(steps) == [(100, "log_full", "began", None)]


def test_one_that_a_restart_lies_between_goes_on_or_ends_without_a_length():
    known = {"disk_low": Told(detail="before", began_at=None)}
    assert looks([(0, ["disk_low"]), (60, ["disk_low"])], known) == []
    assert looks([(0, []), (OVER_AFTER_S, [])], known) == [(100 + OVER_AFTER_S, "disk_low", "ended", None)]


def test_the_end_says_what_was_said_at_the_begin():
    told, (began,) = compare({}, {"log_full": "no room"}, 0)
    told, _ = compare(told, {}, 1)
    _, (ended,) = compare(told, {}, 1 + OVER_AFTER_S)
    assert began.detail == ended.detail == "no room"


steps = st.lists(st.tuples(st.floats(0, 12), st.sets(st.sampled_from(NAMES))), max_size=40)


@given(steps, st.sets(st.sampled_from(NAMES)))
def test_of_each_trouble_begin_and_end_take_turns(taken, known):
    before = {name: Told(detail="", began_at=None) for name in known}
    told = looks([*taken, (0, set()), (OVER_AFTER_S + 1, set())], before)
    for name in NAMES:
        states = [state for _, other, state, _ in told if other == name]
        expected = ["ended", "began"] if name in known else ["began", "ended"]
        assert states == (expected * len(states))[: len(states)]
        assert not states or states[-1] == "ended", "what is gone is told to be over"


@given(steps)
def test_what_is_there_is_told_at_the_first_look_and_nothing_ends_while_it_is_there(taken):
    told, now = {}, 0.0
    for later_s, present in taken:
        now += later_s
        told, changes = compare(told, dict.fromkeys(present, ""), now)
        assert present <= told.keys()
        assert not {change.name for change in changes if change.state == "ended"} & present
        assert {change.name for change in changes if change.state == "began"} <= present


@given(steps)
def test_two_begins_of_one_trouble_are_apart_by_the_time_that_it_must_stay_away(taken):
    begins = {}
    for at, name, state, _ in looks(taken):
        if state == "began":
            assert at - begins.get(name, float("-inf")) >= OVER_AFTER_S - 1e-6
            begins[name] = at
