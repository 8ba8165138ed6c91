"""Where the lens looks, on a fake clock: at what happened and back, on patrol, away while people are home; a hand always wins."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.agent.test_servo import Mount
from vigie.agent.camera_settings import CameraSettings
from vigie.agent.faults import Faults
from vigie.agent.lens import PARKED, Lens
from vigie.agent.saved import Saved
from vigie.domain.alarm_model import AlarmState, Cause, PointCamera, Record, TakeStill
from vigie.domain.gaze import SETTLE_S
from vigie.protocol.alarm import Stage
from vigie.protocol.commands import ServoCommand
from vigie.protocol.errors import BadCommand
from vigie.protocol.states import Mode
from vigie.testing import FakeClock

PRESETS = {"door": -60.0, "window": 45.0, "wall": 90.0}
MOTION = Cause(zone="motion", event_id="e1", event_type="motion_detected")


class Pictures:
    """A camera that notes what it is told, and where the lens was then."""

    def __init__(self):
        self.stills, self.clips, self.looks, self.privacy = [], [], [], []
        self.records = self.private = self.patrols = False
        self.last = None

    def still(self, cause):
        if not self.private:
            self.stills.append((cause.event_id, self.last))

    def record(self, duration_s, cause):
        self.clips.append((duration_s, cause.kind, cause.event_id, cause.zone))

    def look(self, angle_deg, preset, *, moving):
        self.last = preset if not moving else None
        self.looks.append((angle_deg, preset, moving))

    def set_private(self, on):
        self.private = on
        self.privacy.append((on, self.last))

    def why_not(self):
        return ""


class Kept:
    """What the log keeps over a restart."""

    def __init__(self):
        self.saved = Saved()
        self.put_value = self.saved.put_value


class Post:
    """A camera on its servo, running."""

    def __init__(self, clock, faults, *, mode=Mode.SURVEILLANCE, start_deg=0.0, kept=None, **camera):
        self.clock = clock
        self.mount = Mount(clock, faults, presets=PRESETS, start_deg=start_deg)
        self.servo = self.mount.servo
        self.camera, self.kept = Pictures(), kept or Kept()
        self.state = AlarmState(mode=mode)
        settings = CameraSettings(source="synthetic", **camera)
        self.lens = Lens(settings, self.camera, self.servo, event_log=self.kept, clock=clock, alarm=lambda: self.state)
        self.lens.start()
        self.task = asyncio.ensure_future(self.lens.run())

    async def go(self, seconds):
        await self.clock.advance(seconds)

    def steer(self, **body):
        _, act = self.servo.prepare(ServoCommand(**body))
        act()

    def set(self, **changed):
        self.state = replace(self.state, **changed)
        self.lens.wake()

    async def end(self):
        self.task.cancel()
        self.mount.task.cancel()
        await asyncio.gather(self.task, self.mount.task, return_exceptions=True)


@pytest.fixture
async def post(clock, faults):
    made = []

    def make(**values):
        made.append(Post(clock, faults, **values))
        return made[-1]

    yield make
    for one in made:
        await one.end()


def trip(one, preset="door"):
    for effect in (TakeStill(MOTION), PointCamera(preset, cause=MOTION), Record(30.0, cause=MOTION)):
        one.lens.do(effect)


async def test_a_trip_is_looked_at_recorded_seen_twice_and_left_once_it_is_quiet(post):
    one = post()
    await one.go(1)
    trip(one)
    one.camera.records = True
    assert one.camera.stills == [("e1", None)]
    assert one.camera.clips == [(30.0, "alarm", "e1", "motion")]
    await one.go(2.5)
    assert one.camera.stills == [("e1", None), ("e1", "door")]
    await one.go(60)
    one.camera.records = False
    await one.go(58)
    assert one.servo.commanded_deg == -60
    await one.go(4)
    assert one.servo.commanded_deg == 0
    await one.go(500)
    assert one.servo.commanded_deg == 0


async def test_the_still_of_where_it_happened_comes_as_soon_as_the_lens_stands_still(post):
    one = post()
    await one.go(1)
    trip(one)
    while one.servo.moving or one.servo.angle_deg != -60:
        await one.go(0.02)
    await one.go(SETTLE_S - 0.1)
    assert len(one.camera.stills) == 1
    await one.go(0.3)
    assert one.camera.stills[1:] == [("e1", "door")]


async def test_while_an_alarm_goes_on_it_stays(post):
    one = post()
    trip(one)
    one.set(stage=Stage.TRIGGERED)
    await one.go(300)
    assert one.servo.commanded_deg == -60


async def test_what_a_hand_has_steered_since_is_left_there(post):
    one = post()
    trip(one)
    await one.go(5)
    one.steer(angle_deg=20)
    await one.go(300)
    assert one.servo.commanded_deg == 20


async def test_a_hand_is_not_taken_the_servo_but_the_picture_is_taken(post):
    one = post()
    one.steer(angle_deg=20)
    trip(one)
    await one.go(100)
    assert (one.servo.commanded_deg, len(one.camera.stills), len(one.camera.clips)) == (20, 1, 1)


async def test_a_moving_lens_is_told_five_times_a_second(post):
    one = post()
    await one.go(1)
    one.camera.looks.clear()
    one.servo.point("wall")
    await one.go(1.4)
    assert len([look for look in one.camera.looks if look[2]]) >= 7
    await one.go(1)
    assert one.camera.looks[-1] == (90, "wall", False)


async def test_on_patrol_it_goes_round_and_a_trip_and_a_sensor_make_it_stay(post):
    one = post(patrol={"presets": ["door", "window"], "dwell_s": 20}, return_after_s=5)
    await one.go(21)
    assert (one.servo.preset, one.camera.patrols) == ("door", True)
    await one.go(22)  # it dwells from its arrival on
    assert one.servo.preset == "window"
    one.lens.disturb()
    await one.go(19)
    assert one.servo.preset == "window"
    trip(one, "wall")
    await one.go(4)
    assert one.servo.preset == "wall"
    await one.go(6)
    assert one.servo.preset == "window"
    await one.go(25)
    assert one.servo.preset == "door"
    one.set(mode=Mode.ACTIVE)
    await one.go(300)
    assert (one.servo.preset, one.camera.patrols) == ("door", False)


async def test_while_people_are_home_it_looks_away_and_a_picture_proves_it(post):
    one = post(park="wall")
    one.steer(angle_deg=20)
    await one.go(11)
    one.set(mode=Mode.ACTIVE)
    await one.go(3)
    assert one.camera.privacy == [(True, "wall")]
    assert one.camera.stills == [(None, "wall")]
    with pytest.raises(BadCommand, match="arm the site"):
        one.steer(direction="left")
    one.lens.do(PointCamera("door", cause=MOTION))
    await one.go(100)
    assert one.servo.preset == "wall"
    assert one.lens.why_not_turn() == PARKED
    one.set(mode=Mode.NIGHT)
    await one.go(3)
    assert one.camera.privacy[-1][0] is False
    assert one.servo.commanded_deg == 20
    one.steer(direction="left")


async def test_after_a_restart_a_parked_lens_is_private_from_the_first_picture_on_and_knows_the_way_back(post):
    one = post(park="wall", mode=Mode.ACTIVE, start_deg=20.0)
    await one.go(4)
    again = post(park="wall", mode=Mode.ACTIVE, start_deg=90.0, kept=one.kept)
    assert again.camera.privacy == [(True, None)]
    again.set(mode=Mode.SURVEILLANCE)
    await again.go(4)
    assert (again.camera.private, again.servo.commanded_deg) == (False, 20)


async def test_without_a_place_to_park_it_nothing_changes_while_people_are_home(post):
    one = post(mode=Mode.ACTIVE)
    await one.go(30)
    assert (one.camera.privacy, one.servo.commanded_deg) == ([], 0)
    one.steer(direction="left")


happenings = st.lists(
    st.tuples(st.floats(0.1, 12.0), st.sampled_from(["trip", "hand", "home", "away", "record", "quiet", "sensor", "nothing"])),
    max_size=15,
)


@hypothesis_settings(max_examples=12, deadline=None)
@given(happenings)
def test_it_never_moves_while_it_is_private_nor_out_of_a_hand(given_happenings):
    async def live():
        one = Post(FakeClock(), Faults(), park="wall", patrol={"presets": ["door", "window"], "dwell_s": 5}, return_after_s=5)
        in_hand_deg = None
        for seconds, what in given_happenings:
            if what == "trip":
                trip(one)
            elif what == "hand":
                try:
                    one.steer(angle_deg=33)
                except BadCommand:
                    assert one.state.mode is Mode.ACTIVE or one.lens.why_not_turn()
                else:
                    in_hand_deg = 33
            elif what in {"home", "away"}:
                one.set(mode=Mode.ACTIVE if what == "home" else Mode.SURVEILLANCE)
            elif what in {"record", "quiet"}:
                one.camera.records = what == "record"
            elif what == "sensor":
                one.lens.disturb()
            before_deg, was_private = one.servo.commanded_deg, one.camera.private and one.state.mode is Mode.ACTIVE
            await one.go(seconds)
            if was_private:
                assert one.servo.commanded_deg == before_deg == 90
            if in_hand_deg is not None and one.servo.in_hand:
                assert one.servo.commanded_deg == in_hand_deg
        await one.end()

    asyncio.run(live())
