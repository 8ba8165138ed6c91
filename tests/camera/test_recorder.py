"""What is recorded: from before the trigger to the end that was asked for last, in clips of bounded length, without a hole."""

from dataclasses import dataclass, field
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.camera.pictures import FRAME_US, bare
from vigie.camera.pictures import Packet
from vigie.camera.recorder import Clip, ClipTimes, Recorder
from vigie.protocol.camera import Cause, CauseKind

SECOND = 1_000_000
ALARM = Cause(kind=CauseKind.ALARM)
COMMAND = Cause(kind=CauseKind.COMMAND)


@dataclass
class Shelf:
    """What was written: clip -> its pictures."""

    clips: list[tuple[Clip, list[Packet]]] = field(default_factory=list)
    open: bool = False

    def begin(self, clip: Clip) -> None:
        assert not self.open
        self.open = True
        self.clips.append((clip, []))

    def add(self, packet: Packet) -> None:
        assert self.open
        self.clips[-1][1].append(packet)

    def end(self) -> None:
        assert self.open
        self.open = False

    def seconds(self) -> list[tuple[float, float]]:
        return [(packets[0].at_us / SECOND, (packets[-1].at_us + FRAME_US) / SECOND) for _, packets in self.clips]


@dataclass
class Watch:
    shelf: Shelf
    recorder: Recorder
    now_us: int = 0

    def go_to(self, second: float, *, without_pictures: bool = False) -> None:
        while self.now_us < second * SECOND:
            if not without_pictures:
                self.recorder.packet(bare(self.now_us, is_keyframe=self.now_us % SECOND == 0))
            self.now_us += FRAME_US
        self.recorder.tick(self.now_us)

    def record(self, seconds: float, *, clip_id: str = "asked-for", cause: Cause = ALARM) -> bool:
        return self.recorder.record(clip_id, seconds, cause, self.now_us)


@pytest.fixture
def watch() -> Watch:
    return watching()


def watching(*, pre_roll_s: float = 5.0, max_clip_s: float = 60.0) -> Watch:
    numbers = count(1)
    shelf = Shelf()
    return Watch(shelf, Recorder(shelf, ClipTimes(pre_roll_s, 2.0, max_clip_s), lambda: f"next-{next(numbers)}"))


def test_a_clip_begins_before_its_trigger_and_ends_when_it_was_asked_to(watch):
    watch.go_to(20.5)
    watch.record(10)
    watch.go_to(40)
    assert watch.shelf.seconds() == [(15.0, 30.5)]
    ((clip, _),) = watch.shelf.clips
    assert (clip.id, clip.cause, clip.triggered_us) == ("asked-for", ALARM, 20_500_000)


def test_a_trigger_while_recording_makes_it_longer_and_keeps_its_name(watch):
    watch.go_to(10)
    watch.record(5)
    watch.go_to(12)
    watch.record(10, clip_id="another", cause=COMMAND)
    watch.record(1, clip_id="a-third")
    watch.go_to(30)
    assert watch.shelf.seconds() == [(5.0, 22.0)]
    assert watch.shelf.clips[0][0].id == "asked-for"


def test_before_the_first_keyframe_it_waits_for_one(watch):
    watch.record(3)
    assert watch.shelf.clips == []
    watch.go_to(5)
    assert watch.shelf.seconds() == [(0.0, 3.0)]


def test_a_clip_shorter_than_a_second_is_one(watch):
    watch.go_to(10.5)
    watch.record(0.2)
    watch.go_to(12)
    assert watch.shelf.seconds() == [(5.0, 10.7)]


def test_stop_leaves_the_post_roll(watch):
    watch.go_to(10)
    watch.record(300)
    watch.go_to(15)
    watch.recorder.stop(watch.now_us)
    watch.go_to(30)
    assert watch.shelf.seconds() == [(5.0, 17.0)]


def test_stop_never_makes_it_longer_and_is_nothing_when_idle(watch):
    watch.recorder.stop(0)
    watch.go_to(10)
    watch.record(1)
    watch.recorder.stop(watch.now_us)
    watch.go_to(30)
    assert watch.shelf.seconds() == [(5.0, 11.0)]


