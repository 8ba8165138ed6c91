"""The camera as a process: what it records, what it says, how it ends, whom it never waits for."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.camera.probing import probe
from tests.camera.running import CAUSE, RunningCamera, config_of
from tests.house import clean_environment
from tests.processes import resident_bytes
from tests.waiting import wait_until
from vigie.camera.encoder import decode_jpeg
from vigie.camera.frame_strip import Strip, read_strip
from vigie.deploy.broker import free_port
from vigie.protocol.camera import MediaStored
from vigie.protocol.camera_orders import Look, Private, Still, Stop, Told
from vigie.protocol.events import ClockQuality


@pytest.fixture
def camera(tmp_path):
    with RunningCamera(config_of(tmp_path, pre_roll_s=2.0)) as running:
        running.ready()
        yield running


def strip_of(jpeg: bytes) -> Strip | None:
    frame = decode_jpeg(jpeg)
    return read_strip(bytes(frame.planes[0]), frame.width, frame.height, frame.planes[0].line_size)


def after_pictures(camera, seconds):
    frames = seconds * 10
    camera.wait_for(lambda line: line["say"] == "alive" and line["frame"] >= frames, f"{frames} pictures")


def test_a_clip_has_its_pre_roll_plays_and_is_what_its_record_says(camera):
    after_pictures(camera, 4)
    camera.order(Look(angle_deg=30.0, preset="sofa", clock=ClockQuality.SYNCED))
    camera.record("clip00000001", 2.0)
    started = camera.wait_for_clip("clip00000001", "started")
    assert (started["cause"], started["angle_deg"], started["preset"]) == (CAUSE.model_dump(mode="json"), 30.0, "sofa")
    finished = camera.wait_for_clip("clip00000001", "finished")
    (media,) = camera.media().media
    found = probe(camera.path("clip00000001"))
    assert found.faults == ""
    assert 1.9 <= media.triggered_after_s <= 3.2
    assert media.duration_s == pytest.approx(media.triggered_after_s + 2.0, abs=0.3)
    assert found.duration_s == pytest.approx(media.duration_s, abs=0.15)
    assert (finished["duration_s"], finished["size_bytes"]) == (media.duration_s, media.size_bytes)
    assert media.sha256 == hashlib.sha256(camera.path("clip00000001").read_bytes()).hexdigest()
    assert media.complete
    assert not media.truncated
    assert media.started_at is not None
    assert sorted(path.name for path in camera.path("x").parent.iterdir()) == ["clip00000001.json", "clip00000001.ts"]


def test_a_trigger_while_recording_makes_one_longer_clip_and_stop_ends_it(camera):
    camera.record("clip00000001", 2.0)
    camera.wait_for_clip("clip00000001", "started")
    camera.record("clip00000002", 60.0)
    after_pictures(camera, 5)
    camera.order(Stop())
    finished = camera.wait_for_clip("clip00000001", "finished")
    assert 4.5 <= finished["duration_s"] <= 10
    assert [change["clip_id"] for change in camera.changes("started")] == ["clip00000001"]


def test_the_longest_clip_is_followed_by_the_next_without_a_hole(tmp_path):
    with RunningCamera(config_of(tmp_path, pre_roll_s=1.0, max_clip_s=10.0)) as camera:
        camera.ready()
        camera.record("clip00000001", 14.0)
        wait_until(lambda: len(camera.changes("finished")) == 2, "two clips", within_s=25)
        first, second = (probe(camera.path(change["clip_id"])) for change in camera.changes("finished"))
        assert first.duration_s <= 10.0
        assert first.duration_s + second.duration_s == pytest.approx(14.5, abs=1.2)
        assert first.frames + second.frames == pytest.approx(145, abs=12)


def test_a_still_is_a_picture_of_now_at_the_angle_that_was_looked_at(camera):
    camera.order(Look(angle_deg=-40.0, clock=ClockQuality.SYNCED))
    after_pictures(camera, 3)
    camera.order(Still(still_id="still0000001", cause=CAUSE))
    media = wait_until(lambda: next((found for found in camera.media().media if found.complete), None), "a still")
    assert (media.kind, media.angle_deg, media.width, media.height) == ("still", -40.0, 320, 180)
    with camera.get(f"/media/{media.id}") as answer:
        strip = strip_of(answer.read())
    assert strip is not None
    assert strip.angle_deg == -40
    assert strip.frame >= 30


def test_the_strip_survives_h264(camera, tmp_path):
    camera.record("clip00000001", 1.0)
    camera.wait_for_clip("clip00000001", "finished")
    grey = tmp_path / "grey.raw"
    argv = ["ffmpeg", "-v", "error", "-i", camera.path("clip00000001"), "-f", "rawvideo", "-pix_fmt", "gray", grey]
    subprocess.run(argv, check=True, timeout=30)
    data, size = grey.read_bytes(), 320 * 180
    numbers = [read_strip(data[at : at + size], 320, 180) for at in range(0, len(data), size)]
    frames = [strip.frame for strip in numbers if strip]
    assert len(frames) == len(numbers) >= 10
    assert frames == list(range(frames[0], frames[0] + len(frames)))


def test_the_end_of_stdin_closes_the_clip(camera):
    camera.record("clip00000001", 60.0)
    camera.wait_for_clip("clip00000001", "started")
    after_pictures(camera, 3)
    assert camera.end() < 2
    assert camera.changes("finished")[0]["clip_id"] == "clip00000001"
    assert probe(camera.path("clip00000001")).faults == ""


@pytest.mark.parametrize("stopped_agent", [False, True])
def test_sigterm_closes_the_clip_within_two_seconds_also_with_an_agent_that_reads_nothing(stopped_agent, tmp_path):
    with RunningCamera(config_of(tmp_path), reading=not stopped_agent) as camera:
        camera.record("clip00000001", 60.0)
        part = camera.path("clip00000001", ".ts.part")
        wait_until(lambda: part.exists() and part.stat().st_size > 0, "a clip")
        began = time.monotonic()
        camera.process.send_signal(signal.SIGTERM)
        assert camera.process.wait(5) == 0
        assert time.monotonic() - began < 2
        assert probe(camera.path("clip00000001")).frames > 0


def test_an_end_that_is_told_again_and_again_is_one_in_order(camera):
    """An agent that was killed ends it twice: by the end of stdin, and by the kernel's signal, at whatever moment of the end."""
    camera.record("clip00000001", 60.0)
    camera.wait_for_clip("clip00000001", "started")
    after_pictures(camera, 2)

    def is_over() -> bool:
        camera.process.send_signal(signal.SIGTERM)
        return camera.process.poll() is not None

    camera.process.stdin.close()
    wait_until(is_over, "it ends", within_s=5)
    assert camera.process.returncode == 0
    assert probe(camera.path("clip00000001")).faults == ""
    wait_until(lambda: "ending" in "".join(camera.log), "it says so")
    assert "Traceback" not in "".join(camera.log)


