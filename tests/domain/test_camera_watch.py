"""When a camera is hung, and what is done about it: pure, on numbers for times."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain import camera_watch
from vigie.domain.camera_watch import Act, CameraWatch, Phase, ended, heard, look


class Life:
    """A watch that is looked at each half second, and a camera that does what the test says."""

    def __init__(self):
        self.now = 100.0
        self.watch, self.acts = CameraWatch(), []

    def go(self, seconds, *, picture_age_s=None, talks=True):
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            if talks:
                self.watch = heard(self.watch, picture_age_s, self.now)
            self.watch, act = look(self.watch, self.now)
            if act is not None:
                self.acts.append(act)
        return self


def well():
    life = Life().go(1.0).go(2.0, picture_age_s=0.1)
    assert life.watch.phase is Phase.RUNNING
    life.acts.clear()
    return life


def test_a_camera_whose_pictures_come_is_left_alone():
    assert well().go(600, picture_age_s=0.2).acts == []


def test_pictures_that_grow_old_are_a_hang_though_the_process_talks():
    life = well()
    for age_s in range(12):
        life.go(1.0, picture_age_s=float(age_s))
    assert life.acts == [Act.TERMINATE, Act.KILL]


def test_a_process_that_says_nothing_hangs_and_is_made_to_go():
    life = well().go(4.5, talks=False)
    assert life.acts == []
    life.go(1.0, talks=False)
    assert (life.acts, life.watch.phase) == ([Act.TERMINATE], Phase.ENDING)
    life.go(4.0, talks=False)
    assert (life.acts, life.watch.phase) == ([Act.TERMINATE, Act.KILL], Phase.KILLED)


def test_it_is_started_again_after_its_delay_and_not_before():
    life = well()
    life.watch = ended(life.watch, life.now, 3.0)
    life.go(2.5, talks=False)
    assert life.acts == []
    life.go(1.0, talks=False)
    assert life.acts == [Act.START]


def test_what_the_kernel_does_not_let_go_of_is_not_started_beside_itself():
    life = well().go(600, talks=False)
    assert life.acts == [Act.TERMINATE, Act.KILL]


def test_a_slow_start_is_told_before_it_is_ended():
    life = Life().go(camera_watch.SLOW_START_S + 1)
    assert life.watch.is_slow(life.now)
    assert life.acts == [Act.START]
    life.go(camera_watch.START_LIMIT_S)
    assert life.acts == [Act.START, Act.TERMINATE, Act.KILL]


def test_who_was_frozen_itself_blames_nobody():
    life = well()
    life.now += 60
    life.go(2.0, picture_age_s=0.1)
    assert life.acts == []


@given(st.lists(st.tuples(st.floats(0.0, 4.0), st.sampled_from(["talk", "old", "end", "nothing"])), max_size=80))
def test_it_is_never_started_while_it_is_there_and_never_killed_before_it_was_asked_to_end(steps):
    now, watch, is_there, was_asked = 0.0, CameraWatch(), False, False
    for seconds, what in steps:
        now += seconds
        if what in {"talk", "old"} and is_there:
            watch = heard(watch, 0.1 if what == "talk" else 9.0, now)
        elif what == "end" and is_there:
            watch, is_there, was_asked = ended(watch, now, 1.0), False, False
        watch, act = look(watch, now)
        if act is Act.START:
            assert not is_there
            is_there = True
        elif act is not None:
            assert is_there
            assert act is Act.TERMINATE or was_asked
            was_asked = True
