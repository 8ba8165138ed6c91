"""A card without room while it is recorded, a real small one: the clip plays as far as it got, the oldest go by policy and say
why, and all goes on by itself once there is room.
"""

import json

import pytest

from tests.camera.probing import probe
from tests.camera.running import RunningCamera, config_of
from tests.small_disk import SmallDisk
from tests.waiting import wait_until
from vigie.protocol.camera import MediaStored
from vigie.protocol.camera_orders import Told

MEGABYTE = 2**20
FLOOR = 2 * MEGABYTE


@pytest.fixture
def disk(tmp_path):
    with SmallDisk(tmp_path / "disk", 8 * MEGABYTE) as made:
        yield made


@pytest.fixture
def start(disk):
    """Starts a camera on that card."""
    running = []

    def start_(**changes):
        running.append(RunningCamera(config_of(disk.folder, **{"min_free_bytes": FLOOR, **changes}), within=disk.within))
        running[-1].ready()
        return running[-1]

    yield start_
    for camera in running:
        camera.__exit__()


def recorded(camera, clip_id, seconds=1.0):
    camera.record(clip_id, seconds)
    return camera.wait_for_clip(clip_id, "finished")


def store(camera, clip_id):
    """The server has it."""
    media = next(media for media in camera.media().media if media.id == clip_id)
    assert camera.status(f"/media/{clip_id}/stored", data=MediaStored(sha256=media.sha256).model_dump_json().encode()) == 204


def trouble(camera):
    return camera.wait_for(lambda line: line["say"] == "trouble", "a trouble")


def test_a_card_that_fills_ends_the_clip_and_the_rest_is_recorded_when_there_is_room(start, disk):
    camera = start(min_free_bytes=0)
    camera.record("clip00000001", 60.0)
    part = disk.path / "media" / "clip00000001.ts.part"
    wait_until(lambda: part.exists() and part.stat().st_size > 20_000, "some of it is on the card")
    disk.fill()
    finished = camera.wait_for_clip("clip00000001", "finished")
    assert trouble(camera)["name"] == "disk_full"
    played = probe(disk.path / "media" / "clip00000001.ts")
    assert (played.faults, played.frames >= 10) == ("", True)
    assert not finished["truncated"]
    assert camera.alive()["frame_age_s"] < 1.5, "the pictures go on"
    disk.free()
    camera.wait_for(lambda line: line["say"] == "better" and line["name"] == "disk_full", "there is room again")
    again = wait_until(lambda: camera.changes("started")[1:], "it goes on")[0]
    assert again["cause"] == finished["cause"]
    camera.end()
    assert [change["clip_id"] for change in camera.changes("finished")] == ["clip00000001", again["clip_id"]]
    assert probe(disk.path / "media" / f"{again['clip_id']}.ts").faults == ""


def test_the_last_room_is_for_the_event_log_also_at_the_cost_of_what_is_recorded(start, disk):
    camera = start()
    camera.record("clip00000001", 60.0)
    camera.wait_for_clip("clip00000001", "started")
    disk.leave(FLOOR // 8)
    assert trouble(camera)["name"] == "disk_full"
    gone = camera.wait_for_clip("clip00000001", "deleted")
    assert (gone["reason"], gone["stored"], gone["duration_s"] > 0) == ("disk_low", False, True)
    disk.free()
    again = wait_until(lambda: camera.changes("started")[1:], "it goes on")[0]
    camera.end()
    assert camera.changes("finished")[-1]["clip_id"] == again["clip_id"]


def test_what_the_server_has_goes_first_and_each_says_why(start, disk):
    camera = start()
    for number in (1, 2, 3):
        recorded(camera, f"clip0000000{number}")
    store(camera, "clip00000002")
    disk.leave(FLOOR - 1)
    recorded(camera, "clip00000004")
    wait_until(lambda: len(camera.changes("deleted")) >= 2, "the next one had to go as well")
    gone = [(change["clip_id"], change["reason"], change["stored"]) for change in camera.changes("deleted")]
    assert gone[:2] == [("clip00000002", "disk_low", True), ("clip00000001", "disk_low", False)]
    assert not any(line["say"] == "trouble" for line in camera.said), "there was room for recording all the time"
    camera.order(Told(id="clip00000001", state="deleted"))
    known = disk.path / "media" / "clip00000001.json"
    wait_until(lambda: not known.exists(), "of what is told to be gone nothing more is kept")


def test_why_a_clip_went_is_told_again_after_a_restart_until_it_is_told(start, disk):
    camera = start()
    recorded(camera, "clip00000001")
    disk.leave(FLOOR - 1)
    recorded(camera, "clip00000002")
    gone = camera.wait_for_clip("clip00000001", "deleted")
    camera.kill()
    second = start()
    assert second.wait_for_clip("clip00000001", "deleted") == gone
    assert json.loads((disk.path / "media" / "clip00000001.json").read_bytes())["deleted"] == "disk_low"


def test_a_camera_that_starts_on_a_full_card_records_once_there_is_room(start, disk):
    disk.fill()
    disk.use_up_files()
    camera = start()
    camera.record("clip00000001", 60.0)
    assert trouble(camera)["name"] == "disk_full"
    disk.free()
    camera.wait_for(lambda line: line["say"] == "clip", "it is recorded")
    camera.end()
    (finished,) = camera.changes("finished")
    assert probe(disk.path / "media" / f"{finished['clip_id']}.ts").faults == ""
