"""What a lens sees, as far as it tells one direction from another: 24 x 14 cells of luma, of which neither light nor shade is left.

Each cell is compared with its neighbourhood (less its mean, by its spread), so that exposure, shade and a lamp hardly matter.
Then each row loses its mean: floor and ceiling look the same whichever way the lens is turned.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from operator import mul

COLUMNS, ROWS = 24, 14
CELLS = COLUMNS * ROWS
_REACH = 3
_NOISE = 4.0
"""Steps of 255: what varies less is hardly anything, and is not made large."""
_TELLS_FROM, _TELLS_SHARE = 3.0, 0.2
"""A picture of which less than a fifth varies more than this tells no direction: a white wall."""
_BLOCK_COLUMNS, _BLOCK_ROWS = 6, 7
_LEFT_OUT = 1 / 3
_SHIFT_COLUMNS, _SHIFT_ROWS, _SMALLEST_SHIFT = 8, 5, 3
_SHIFTED_ABOVE, _SHIFTED_BY = 0.6, 0.2

View = tuple[float, ...]
"""Row by row, of unit norm."""


def view_of(luma: Sequence[int]) -> View | None:
    """Of the mean luma of each cell, 0 to 255, row by row; None where it tells no direction from another."""
    means = _neighbourhoods(luma)
    squares = _neighbourhoods([value * value for value in luma])
    spreads = [math.sqrt(max(0.0, square - mean * mean)) for mean, square in zip(means, squares, strict=True)]
    if sum(spread > _TELLS_FROM for spread in spreads) < _TELLS_SHARE * CELLS:
        return None
    local = [(value - mean) / (spread + _NOISE) for value, mean, spread in zip(luma, means, spreads, strict=True)]
    return _unit(cell for row in _rows(local) for cell in _less_mean(row))


def likeness(one: View, other: View) -> float:
    """-1 to 1, where 1 is the same view: the correlation of the two, block by block, without the third that is least like.

    So a person, or a quarter of the picture, may change; a lens that is turned changes all of it.
    """
    blocks = sorted(_blocks(one, other))
    left_out = sum(weight for _, weight in blocks) * _LEFT_OUT
    total = likenesses = 0.0
    for like, weight in blocks:
        counts = max(0.0, weight - left_out)
        left_out = max(0.0, left_out - weight)
        total += counts
        likenesses += counts * like
    return likenesses / total if total else 0.0


def is_shifted(one: View, other: View) -> bool:
    """Whether the two fit much better when one is shifted by three cells or more, sideways or up: a window of equal panes is
    like itself one pane further, but never as much as where it belongs.
    """
    in_place = _overlap(one, other, 0, 0)
    sideways = [(shift, 0) for shift in range(-_SHIFT_COLUMNS, _SHIFT_COLUMNS + 1) if abs(shift) >= _SMALLEST_SHIFT]
    upwards = [(0, shift) for shift in range(-_SHIFT_ROWS, _SHIFT_ROWS + 1) if abs(shift) >= _SMALLEST_SHIFT]
    best = max(_overlap(one, other, columns, rows) for columns, rows in sideways + upwards)
    return best > _SHIFTED_ABOVE and best > in_place + _SHIFTED_BY


def blended(old: View, new: View, share: float) -> View:
    """The old one with this share of the new one."""
    return _unit(before + share * (now - before) for before, now in zip(old, new, strict=True))


def _unit(values: Iterable[float]) -> View:
    view = tuple(values)
    norm = math.sqrt(sum(map(mul, view, view)))
    return tuple(value / norm for value in view) if norm else view


def _rows(values: Sequence[float]) -> list[Sequence[float]]:
    return [values[start : start + COLUMNS] for start in range(0, CELLS, COLUMNS)]


def _less_mean(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value - mean for value in values]


def _neighbourhoods(values: Sequence[float]) -> list[float]:
    """The mean of each cell and those around it, as far as there are any."""
    rows = [_windows(row) for row in _rows(values)]
    columns = [_windows(column) for column in zip(*rows, strict=True)]
    return [value for row in zip(*columns, strict=True) for value in row]


def _windows(values: Sequence[float]) -> list[float]:
    sums = [0.0, *accumulate(values)]
    return [(sums[end] - sums[start]) * share for start, end, share in _SPANS[len(values)]]


def _spans(size: int) -> list[tuple[int, int, float]]:
    ends = [(max(0, at - _REACH), min(size, at + _REACH + 1)) for at in range(size)]
    return [(start, end, 1 / (end - start)) for start, end in ends]


_SPANS = {size: _spans(size) for size in (COLUMNS, ROWS)}


def _blocks(one: View, other: View) -> Iterator[tuple[float, float]]:
    """Of each block how like it is, and how much there is in it to be like."""
    for top in range(0, ROWS, _BLOCK_ROWS):
        for left in range(0, COLUMNS, _BLOCK_COLUMNS):
            starts = [row * COLUMNS + left for row in range(top, top + _BLOCK_ROWS)]
            ours = [value for start in starts for value in one[start : start + _BLOCK_COLUMNS]]
            theirs = [value for start in starts for value in other[start : start + _BLOCK_COLUMNS]]
            yield _correlation(ours, theirs), max(sum(map(mul, ours, ours)), sum(map(mul, theirs, theirs)))


def _overlap(one: View, other: View, columns: int, rows: int) -> float:
    """How like they are where they overlap, when `other` is shifted by so many cells."""
    ours: list[float] = []
    theirs: list[float] = []
    for row in range(max(0, -rows), min(ROWS, ROWS - rows)):
        start, shifted = row * COLUMNS + max(0, -columns), (row + rows) * COLUMNS + max(0, columns)
        ours += one[start : start + COLUMNS - abs(columns)]
        theirs += other[shifted : shifted + COLUMNS - abs(columns)]
    return _correlation(ours, theirs)


def _correlation(ours: Sequence[float], theirs: Sequence[float]) -> float:
    norm = math.sqrt(sum(map(mul, ours, ours)) * sum(map(mul, theirs, theirs)))
    return sum(map(mul, ours, theirs)) / norm if norm else 0.0
