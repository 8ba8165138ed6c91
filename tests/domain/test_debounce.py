"""The debounce: nothing that means something is lost, and nothing else is reported."""

import itertools
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vigie.domain.debounce import Change, DebounceConfig, DebounceState, edge, next_deadline, read

PLAIN = DebounceConfig(hold_off_s=0.05)
SETTLING = DebounceConfig(hold_off_s=0.05, settle_s=0.1)
AT_REST = DebounceState(level=False, raw=False)


def play(readings, config, state=AT_REST):
    """Feeds (time, level) edges, and the readings that the debounce itself asks for in between, until it is at rest."""
    changes = []
    level = bool(state.raw)

    def reading(at):
        nonlocal state
        state, change = read(state, level, at, config)
        changes.extend([change] if change else [])

    def deadlines(until):
        while (due := next_deadline(state, config)) is not None and due < until:
            reading(due)

    for at, new_level in readings:
        deadlines(at)
        level = new_level
        reading(at)
    deadlines(float("inf"))
    return changes, state


@pytest.mark.parametrize(
    ("edges", "config", "expected"),
    [
        ([(1.0, True)], PLAIN, [Change(True, 1.0)]),
        ([(1.0, True), (1.03, False)], PLAIN, [Change(True, 1.0), Change(False, 1.03)]),
        ([(1.0, True), (1.0001, False)], PLAIN, [Change(True, 1.0), Change(False, 1.0001)]),
        ([(1.0, True), (1.01, False), (1.02, True)], PLAIN, [Change(True, 1.0)]),
        ([(1.0, True), (1.01, False), (1.02, True), (2.0, False)], PLAIN, [Change(True, 1.0), Change(False, 2.0)]),
        ([(1.0, False)], PLAIN, []),
        ([(1.0, True), (1.05, False)], SETTLING, []),
        ([(1.0, True), (1.3, False)], SETTLING, [Change(True, 1.0), Change(False, 1.3)]),
    ],
    ids=[
        "press",
        "short press",
        "glitch-short press",
        "bounce on press",
        "release after bounce",
        "no change",
        "interference",
        "settled",
    ],
)
def test_edges_become_changes(edges, config, expected):
    assert play(edges, config)[0] == expected


def test_the_first_reading_is_a_change_with_no_level_before_it():
    state, change = read(DebounceState(), True, 5.0, PLAIN)
    assert change == Change(True, 5.0)
    assert next_deadline(state, PLAIN) is None


def test_ten_pulses_of_30_ms_are_ten_pairs():
    edges = [(number * 0.2 + offset, level) for number in range(1, 11) for offset, level in ((0.0, True), (0.03, False))]
    changes, _ = play(edges, PLAIN)
    assert [change.level for change in changes] == [True, False] * 10
    assert all(abs(b.at - a.at - 0.03) < 1e-9 for a, b in zip(changes[::2], changes[1::2], strict=True))


def test_a_lost_edge_heals_at_the_next_reading():
    state, _ = read(AT_REST, True, 1.0, PLAIN)
    _, change = read(state, False, 3.0, PLAIN)
    assert change == Change(False, 3.0)


@pytest.mark.parametrize("late_s", [(0.0,), (0.002,), (0.012, 0.002), (0.003, 0.03, 0.011)])
def test_pulses_and_pauses_as_long_as_the_hold_off_are_counted_however_late_we_hear_of_them(late_s):
    """Real edges are heard of some milliseconds later, now more, now less, and so is a deadline. No bounce here: the worst."""
    lateness = itertools.cycle(late_s)
    edges = [(number * 0.05 + next(lateness), number % 2 == 1) for number in range(1, 2001)]
    state, changes, level = AT_REST, [], False

    def reading(at):
        nonlocal state
        state, change = read(state, level, at, PLAIN)
        changes.extend([change] if change else [])

    def deadlines(until):
        while (due := next_deadline(state, PLAIN)) is not None and due + 0.001 < until:
            reading(due + 0.001)

    for at, new_level in edges:
        deadlines(at)
        level = new_level
        reading(at)
    deadlines(float("inf"))
    assert [change.level for change in changes] == [True, False] * 1000


gaps = st.lists(st.floats(0.0001, 0.5), max_size=60)
configs = st.builds(DebounceConfig, hold_off_s=st.floats(0, 0.3), settle_s=st.just(0.0) | st.floats(0.001, 0.3))


def train(gaps):
    at, level = 0.0, False
    for gap in gaps:
        at, level = at + gap, not level
        yield at, level


@given(gaps, configs)
def test_any_train_of_pulses_ends_with_the_right_level(gaps, config):
    edges = list(train(gaps))
    changes, state = play(edges, config)
    last = edges[-1][1] if edges else False
    assert state.level is last
    assert next_deadline(state, config) is None
    assert (changes[-1].level if changes else False) is last


@given(gaps, configs)
@example([0.5, 0.25], DebounceConfig(settle_s=0.25))  # an edge at the very moment of a reading comes first
def test_edges_alone_tell_what_readings_in_time_would_have_told(gaps, config):
    """On a busy machine a reading that was due may come after the next edges, or not at all."""
    state, changes = AT_REST, []
    for at, level in train(gaps):
        state, more = edge(state, level, at, config)
        changes += more
    while (due := next_deadline(state, config)) is not None:
        state, change = read(state, state.raw, due, config)
        changes += [change] if change else []
    assert changes == play(train(gaps), config)[0]


@given(gaps, configs)
def test_changes_alternate_and_go_forward_in_time(gaps, config):
    changes, _ = play(train(gaps), config)
    levels = [change.level for change in changes]
    assert all(a is not b for a, b in pairwise(levels))
    assert levels[:1] in ([], [True])
    times = [change.at for change in changes]
    assert times == sorted(times)


@given(gaps, st.floats(0.01, 0.3))
def test_of_three_reports_of_a_line_the_last_is_never_closer_to_the_first_than_the_hold_off(gaps, hold_off_s):
    """Not the moments of the edges, which may be close: the moments at which they are reported."""
    config, state, level, reported = DebounceConfig(hold_off_s=hold_off_s), AT_REST, False, []
    edges = list(train(gaps))
    while edges or next_deadline(state, config) is not None:
        due = next_deadline(state, config)
        if due is None or (edges and edges[0][0] <= due):
            now, level = edges.pop(0)
        else:
            now = due
        state, change = read(state, level, now, config)
        reported.extend([now] if change else [])
    assert all(b - a >= hold_off_s - 1e-9 for a, b in zip(reported, reported[2:], strict=False))


@given(gaps)
def test_without_hold_off_every_edge_is_reported(gaps):
    changes, _ = play(train(gaps), DebounceConfig(hold_off_s=0.0))
    assert [(change.at, change.level) for change in changes] == list(train(gaps))
