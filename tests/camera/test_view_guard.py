"""The guard of the views without threads: what it learns, when it writes, and what it does when the card takes nothing."""

import errno

import pytest

from tests.camera.test_views import HEIGHT, WIDTH, luma_at
from vigie.camera.encoder import planar_frame
from vigie.camera.live import Newest
from vigie.camera.troubles import Troubles
from vigie.camera.view_guard import ViewGuard
from vigie.camera.views import ViewShelf
from vigie.camera.wall_time import WallTime
from vigie.protocol.camera_orders import Look

DOOR = Look(angle_deg=0.0, preset="door")


class Said:
    def __init__(self):
        self.lines = []

    def say(self, word, **details):
        self.lines.append((word, details["name"]))


class Shelf(ViewShelf):
    """`written`: the presets and the stills of each time."""

    def __init__(self, folder):
        super().__init__(folder)
        self.written = []
        self.is_full = False

    def write(self, views, stills):
        self.written.append(([view.preset for view in views], list(stills)))
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(views, stills)


class Guarded:
    def __init__(self, folder, *, is_read=True):
        self.jobs, self.now, self.said = [], 0.0, Said()
        self.shelf = Shelf(folder)
        self.guard = ViewGuard(self.shelf, WallTime(), Troubles(self.said), do=self.jobs.append, post=lambda call: call())
        self.guard.start()
        if is_read:
            self.work()

    def work(self):
        while self.jobs:
            self.jobs.pop(0)()

    def sees(self, angle_deg, seconds, *, tells=True):
        frame = planar_frame(memoryview(luma_at(angle_deg) + b"\x80" * (WIDTH * HEIGHT // 2)), WIDTH, HEIGHT, WIDTH)
        for _ in range(seconds):
            self.now += 1.0
            self.guard.see(Newest(1, 0, frame), self.now, tells=tells)
            self.work()


@pytest.fixture
def guarded(tmp_path):
    made = Guarded(tmp_path)
    made.guard.look(DOOR, 0.0)
    return made


def test_a_reference_is_written_once_with_its_still_and_then_each_quarter_of_an_hour(guarded, tmp_path):
    guarded.sees(0.0, 60)
    assert guarded.shelf.written == [(["door"], ["door"])]
    assert (tmp_path / "views" / "door.jpg").read_bytes().startswith(b"\xff\xd8")
    guarded.sees(0.0, 900)
    assert guarded.shelf.written[1:] == [(["door"], [])]


def test_a_card_that_takes_nothing_is_asked_again_each_minute_and_then_has_all_of_it(guarded, tmp_path, caplog):
    guarded.shelf.is_full = True
    guarded.sees(0.0, 100)
    assert guarded.shelf.written == [(["door"], ["door"])] * 2
    assert "not on the card yet" in caplog.text
    guarded.shelf.is_full = False
    guarded.sees(0.0, 60)
    assert len(guarded.shelf.written) == 3
    assert [view.preset for view in guarded.shelf.read()] == ["door"]
    assert (tmp_path / "views" / "door.jpg").exists()


def test_each_preset_has_its_own_trouble_and_both_may_be_there(guarded):
    guarded.sees(0.0, 10)
    guarded.guard.look(Look(angle_deg=40.0, preset="sofa"), guarded.now)
    guarded.sees(40.0, 10)
    guarded.sees(-40.0, 12)
    guarded.guard.look(DOOR, guarded.now)
    guarded.sees(-60.0, 13)
    assert guarded.said.lines == [("trouble", "moved:sofa"), ("trouble", "moved:door")]
    guarded.sees(0.0, 6)
    assert guarded.said.lines[2:] == [("better", "moved:door")]


def test_a_window_of_equal_panes_is_not_right_one_pane_further(guarded):
    guarded.guard.look(Look(angle_deg=60.0, preset="window"), 0.0)
    guarded.sees(60.0, 10)
    guarded.sees(45.0, 12)
    assert guarded.said.lines == [("trouble", "moved:window")]


@pytest.mark.parametrize("look", [Look(angle_deg=0.0, preset="door", moving=True), Look(angle_deg=3.0)])
def test_on_its_way_and_between_presets_nothing_is_learnt_or_accepted(guarded, look, caplog):
    guarded.guard.look(look, 0.0)
    guarded.sees(0.0, 30)
    guarded.guard.accept()
    guarded.sees(0.0, 30)
    assert guarded.shelf.written == []
    assert "is no reference" in caplog.text


def test_what_shows_nothing_is_neither_learnt_nor_a_trouble(guarded):
    guarded.sees(0.0, 30, tells=False)
    assert guarded.shelf.written == []
    guarded.sees(0.0, 10)
    guarded.sees(60.0, 30, tells=False)
    assert guarded.said.lines == []


def test_nothing_is_learnt_before_the_card_has_said_what_it_keeps(guarded, tmp_path):
    guarded.sees(0.0, 10)
    again = Guarded(tmp_path, is_read=False)
    again.guard.look(DOOR, 0.0)
    reading = again.jobs.pop()
    again.sees(60.0, 30)
    assert again.shelf.written == []
    again.jobs.append(reading)
    again.work()
    again.sees(60.0, 12)
    assert again.said.lines == [("trouble", "moved:door")]
