"""Where the lens looks by itself: it returns once, never against a hand, and looks away while people are home."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.gaze import SETTLE_S, Act, Gaze, Parking, Privacy, Seen, park, step, turned

RETURN_S = 60.0


class Eye:
    """A gaze that is looked at ten times a second."""

    def __init__(self):
        self.now, self.gaze = 100.0, Gaze()
        self.returned, self.stills = [], 0

    def go(self, seconds, **seen):
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            looked = step(self.gaze, Seen(**seen), self.now, RETURN_S)
            self.gaze = looked.gaze
            self.stills += looked.has_settled
            if looked.return_to_deg is not None:
                self.returned.append(looked.return_to_deg)
        return self

    def turn(self, from_deg):
        self.gaze = turned(self.gaze, from_deg, self.now)
        return self


def test_it_returns_once_when_it_has_been_quiet():
    eye = Eye().turn(10.0).go(1.0, moving=True, is_busy=True).go(30.0, is_busy=True).go(59.0)
    assert eye.returned == []
    assert eye.go(300.0).returned == [10.0]


def test_a_second_trip_begins_the_quiet_anew_and_home_remains_the_first():
    eye = Eye().turn(10.0).go(40.0).turn(-60.0).go(59.0)
    assert eye.returned == []
    assert eye.go(3.0).returned == [10.0]


def test_a_hand_is_left_where_it_has_steered():
    eye = Eye().turn(10.0).go(5.0)
    assert eye.go(300.0, steered_at=eye.now).returned == []


def test_the_picture_is_taken_once_the_lens_stands_still():
    eye = Eye().turn(0.0).go(2.0, moving=True).go(SETTLE_S - 0.2)
    assert eye.stills == 0
    assert eye.go(10.0).stills == 1


def test_a_lens_that_has_not_turned_by_itself_does_nothing():
    eye = Eye().go(1000.0)
    assert (eye.returned, eye.stills) == ([], 0)


class Door:
    def __init__(self):
        self.now, self.parking, self.acts = 0.0, Parking(), []

    def go(self, seconds, *, is_wanted=True, moving=False, in_hand=False):
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.parking, act = park(self.parking, self.now, is_wanted=is_wanted, moving=moving, in_hand=in_hand)
            if act is not None:
                self.acts.append(act)
        return self


def test_it_is_parked_stands_still_and_only_then_private():
    door = Door().go(0.1).go(1.0, moving=True).go(SETTLE_S - 0.2)
    assert door.acts == [Act.PARK]
    door.go(10.0)
    assert (door.acts, door.parking.privacy) == ([Act.PARK, Act.BEGIN], Privacy.PRIVATE)
    assert door.go(1.0, is_wanted=False).acts == [Act.PARK, Act.BEGIN, Act.END]


def test_it_is_not_parked_out_of_a_hand():
    door = Door().go(10.0, in_hand=True)
    assert door.acts == []
    assert door.go(0.1).acts == [Act.PARK]


def test_who_arms_while_it_is_being_parked_is_obeyed_at_once():
    door = Door().go(0.1).go(1.0, moving=True).go(0.1, is_wanted=False)
    assert (door.acts, door.parking.privacy) == ([Act.PARK, Act.END], Privacy.OPEN)


moments = st.lists(
    st.tuples(st.floats(0.05, 30.0), st.sampled_from(["trip", "hand", "nothing"]), st.booleans(), st.booleans()), max_size=120
)


@given(moments)
def test_no_return_undoes_a_hand_comes_twice_or_comes_early(happenings):
    now, gaze, hand_at, owed, quiet_since = 0.0, Gaze(), float("-inf"), None, 0.0
    for seconds, what, moving, is_busy in happenings:
        now += seconds
        if what == "trip":
            gaze = turned(gaze, 5.0, now)
            owed = now
        elif what == "hand":
            hand_at = now
        if what == "trip" or moving or is_busy:
            quiet_since = now
        looked = step(gaze, Seen(moving=moving, steered_at=hand_at, is_busy=is_busy), now, RETURN_S)
        gaze = looked.gaze
        if looked.return_to_deg is not None:
            assert owed is not None
            assert owed > hand_at
            assert not moving
            assert not is_busy
            assert now - quiet_since >= RETURN_S
            owed = None


@given(st.lists(st.tuples(st.floats(0.05, 5.0), st.booleans(), st.booleans(), st.booleans()), max_size=120))
def test_privacy_always_begins_with_a_parked_lens_at_rest_and_ends_when_it_is_not_wanted(looks):
    now, parking, has_parked = 0.0, Parking(), False
    for seconds, is_wanted, moving, in_hand in looks:
        now += seconds
        before = parking.privacy
        parking, act = park(parking, now, is_wanted=is_wanted, moving=moving, in_hand=in_hand)
        if act is Act.PARK:
            assert not in_hand
            has_parked = True
        elif act is Act.BEGIN:
            assert has_parked
            assert not moving
        elif act is Act.END:
            assert before is not Privacy.OPEN
            has_parked = False
        assert is_wanted or parking.privacy is Privacy.OPEN