def test_an_agent_that_reads_nothing_holds_nothing_up(tmp_path):
    """A pipe holds 64 KiB; this one is full from the start."""
    fill = "import os,sys; os.set_blocking(1, False)\ntry:\n  while True: os.write(1, b' ' * 4096)\nexcept BlockingIOError: pass\n"
    go_on = "os.set_blocking(1, True); from vigie.cli import main; sys.exit(main(['camera']))"
    config = config_of(tmp_path, pre_roll_s=1.0, listen_port=free_port())
    with RunningCamera(config, reading=False, program=(sys.executable, "-c", fill + go_on)) as camera:
        wait_until(lambda: frame_of(camera) >= 20, "pictures, more than the pre-roll")  # it cannot say that it is ready
        camera.record("clip00000001", 3.0)
        wait_until(lambda: camera.path("clip00000001").exists(), "a finished clip")
        assert probe(camera.path("clip00000001")).duration_s >= 3.8


def frame_of(camera: RunningCamera) -> int:
    """The number of its newest picture, -1 while nothing answers."""
    try:
        with camera.get("/snapshot.jpg") as answer:
            return int(answer.headers["X-Frame"])
    except OSError:
        return -1


def test_rubbish_on_stdin_is_logged_and_left(camera):
    for line in (
        "rubbish",
        "{}",
        '{"do": "dance"}',
        '{"do": "record"}',
        "[" * 5000,
        "x" * 200_000,
        "",
        '"record"',
        '{"do":"still","still_id":1}',
    ):
        camera.write(line)
    camera.record("clip00000001", 1.0)
    camera.wait_for_clip("clip00000001", "finished")
    log = "".join(camera.log)
    assert log.count("not understood on stdin") == 7
    assert "a line of more than 65536 bytes" in log
    assert "Traceback" not in log


def test_a_finished_clip_is_told_again_after_each_start_until_it_is_told(camera, tmp_path):
    camera.record("clip00000001", 1.0)
    first = camera.wait_for_clip("clip00000001", "finished")
    camera.kill()
    with RunningCamera(camera.config) as second:
        second.ready()
        assert second.wait_for_clip("clip00000001", "finished") == first
        second.order(Told(id="clip00000001", state="finished"))
        known = second.path("clip00000001", ".json")
        wait_until(lambda: json.loads(known.read_bytes())["told"] == ["finished"], "told")
        second.kill()
    with RunningCamera(camera.config) as third:
        third.ready()
        third.alive()
        assert third.changes("finished") == []


def test_a_clip_that_another_camera_still_writes_is_left_to_it(camera):
    """Its agent was killed, and the next one is quicker than the card."""
    camera.record("clip00000001", 60.0)
    after_pictures(camera, 2)
    os.kill(camera.process.pid, signal.SIGSTOP)
    with RunningCamera(camera.config) as second:
        second.ready()
        second.record("clip00000002", 2.0)
        wait_until(lambda: "still writes" in "".join(second.log), "it waits")
        assert second.status("/media/clip00000001") == 503  # not 404: the bridge would let it be for an hour
        os.kill(camera.process.pid, signal.SIGCONT)
        camera.end()
        first = camera.wait_for_clip("clip00000001", "finished")
        assert second.wait_for_clip("clip00000001", "finished") == first
        assert not first["truncated"]
        second.wait_for_clip("clip00000002", "finished")
        for media in second.media().media:
            assert media.sha256 == hashlib.sha256(second.path(media.id).read_bytes()).hexdigest()
            assert probe(second.path(media.id)).faults == ""


