"""What a zone's filters would have made of its history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain import zone
from vigie.domain.hindsight import Happening, What, trips
from vigie.domain.zone import Filters

END = 10_000.0


def active(*times: float) -> list[Happening]:
    return [Happening(at, What.ACTIVE) for at in times]


def at_rest(*times: float) -> list[Happening]:
    return [Happening(at, What.AT_REST) for at in times]


def confirmed(*times: float, by: str = "pi-1/mat") -> list[Happening]:
    return [Happening(at, What.CONFIRMS, by) for at in times]


def found(filters: Filters, *happenings: list[Happening]) -> list[float]:
    together = sorted((one for some in happenings for one in some), key=lambda happening: happening.at)
    return trips(filters, together, END)


def test_without_filters_each_detection_is_a_trip():
    assert found(Filters(), active(1, 2, 3), at_rest(1.5, 2.5)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(cooldown_s=60), [0, 100]),
        (Filters(pulses=2, pulses_within_s=10), [5]),
        (Filters(hold_s=3), [3, 103]),
        (Filters(confirm_by=("pi-1/mat",), confirm_within_s=30), [20]),
        (Filters(confirm_by=("pi-2/mat",)), []),
    ],
    ids=["cooldown", "pulses", "hold", "confirmed", "never confirmed"],
)
def test_each_filter_takes_some_away(filters, expected):
    assert found(filters, active(0, 5, 100), at_rest(4, 6, 110), confirmed(20)) == expected


def test_what_is_still_held_at_the_end_counts_if_it_was_held_for_long_enough():
    assert found(Filters(hold_s=5), active(END - 5)) == [END]
    assert found(Filters(hold_s=5), active(END - 4)) == []


FILTERS = st.builds(
    Filters,
    hold_s=st.sampled_from([0.0, 2.0]),
    pulses=st.integers(1, 3),
    pulses_within_s=st.sampled_from([5.0, 20.0]),
    cooldown_s=st.sampled_from([0.0, 15.0]),
    confirm_by=st.sampled_from([(), ("pi-1/mat",)]),
)
HAPPENINGS = st.lists(st.tuples(st.sampled_from(What), st.integers(0, 20)), max_size=40)


@given(FILTERS, HAPPENINGS)
def test_it_trips_exactly_when_the_zone_would_have(filters, steps):
    """Second by second, as an agent that wakes up at each deadline."""
    happenings, now = [], 0
    for what, later in steps:
        now += later
        happenings.append(Happening(float(now), what, "pi-1/mat" if what is What.CONFIRMS else ""))
    state, expected = zone.FilterState(), []
    for second in range(now + 5):
        state, verdict = zone.expire(state, filters, float(second))
        verdicts = [verdict]
        for happening in (one for one in happenings if one.at == second):
            if happening.what is What.ACTIVE:
                state, verdict = zone.detect(state, filters, happening.at)
            elif happening.what is What.AT_REST:
                state, verdict = zone.release(state), None
            else:
                state, verdict = zone.confirm(state, filters, happening.by, happening.at)
            verdicts.append(verdict)
        expected += [float(second) for verdict in verdicts if verdict is not None and verdict.is_trip]
    assert trips(filters, happenings, float(now + 4)) == expected
