"""What makes two views alike, and what does not: with patterns of cells, and any that Hypothesis finds."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.domain.view import CELLS, COLUMNS, ROWS, blended, is_shifted, likeness, view_of
from vigie.domain.view_check import LIKE_ABOVE, UNLIKE_BELOW

seeds = st.integers(0, 2**32)


def scene(seed, columns=COLUMNS, rows=ROWS):
    """A room of boxes on a wall, one from another by its seed."""
    chance = random.Random(seed)
    cells = [[120.0 + 2 * column for column in range(columns)] for _ in range(rows)]
    for _ in range(columns):
        left, top = chance.randrange(columns), chance.randrange(rows)
        for row in range(top, min(rows, top + chance.randint(2, 7))):
            for column in range(left, min(columns, left + chance.randint(1, 4))):
                cells[row][column] = chance.uniform(20, 235)
    return cells


def flat(cells, change=lambda value, _column, _row: value):
    return [
        round(min(255.0, max(0.0, change(value, column, row))))
        for row, line in enumerate(cells)
        for column, value in enumerate(line)
    ]


def seen(cells, change=lambda value, _column, _row: value):
    view = view_of(flat(cells, change))
    assert view is not None
    return view


def same(one, other):
    return likeness(one, other) > LIKE_ABOVE and not is_shifted(one, other)


@given(seed=seeds, gain=st.floats(0.4, 1.0), lift=st.floats(0, 20), slope=st.floats(-0.5, 0.5), noise=st.floats(0, 2))
def test_light_shade_exposure_and_noise_hardly_matter(seed, gain, lift, slope, noise):
    chance = random.Random(seed)
    room = scene(seed)
    lit = seen(
        room,
        lambda value, column, _row: value * gain * (1 - abs(slope) / 2 + slope * column / COLUMNS) + lift + chance.gauss(0, noise),
    )
    assert same(seen(room), lit)


@given(seed=seeds, left=st.integers(0, COLUMNS - 4), luma=st.integers(20, 235))
def test_a_person_is_no_other_view(seed, left, luma):
    room = scene(seed)
    with_person = seen(room, lambda value, column, row: luma if left <= column < left + 3 and row >= 4 else value)
    assert likeness(seen(room), with_person) > UNLIKE_BELOW
    assert not is_shifted(seen(room), with_person)


@given(seed=seeds, right=st.booleans(), lower=st.booleans())
def test_a_quarter_of_the_picture_may_be_another(seed, right, lower):
    room, other = scene(seed), scene(seed + 1)
    mixed = seen(
        room,
        lambda value, column, row: (
            other[row][column] if (column >= COLUMNS // 2) is right and (row >= ROWS // 2) is lower else value
        ),
    )
    assert likeness(seen(room), mixed) > UNLIKE_BELOW
    assert not is_shifted(seen(room), mixed)


@settings(max_examples=200)
@given(seed=seeds)
def test_another_room_is_another_view(seed):
    assert likeness(seen(scene(seed)), seen(scene(seed + 1))) < UNLIKE_BELOW


@given(seed=seeds, shift=st.integers(4, 8))
def test_a_room_that_is_shifted_sideways_is_another_view(seed, shift):
    wide = scene(seed, columns=COLUMNS + shift)
    one, other = seen([line[:COLUMNS] for line in wide]), seen([line[shift:] for line in wide])
    assert likeness(one, other) < UNLIKE_BELOW or is_shifted(one, other)


@given(seed=seeds, other=seeds)
def test_likeness_has_no_direction_and_is_1_of_the_same(seed, other):
    one, two = seen(scene(seed)), seen(scene(other))
    assert likeness(one, two) == pytest.approx(likeness(two, one))
    assert -1.0001 <= likeness(one, two) <= 1.0001
    assert likeness(one, one) == pytest.approx(1.0)
    assert not is_shifted(one, one)


@given(luma=st.lists(st.integers(0, 255), min_size=CELLS, max_size=CELLS))
def test_any_picture_has_a_view_of_norm_1_or_none(luma):
    view = view_of(luma)
    assert view is None or math.hypot(*view) == pytest.approx(1.0)


@given(luma=st.integers(0, 255), noise=st.integers(0, 2), seed=seeds)
def test_a_bare_wall_tells_nothing(luma, noise, seed):
    chance = random.Random(seed)
    assert view_of([min(255, luma + chance.randint(0, noise)) for _ in range(CELLS)]) is None


def test_equal_panes_are_another_view_one_pane_further_for_what_stands_between():
    panes = [[200.0 if column % 6 else 90.0 for column in range(COLUMNS + 6)] for _ in range(ROWS)]
    for row in range(5, 12):
        panes[row][9:11] = [30.0, 30.0]
        panes[row][20:23] = [240.0, 180.0, 30.0]
    one, other = seen([line[:COLUMNS] for line in panes]), seen([line[6:] for line in panes])
    assert likeness(one, other) > UNLIKE_BELOW
    assert is_shifted(one, other)


@given(seed=seeds)
def test_blending_goes_from_one_to_the_other(seed):
    one, other = seen(scene(seed)), seen(scene(seed + 1))
    assert likeness(blended(one, other, 0.0), one) == pytest.approx(1.0)
    assert likeness(blended(one, other, 1.0), other) == pytest.approx(1.0)
    assert likeness(blended(one, other, 0.1), one) > 0.9
