"""Dark, covered, frozen: told after a while, and over after a while, so that a hand before the lens is none of them."""

import pytest

from vigie.domain.picture_checks import COVERED, DARK, FROZEN, PictureChecks, Seen


def after(pictures, checks=None, *, start=0.0):
    """One picture a second; the troubles after each."""
    checks = checks or PictureChecks()
    told = []
    for second, (luminance, contrast, fingerprint) in enumerate(pictures):
        checks = checks.after(Seen(luminance, contrast, fingerprint), start + second)
        told.append(set(checks.troubles))
    return checks, told


def moving(seconds, luminance=0.5, contrast=0.2):
    return [(luminance, contrast, number) for number in range(seconds)]


def test_a_good_picture_has_no_trouble():
    assert after(moving(60))[1] == [set()] * 60


@pytest.mark.parametrize(("name", "bad"), [(DARK, moving(30, luminance=0.02)), (COVERED, moving(30, contrast=0.005))])
def test_it_is_told_after_ten_seconds_and_over_after_five(name, bad):
    checks, told = after(bad)
    assert told[:10] == [set()] * 10
    assert told[10:] == [{name}] * 20
    _, told = after(moving(20), checks, start=30.0)
    assert told[:5] == [{name}] * 5
    assert told[5:] == [set()] * 15


def test_the_same_picture_again_and_again_is_frozen():
    _, told = after([(0.5, 0.2, 7)] * 20)
    assert told[10] == set()
    assert told[11:] == [{FROZEN}] * 9


def test_a_hand_before_the_lens_is_nothing():
    assert after([*moving(5), *moving(8, contrast=0.0), *moving(20)])[1] == [set()] * 33


def test_between_the_thresholds_it_stays_as_it_is():
    dusk = moving(60, luminance=0.07)
    assert after(dusk)[1] == [set()] * 60
    checks, _ = after(moving(15, luminance=0.02))
    assert after(dusk, checks, start=15.0)[1] == [{DARK}] * 60


def test_in_the_dark_a_covered_lens_is_only_dark():
    assert after(moving(30, luminance=0.01, contrast=0.0))[1][-1] == {DARK}


@pytest.mark.parametrize(
    ("pictures", "tells"),
    [
        ([], False),
        (moving(3), True),
        (moving(3, luminance=0.02), False),
        (moving(3, contrast=0.005), False),
        ([(0.5, 0.2, 7)] * 20, False),
    ],
    ids=["none", "good", "dark", "covered", "frozen"],
)
def test_what_shows_nothing_says_so_at_once(pictures, tells):
    assert after(pictures)[0].tells is tells
