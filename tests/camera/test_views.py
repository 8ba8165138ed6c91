"""Views of real pictures, and the camera process that keeps a reference of each preset."""

import json
import random
import threading
from functools import cache

import pytest

from tests.camera.running import CAUSE, RunningCamera, config_of
from tests.waiting import wait_until
from vigie.camera.encoder import decode_jpeg, planar_frame
from vigie.camera.measure import Cells
from vigie.camera.pictures import Format
from vigie.camera.sources.synthetic import SyntheticSource
from vigie.domain.view import is_shifted, likeness, view_of
from vigie.domain.view_check import LIKE_ABOVE, UNLIKE_BELOW
from vigie.protocol.camera_orders import Look, Still
from vigie.protocol.events import ClockQuality

WIDTH, HEIGHT = 320, 180
ANGLES = (-60.0, -45.0, -20.0, 0.0, 20.0, 40.0, 60.0)


@cache
def luma_at(angle_deg):
    """What the synthetic camera shows there, once it has turned."""
    now_s = [0.0]
    source = SyntheticSource("raspberry-01", threading.Event(), Format(WIDTH, HEIGHT, 10.0), monotonic=lambda: now_s[0])
    source.open()
    source.look(angle_deg)
    for _ in range(40):
        now_s[0] += 0.11
        frame = source.read().frame
    plane = frame.planes[0]
    data = bytes(plane)
    return b"".join(data[row * plane.line_size : row * plane.line_size + WIDTH] for row in range(HEIGHT))


