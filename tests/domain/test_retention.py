"""What a bounded log gives up: enough, not much more, and nothing while there is room."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.retention import STEP, Bounds, Held, Importance, importance, surplus, to_drop, to_prune

BOUNDS = st.builds(Bounds, st.integers(100, 10_000), st.integers(100_000, 10_000_000))
HELD = st.builds(Held, st.integers(0, 20_000), st.integers(1, 20_000_000))
INCOMING = st.integers(0, 300)


def test_gaps_outlive_detections_and_alarms_and_these_all_else():
    assert importance("gap") is Importance.GAP
    assert {importance(type_) for type_ in ("motion_detected", "button_pressed", "alarm")} == {Importance.DETECTION}
    assert {importance(type_) for type_ in ("motion_ended", "humidity", "trouble")} == {Importance.MINOR}


@given(BOUNDS, HELD, INCOMING)
def test_nothing_goes_while_there_is_room(bounds, held, incoming):
    has_room = held.events + incoming <= bounds.max_events and held.bytes <= bounds.max_bytes
    assert (surplus(bounds, held, incoming) == 0) == (has_room or held.events == 0)
    if has_room:
        assert to_prune(bounds, held, incoming, easing=False) == to_drop(bounds, held, incoming) == 0


@given(BOUNDS, HELD, INCOMING)
def test_pruning_again_and_again_ends_at_nineteen_twentieths(bounds, held, incoming):
    row_bytes = held.bytes / max(1, held.events)
    for _ in range(100):
        wanted = to_prune(bounds, held, incoming, easing=True)
        assert wanted <= max(STEP, incoming)
        if not wanted:
            break
        held = Held(held.events - wanted, max(1, round(row_bytes * (held.events - wanted))))
    assert held.events == 0 or held.events + incoming <= bounds.max_events * 0.95 + 1
    assert held.events == 0 or held.bytes <= bounds.max_bytes * 0.95 + row_bytes + 1


@given(BOUNDS, HELD, INCOMING)
def test_a_drop_is_as_small_as_it_can_be(bounds, held, incoming):
    dropped = to_drop(bounds, held, incoming)
    over = surplus(bounds, held, incoming)
    assert min(over, STEP) <= dropped <= max(over, bounds.max_events // 100)
