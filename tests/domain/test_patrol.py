"""The lens on patrol: its round, what stops it, and that its servo is never worn out."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.patrol import HOUR_S, Patrol, PatrolConfig, step

ROUND = PatrolConfig(presets=("door", "window", "stairs"), dwell_s=60.0, max_moves_per_hour=60)


def go(patrol, now, seconds, config=ROUND, *, may_move=True):
    moves = []
    for tenth in range(round(seconds)):
        patrol, preset = step(patrol, now + tenth, config, may_move=may_move)
        if preset is not None:
            moves.append(preset)
    return patrol, moves


def test_it_goes_round_with_a_dwell_before_each_move():
    _, moves = go(Patrol(), 0.0, 241)
    assert moves == ["door", "window", "stairs", "door"]


def test_what_disturbs_it_makes_it_stay_for_a_whole_dwell():
    patrol, _ = go(Patrol(), 0.0, 59)
    patrol, _ = go(patrol, 59.0, 1, may_move=False)
    patrol, moves = go(patrol, 60.0, 60)
    assert moves == []
    assert go(patrol, 120.0, 2)[1] == ["door"]


looks = st.lists(st.tuples(st.floats(0.1, 400.0), st.booleans()), max_size=300)


@given(looks, st.integers(1, 8), st.floats(5.0, 100.0))
def test_in_no_hour_it_moves_more_often_than_it_may_nor_while_it_may_not(given_looks, most, dwell_s):
    config = PatrolConfig(presets=("door", "window"), dwell_s=dwell_s, max_moves_per_hour=most)
    now, patrol, moved_at = 0.0, Patrol(), []
    for seconds, may_move in given_looks:
        now += seconds
        patrol, preset = step(patrol, now, config, may_move=may_move)
        if preset is None:
            continue
        assert may_move
        assert not moved_at or now - moved_at[-1] >= dwell_s
        moved_at.append(now)
        assert len([at for at in moved_at if now - at < HOUR_S]) <= most
