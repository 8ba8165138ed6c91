"""When a view becomes the reference, when the camera has moved, and when it is over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_view import scene, seen
from vigie.domain.view import blended, likeness
from vigie.domain.view_check import STRAYS_AT_MOST, Place, ViewCheck

ROOM, OTHER, THIRD = (seen(scene(seed)) for seed in (1, 2, 3))
DOOR, WINDOW, FIXED = Place("door", -60.0), Place("window", 45.0), Place()
AT_DOOR, AT_WINDOW = {"moved:door"}, {"moved:window"}


class Watching:
    """One picture a second; `now` goes on."""

    def __init__(self, place=DOOR):
        self.check, self.now = ViewCheck().at(place, 0.0), 0.0

    def sees(self, view, seconds):
        """The troubles after each second."""
        told = []
        for _ in range(seconds):
            self.now += 1.0
            self.check = self.check.after(view, self.now)
            told.append(set(self.check.troubles))
        return told

    def goes(self, place):
        self.check = self.check.at(place, self.now)

    @property
    def reference(self):
        return self.check.here and self.check.here.reference


@pytest.fixture
def door():
    watching = Watching()
    watching.sees(ROOM, 10)
    assert watching.reference
    return watching


def test_a_steady_view_becomes_the_reference_after_some_seconds():
    watching = Watching()
    watching.sees(ROOM, 5)
    assert watching.reference is None
    watching.sees(ROOM, 1)
    assert watching.reference.accepted is ROOM


def test_a_view_that_changes_is_not_learnt():
    watching = Watching()
    for _ in range(10):
        watching.sees(ROOM, 3)
        watching.sees(OTHER, 3)
    assert watching.reference is None


def test_another_view_is_told_after_ten_seconds_and_over_after_five(door):
    assert door.sees(OTHER, 20) == [set()] * 9 + [AT_DOOR] * 11
    assert door.sees(ROOM, 8) == [AT_DOOR] * 4 + [set()] * 4


def test_somebody_before_the_lens_for_a_while_is_nothing(door):
    assert [*door.sees(OTHER, 9), *door.sees(ROOM, 1), *door.sees(OTHER, 9)] == [set()] * 19


def test_what_lies_between_decides_nothing(door):
    between = next(
        view
        for share in range(20, 80)
        if 0.55 < likeness(ROOM, view := blended(ROOM, OTHER, share / 100)) < 0.6
    )  # fmt: skip
    assert door.sees(between, 60) == [set()] * 60
    door.sees(OTHER, 12)
    assert door.sees(between, 60) == [AT_DOOR] * 60


@pytest.mark.parametrize("place", [None, WINDOW])
def test_each_preset_has_its_own_trouble_until_it_is_seen_right_again(door, place):
    door.sees(OTHER, 12)
    door.goes(place)
    assert door.sees(ROOM, 30)[-1] == AT_DOOR
    door.goes(DOOR)
    assert door.sees(ROOM, 7)[-1] == set()


def test_short_visits_add_up(door):
    door.goes(WINDOW)
    door.sees(THIRD, 10)
    for _ in range(4):
        door.goes(DOOR)
        door.sees(OTHER, 4)
        door.goes(WINDOW)
        assert AT_WINDOW not in door.sees(THIRD, 4)
    assert set(door.check.troubles) == AT_DOOR


def test_while_it_moves_settles_or_sees_nothing_nothing_is_judged(door):
    door.goes(None)
    door.sees(OTHER, 30)
    door.goes(DOOR)
    for _ in range(60):
        door.now += 0.5
        door.check = door.check.after(OTHER, door.now)
        door.goes(None)
        door.goes(DOOR)
    assert door.sees(None, 60) == [set()] * 60


def test_a_time_without_pictures_counts_as_nothing_seen(door):
    door.sees(OTHER, 2)
    door.now += 3600.0
    assert door.sees(OTHER, 5) == [set()] * 5


def test_what_is_accepted_is_the_reference_at_once_and_the_trouble_is_over(door):
    door.sees(OTHER, 12)
    door.check = door.check.accept()
    assert not door.check.troubles
    door.sees(OTHER, 1)
    assert door.reference.accepted is OTHER
    assert door.sees(ROOM, 12)[-1] == AT_DOOR


def test_what_is_accepted_is_of_the_place_at_which_it_was(door):
    door.goes(None)
    door.check = door.check.accept()
    door.goes(DOOR)
    assert door.reference.accepted is ROOM
    door.check = door.check.accept()
    door.goes(WINDOW)
    door.sees(THIRD, 2)
    assert door.reference is None


def test_what_the_lens_sees_while_it_settles_is_not_what_is_accepted(door):
    door.goes(None)
    door.goes(WINDOW)
    door.check = door.check.accept()
    door.check = door.check.after(OTHER, door.now + 0.5)
    door.check = door.check.after(THIRD, door.now + 1.5)
    assert door.reference.accepted is THIRD


def test_a_reference_of_another_angle_is_void(door):
    door.sees(OTHER, 12)
    door.goes(Place("door", -55.0))
    assert not door.check.troubles
    door.sees(OTHER, 10)
    assert door.reference.accepted is OTHER


def test_what_was_kept_is_known_again_where_its_angle_still_is(door):
    kept = list(door.check.places.values())
    again = Watching()
    again.check = again.check.knowing(kept)
    assert again.sees(OTHER, 15)[-1] == AT_DOOR
    turned = Watching(Place("door", -55.0))
    turned.check = turned.check.knowing(kept)
    assert turned.reference is None


def test_a_camera_that_cannot_be_turned_has_one_place():
    watching = Watching(FIXED)
    watching.sees(ROOM, 8)
    assert watching.sees(OTHER, 12)[-1] == {"moved"}
    assert "where it is fixed" in watching.check.troubles["moved"]


def test_what_changes_slowly_is_followed_but_never_away_from_what_was_accepted(door):
    door.sees(blended(ROOM, OTHER, 0.2), 1200)
    assert likeness(door.reference.followed, ROOM) < 0.995
    strayed = door.reference
    for _ in range(60):
        strayed = strayed.seen(blended(strayed.followed, OTHER, 0.5), 300)
    assert STRAYS_AT_MOST <= likeness(strayed.followed, ROOM) < STRAYS_AT_MOST + 0.1


views = st.sampled_from([ROOM, OTHER, THIRD, None, *(blended(ROOM, OTHER, share / 10) for share in range(1, 10))])
places = st.sampled_from([DOOR, WINDOW, FIXED, None, Place("door", 10.0)])
steps = st.lists(st.tuples(places, views, st.integers(1, 40)), max_size=12)


@given(steps=steps)
def test_whatever_is_seen_no_reference_strays_and_a_good_view_ends_each_trouble(steps):
    watching = Watching()
    for place, view, seconds in steps:
        watching.goes(place)
        watching.sees(view, seconds)
    for watched in list(watching.check.places.values()):
        if watched.reference is None:
            continue
        assert likeness(watched.reference.followed, watched.reference.accepted) >= STRAYS_AT_MOST - 1e-6
        watching.goes(None)
        watching.goes(watched.place)
        watching.sees(watched.reference.followed, 7)
        assert watched.place.trouble not in watching.check.troubles


@given(steps=steps)
def test_no_trouble_comes_within_less_than_ten_seconds_of_another_view(steps):
    watching, unlike_s = Watching(), {}
    for place, view, seconds in steps:
        watching.goes(place)
        before = set(watching.check.troubles)
        for told in watching.sees(view, seconds):
            key = place and place.trouble
            reference = watching.reference
            if reference and view and likeness(reference.followed, view) < 0.5:
                unlike_s[key] = unlike_s.get(key, 0) + 1
            if told - before:
                assert unlike_s[key] >= 10
                unlike_s[key] = 0
            before = told