def test_a_clip_that_cannot_be_read_after_a_crash_takes_no_other_away(tmp_path):
    media = tmp_path / "media"
    (media / "clip00000001.ts.part").mkdir(parents=True)  # reading it fails, as on a bad spot of the card
    with RunningCamera(config_of(tmp_path)) as camera:
        camera.record("clip00000002", 1.0)
        trouble = camera.wait_for(lambda line: line["say"] == "trouble", "a trouble")
        assert (trouble["name"], "clip00000001" in trouble["detail"]) == ("clip_failed", True)
        camera.wait_for_clip("clip00000002", "finished")
        camera.wait_for(lambda line: line["say"] == "better", "it goes on")


def test_what_the_server_has_is_not_offered_again(camera):
    camera.record("clip00000001", 1.0)
    camera.wait_for_clip("clip00000001", "finished")
    (media,) = camera.media().media
    wrong = MediaStored(sha256="0" * 64).model_dump_json().encode()
    assert camera.status("/media/clip00000001/stored", data=wrong) == 409
    assert len(camera.media().media) == 1
    assert camera.status("/media/clip00000001/stored", data=MediaStored(sha256=media.sha256).model_dump_json().encode()) == 204
    assert camera.media().media == ()
    assert camera.status("/media/clip00000001") == 200
    camera.end()
    with RunningCamera(camera.config) as second:
        second.ready()
        assert second.media().media == ()


def test_private_ends_and_refuses_everything_and_keeps_what_there_was(camera):
    after_pictures(camera, 2)
    camera.record("clip00000001", 60.0)
    camera.wait_for_clip("clip00000001", "started")
    with camera.get("/live.mjpeg") as live:
        assert live.readline() == b"--frame\r\n"
        camera.order(Private(on=True))
        camera.wait_for_clip("clip00000001", "finished")
        live.read()  # ends
    camera.record("clip00000002", 5.0)
    camera.order(Still(still_id="still0000001", cause=CAUSE))
    assert camera.status("/snapshot.jpg") == 403
    assert camera.status("/live.mjpeg") == 403
    assert camera.status("/media/clip00000001") == 200
    assert camera.alive()["luminance"] is None
    camera.order(Private(on=False))
    wait_until(lambda: camera.status("/snapshot.jpg") == 200, "pictures again")
    assert [found.id for found in camera.media().media] == ["clip00000001"]


def test_nobody_sees_anything_of_a_camera_that_starts_private(tmp_path):
    with RunningCamera(config_of(tmp_path, private=True)) as camera:
        camera.ready()
        assert camera.status("/snapshot.jpg") == 403
        camera.record("clip00000001", 5.0)
        camera.alive()
        assert camera.media().media == ()


def test_a_camera_that_is_not_there_is_a_trouble_in_words(tmp_path):
    with RunningCamera(config_of(tmp_path, source="v4l2", device="/dev/video-none")) as camera:
        assert camera.process.wait(10) == 1
        wait_until(lambda: camera.said, "a trouble")
        (trouble,) = [line for line in camera.said if line["say"] == "trouble"]
        assert trouble["name"] == "no_pictures"
        assert "/dev/video-none: there is no such device; plug it in" in trouble["detail"]
        wait_until(lambda: "vigie camera: camera /dev/video-none" in "".join(camera.log), "one line on stderr")
        assert "Traceback" not in "".join(camera.log)


@pytest.mark.parametrize(
    ("line", "said"), [("", "stdin, line 1"), ("rubbish", "stdin, line 1"), ('{"device_id":"x"}', "folder"), (None, "ended before")]
)
def test_without_a_configuration_it_says_what_it_wants(line, said):
    argv = [sys.executable, "-m", "vigie", "camera"]
    text = "" if line is None else line + "\n"
    done = subprocess.run(argv, input=text, env=clean_environment(), capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said(camera, tmp_path):
    taken = config_of(tmp_path / "second", listen_port=camera.port)
    with RunningCamera(taken) as second:
        assert second.process.wait(10) == 1
        wait_until(lambda: f"127.0.0.1:{camera.port} cannot be listened on" in "".join(second.log), "why")


def test_it_fits_on_a_pi(tmp_path):
    """At its usual size: 130 MB is what a Zero 2 W has for it, and most of a core is other programs'."""
    with RunningCamera(config_of(tmp_path, width=None, height=None, fps=None)) as camera:
        ready = camera.ready()
        assert (ready["width"], ready["height"], ready["fps"], ready["encoder"]) == (640, 360, 10.0, "libx264")
        camera.alive()
        before = cpu_s(camera.process.pid)
        for _ in range(4):
            alive = camera.alive()
        assert cpu_s(camera.process.pid) - before < 4 * 0.20
        assert resident_bytes(camera.process.pid) < 130_000_000
        assert alive["fps"] == pytest.approx(10.0, abs=1.0)
        assert 0.2 < alive["luminance"] < 0.9


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