def view_at(luma):
    return view_of(Cells().of(planar_frame(memoryview(luma + b"\x80" * (WIDTH * HEIGHT // 2)), WIDTH, HEIGHT, WIDTH)))


def changed(luma, change):
    """Each point by (value, column, row) -> value."""
    return bytes(min(255, max(0, int(change(value, at % WIDTH, at // WIDTH)))) for at, value in enumerate(luma))


def is_moved(luma, other):
    one, two = view_at(luma), view_at(other)
    return likeness(one, two) < UNLIKE_BELOW or is_shifted(one, two)


def is_same(luma, other):
    one, two = view_at(luma), view_at(other)
    return likeness(one, two) > LIKE_ABOVE and not is_shifted(one, two)


@pytest.mark.parametrize("angle_deg", ANGLES)
def test_noise_light_and_shade_leave_the_view_as_it_is(angle_deg):
    luma, chance = luma_at(angle_deg), random.Random(1)
    for name, change in {
        "noise": lambda value, _x, _y: value + chance.gauss(0, 12),
        "half the light": lambda value, _x, _y: value * 0.5 + 10,
        "hardly any light": lambda value, _x, _y: value * 0.25 + 12 + chance.gauss(0, 5),
        "bright": lambda value, _x, _y: value * 1.2 + 20,
        "light from the left": lambda value, x, _y: 16 + (value - 16) * (1.2 - 0.9 * x / WIDTH),
        "light from the right": lambda value, x, _y: 16 + (value - 16) * (0.3 + 0.9 * x / WIDTH),
        "a lamp": lambda value, x, y: value + max(0, 80 - abs(x - 220) - abs(y - 60)),
    }.items():
        assert is_same(luma, changed(luma, change)), name


@pytest.mark.parametrize("angle_deg", ANGLES)
@pytest.mark.parametrize("luma_of_it", [50, 130, 200])
def test_somebody_in_the_picture_is_not_a_camera_that_has_moved(angle_deg, luma_of_it):
    luma = luma_at(angle_deg)
    for left in range(0, WIDTH - 45, 30):
        shown = changed(
            luma, lambda value, x, y, left=left: luma_of_it + y // 20 * 4 if left <= x < left + 45 and y > 45 else value
        )
        assert not is_moved(luma, shown)


@pytest.mark.parametrize("angle_deg", ANGLES)
def test_somebody_near_the_lens_or_another_quarter_is_not_a_camera_that_has_moved(angle_deg):
    luma, chance = luma_at(angle_deg), random.Random(1)
    for left in range(0, WIDTH - 100, 40):
        near = changed(luma, lambda value, x, y, left=left: 50 + y // 20 * 4 if left <= x < left + 100 and y > 10 else value)
        assert not is_moved(luma, near)
    tiles = [[chance.randrange(20, 235) for _ in range(20)] for _ in range(12)]
    for right in (False, True):
        for lower in (False, True):
            mixed = changed(
                luma,
                lambda value, x, y, where=(right, lower): (
                    tiles[y // 15][x // 16] if (x >= WIDTH // 2, y >= HEIGHT // 2) == where else value
                ),
            )
            assert not is_moved(luma, mixed)


@pytest.mark.parametrize("angle_deg", ANGLES)
@pytest.mark.parametrize("turned_deg", [-30.0, -15.0, -10.0, 10.0, 15.0, 30.0])
def test_a_camera_that_was_turned_by_ten_degrees_or_more_has_moved(angle_deg, turned_deg):
    assert is_moved(luma_at(angle_deg), luma_at(angle_deg + turned_deg))


@pytest.mark.parametrize("angle_deg", ANGLES)
@pytest.mark.parametrize("rows", [36, -36])
def test_a_camera_that_hangs_its_head_has_moved(angle_deg, rows):
    luma = luma_at(angle_deg)
    gone, edge = rows * WIDTH, luma[-WIDTH:] if rows > 0 else luma[:WIDTH]
    assert is_moved(luma, luma[gone:] + edge * rows if rows > 0 else edge * -rows + luma[:gone])


def kept(camera):
    file = camera.config.folder / "views.json"
    try:
        return json.loads(file.read_bytes())["views"]
    except (FileNotFoundError, json.JSONDecodeError):
        return []


def look_at(camera, angle_deg, preset):
    camera.order(Look(angle_deg=angle_deg, preset=preset, clock=ClockQuality.SYNCED))


def wait_for_reference(camera, preset):
    return wait_until(lambda: next((view for view in kept(camera) if view["preset"] == preset), None), preset, within_s=20)


def test_a_lens_that_has_slipped_is_told_and_what_is_accepted_is_right(tmp_path):
    with RunningCamera(config_of(tmp_path)) as camera:
        camera.ready()
        look_at(camera, 30.0, "door")
        learnt = wait_for_reference(camera, "door")
        assert (learnt["angle_deg"], learnt["taken_at"] is None) == (30.0, False)
        with camera.get("/views/door.jpg") as answer:
            still = decode_jpeg(answer.read())
        assert (still.width, still.height) == (WIDTH, HEIGHT)
        for path in ("/views/window.jpg", "/views/..%2Fviews.jpg", "/views/../views.jpg", "/views/.jpg"):
            assert camera.status(path) == 404
        assert camera.status("/views/door.jpg", token=None) == 401
        camera.end()
    file = tmp_path / "views.json"  # while it was off the lens slipped: what was learnt at 30° is to be seen at 0°
    file.write_text(file.read_text().replace('"angle_deg":30.0', '"angle_deg":0.0'))
    with RunningCamera(camera.config) as camera:
        camera.ready()
        look_at(camera, 0.0, "door")
        trouble = camera.wait_for(lambda line: line["say"] == "trouble", "it has moved", within_s=25)
        assert (trouble["name"], "at the preset 'door'" in trouble["detail"]) == ("moved:door", True)
        camera.order(Still(still_id="still0000001", cause=CAUSE, reference=True))
        camera.wait_for(lambda line: line == {"say": "better", "name": "moved:door"}, "it is right")
        wait_until(lambda: kept(camera)[0]["accepted"] != learnt["accepted"], "another reference")
        assert [media.id for media in camera.media().media] == ["still0000001"]


def test_views_that_cannot_be_read_are_logged_and_learnt_anew_each_where_it_is(tmp_path):
    (tmp_path / "views.json").write_text('{"views": [{"preset": "door", "accepted": [0.1')
    with RunningCamera(config_of(tmp_path)) as camera:
        camera.ready()
        camera.order(Look(clock=ClockQuality.SYNCED))  # no servo: one place
        assert wait_for_reference(camera, "")["angle_deg"] is None
        assert camera.status("/views/_fixed.jpg") == 200
        look_at(camera, -40.0, None)
        look_at(camera, -60.0, "window")
        wait_for_reference(camera, "window")
        assert [view["preset"] for view in kept(camera)] == ["", "window"]
        assert "are learnt anew" in "".join(camera.log)
        assert "Traceback" not in "".join(camera.log)
        assert not [line for line in camera.said if line["say"] == "trouble"]