def test_the_longest_clip_is_followed_by_the_next_without_a_hole():
    watch = watching(max_clip_s=60)
    watch.go_to(10)
    watch.record(150)
    watch.go_to(200)
    clips = watch.shelf.seconds()
    assert clips[0][0] == 5.0
    assert clips[-1][1] == 160.0
    assert all(end == start for (_, end), (start, _) in pairwise(clips))
    assert all(end - start <= 60 for start, end in clips)
    assert [clip.id for clip, _ in watch.shelf.clips] == ["asked-for", "next-1", "next-2"]
    assert all(clip.cause == ALARM for clip, _ in watch.shelf.clips)


def test_a_full_card_ends_the_clip_and_the_next_goes_on_where_it_ended(watch):
    watch.go_to(10)
    watch.record(30)
    watch.go_to(15)
    watch.shelf.end()  # the card's thread has finished it
    watch.recorder.block()
    watch.go_to(18)
    assert len(watch.shelf.clips) == 1
    watch.recorder.unblock()
    watch.go_to(60)
    first, second = watch.shelf.seconds()
    assert first == (5.0, 15.0)
    assert 14.0 <= second[0] <= 15.0
    assert second[1] == 40.0


def test_what_was_wanted_while_the_card_was_full_is_forgotten_when_its_time_is_over(watch):
    watch.recorder.block()
    watch.go_to(10)
    watch.record(3)
    watch.go_to(20)
    watch.recorder.unblock()
    watch.go_to(30)
    assert watch.shelf.clips == []


def test_a_source_that_stops_does_not_keep_the_clip_open(watch):
    watch.go_to(10)
    watch.record(5)
    watch.go_to(12)
    watch.go_to(17, without_pictures=True)
    assert not watch.shelf.open
    assert watch.recorder.clip is None


def test_private_ends_the_clip_and_nothing_of_that_time_is_in_the_next(watch):
    watch.go_to(10)
    watch.record(30)
    watch.go_to(12)
    watch.recorder.set_private(True)
    assert not watch.shelf.open
    assert not watch.record(10)
    watch.go_to(20)
    watch.recorder.set_private(False)
    watch.go_to(22)
    watch.record(3)
    watch.go_to(30)
    assert watch.shelf.seconds() == [(5.0, 12.0), (20.0, 25.0)]


def test_a_second_clip_soon_after_the_first_repeats_at_most_a_second_of_it(watch):
    watch.go_to(10)
    watch.record(2)
    watch.go_to(13.5)
    watch.record(2, clip_id="second")
    watch.go_to(20)
    first, second = watch.shelf.seconds()
    assert first == (5.0, 12.0)
    assert second == (11.0, 15.5)


@given(
    orders=st.lists(
        st.tuples(st.floats(0.1, 20), st.sampled_from(["record", "stop", "block", "unblock", "tick"]), st.floats(0.1, 90)),
        max_size=30,
    )
)
def test_whatever_happens_every_clip_begins_with_a_keyframe_is_in_order_and_not_too_long(orders):
    watch = watching(max_clip_s=20)
    for wait, order, seconds in orders:
        watch.go_to(watch.now_us / SECOND + wait)
        if order == "record":
            watch.record(seconds)
        elif order == "stop":
            watch.recorder.stop(watch.now_us)
        elif order == "block":
            if watch.shelf.open:
                watch.shelf.end()
            watch.recorder.block()
        elif order == "unblock":
            watch.recorder.unblock()
    for _, packets in watch.shelf.clips:
        stamps = [packet.at_us for packet in packets]
        assert packets[0].is_keyframe
        assert stamps == list(range(stamps[0], stamps[-1] + 1, FRAME_US))
        assert stamps[-1] - stamps[0] < 20 * SECOND
    starts = [packets[0].at_us for _, packets in watch.shelf.clips]
    assert starts == sorted(starts)
