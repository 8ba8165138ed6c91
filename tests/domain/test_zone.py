"""A zone's filters: which detections become trips, and what the trace says of those that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.zone import Filters, FilterState, confirm, detect, expire, next_deadline, release
from vigie.protocol.alarm import Outcome

OTHER = "raspberry-02/motion"
PLAIN = Filters()


def outcomes(filters, moments):
    """What becomes of detections at these moments; None for a trip."""
    state, found = FilterState(), []
    for now in moments:
        state, verdict = detect(state, filters, now)
        found.append(verdict.outcome)
    return found


def test_without_filters_each_detection_is_a_trip_and_nothing_is_traced():
    state, verdict = detect(FilterState(), PLAIN, 5.0)
    assert verdict.is_trip
    assert verdict.steps == ()
    assert state.tripped_at == 5.0


@pytest.mark.parametrize(
    ("filters", "moments", "expected"),
    [
        (Filters(cooldown_s=30), [0, 29.9, 30, 59], [None, Outcome.COOLDOWN, None, Outcome.COOLDOWN]),
        (Filters(pulses=2, pulses_within_s=10), [0, 9.9], [Outcome.COUNTING, None]),
        (Filters(pulses=2, pulses_within_s=10), [0, 10], [Outcome.COUNTING, Outcome.COUNTING]),
        (Filters(pulses=2, pulses_within_s=10), [0, 1, 2, 3], [Outcome.COUNTING, None, Outcome.COUNTING, None]),
        (Filters(pulses=3, pulses_within_s=10), [0, 6, 11, 12], [Outcome.COUNTING, Outcome.COUNTING, Outcome.COUNTING, None]),
        (Filters(pulses=2, cooldown_s=60), [0, 1, 2, 61, 62], [Outcome.COUNTING, None, Outcome.COOLDOWN, Outcome.COUNTING, None]),
        (Filters(hold_s=2), [0, 5], [Outcome.HOLDING, Outcome.HOLDING]),
        (Filters(confirm_by=(OTHER,)), [0, 5], [Outcome.UNCONFIRMED, Outcome.UNCONFIRMED]),
    ],
)
def test_detections_at_these_moments(filters, moments, expected):
    assert outcomes(filters, moments) == expected


@pytest.mark.parametrize(("released_at", "trips"), [(1.9, False), (2.0, True), (None, True)])
def test_a_held_detection_trips_if_it_lasts(released_at, trips):
    filters = Filters(hold_s=2)
    state, _ = detect(FilterState(), filters, 0.0)
    assert next_deadline(state) == 2.0
    if released_at is not None and released_at < 2.0:
        state = release(state)
    state, verdict = expire(state, filters, 2.0)
    assert bool(verdict and verdict.is_trip) is trips
    assert next_deadline(state) is None
    assert expire(state, filters, 99.0)[1] is None, "once"


@pytest.mark.parametrize(
    ("detected", "confirmed", "trips"),
    [(0, 30, True), (0, 30.1, False), (30, 0, True), (30.1, 0, False), (5, 5, True)],
)
def test_another_sensor_confirms_before_or_after(detected, confirmed, trips):
    filters, state, tripped = Filters(confirm_by=(OTHER,), confirm_within_s=30), FilterState(), False
    for now, confirms in sorted([(detected, False), (confirmed, True)]):
        state, verdict = confirm(state, filters, OTHER, now) if confirms else detect(state, filters, now)
        tripped = tripped or bool(verdict and verdict.is_trip)
    assert tripped is trips


def test_only_a_named_sensor_confirms_and_one_confirmation_completes_one_detection():
    filters = Filters(confirm_by=(OTHER,))
    state, _ = detect(FilterState(), filters, 0.0)
    assert confirm(state, filters, "raspberry-03/motion", 1.0) == (state, None)
    state, verdict = confirm(state, filters, OTHER, 2.0)
    assert verdict is not None
    assert verdict.is_trip
    assert confirm(state, filters, OTHER, 3.0)[1] is None


def test_the_trace_names_each_check_in_order_with_what_was_seen_and_needed():
    filters = Filters(cooldown_s=30, hold_s=1, pulses=2, confirm_by=(OTHER,))
    state, verdict = detect(FilterState(), filters, 0.0)
    assert [(step["check"], step["passed"]) for step in verdict.steps] == [("cooldown", True), ("hold", False)]
    state, verdict = expire(state, filters, 1.0)
    assert verdict is not None
    assert verdict.steps[-1] == {"check": "pulses", "passed": False, "seen": 1, "needed": 2, "within_s": 10.0}
    state, _ = detect(release(state), filters, 3.0)
    state, verdict = expire(state, filters, 4.0)
    assert verdict is not None
    assert verdict.steps[-1] == {"check": "confirm", "passed": False, "within_s": 30.0, "by_any_of": [OTHER]}
    state, verdict = confirm(state, filters, OTHER, 5.0)
    assert verdict is not None
    assert verdict.steps == ({"check": "confirm", "passed": True, "within_s": 30.0, "by": OTHER},)


@given(
    st.builds(
        Filters,
        hold_s=st.just(0.0),
        pulses=st.integers(1, 5),
        pulses_within_s=st.integers(1, 20).map(float),
        cooldown_s=st.sampled_from([0.0, 3.0, 30.0]),
    ),
    st.lists(st.integers(0, 40), max_size=30).map(sorted),
)
def test_trips_are_as_a_count_by_hand_finds_them(filters, moments):
    counted, tripped_at, expected = [], None, []
    for now in moments:
        if tripped_at is not None and now - tripped_at < filters.cooldown_s:
            expected.append(False)
            continue
        counted = [at for at in counted if now - at < filters.pulses_within_s] + [now]
        trips = len(counted) >= filters.pulses
        expected.append(trips)
        if trips:
            counted, tripped_at = [], now
    assert [outcome is None for outcome in outcomes(filters, moments)] == expected
