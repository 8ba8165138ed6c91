"""A camera that crashes, hangs, is not there, or writes rubbish: a trouble with a name that ends by itself, and nothing else."""

import json
import signal
import time
from pathlib import Path

import pytest

from tests.agent.filming import Filming
from tests.agent.guarding import events
from vigie.agent.camera_troubles import CameraTroubles
from vigie.domain.camera_watch import CameraWatch, Phase
from vigie.protocol.states import Mode


@pytest.fixture
async def film(tmp_path, monkeypatch):
    made = []

    def make(behaviour="well", **values):
        made.append(Filming(tmp_path / "pi", monkeypatch, behaviour, **values))
        return made[-1]

    yield make
    for filming in made:
        await filming.close()


def is_gone(pid):
    """Also no zombie."""
    return not Path(f"/proc/{pid}").exists()


async def test_a_killed_camera_is_a_trouble_and_is_back(film):
    pi = await film().start()
    pid = pi.camera_pid
    pi.signal(signal.SIGKILL)
    await pi.until(lambda: pi.faults() == {"camera:crashed"}, "it is a trouble", within_s=5)
    await pi.until(lambda: pi.state("camera")["state"] == "failed", "it is shown")
    assert pi.state("camera")["fault"] == "camera:crashed"
    assert (await pi.command("record", {"action": "start"}))["reason"].startswith("the camera has failed")
    await pi.until(lambda: pi.state("camera")["state"] == "ok", "it is back")
    assert pi.faults() == set()
    assert is_gone(pid)


async def test_what_it_recorded_when_it_died_goes_on_under_another_name(film):
    pi = await film().start()
    first = (await pi.command("record", {"action": "start", "duration_s": 60}))["clip_id"]
    await pi.until(lambda: pi.state("camera")["recording"] == first, "it records")
    pi.signal(signal.SIGKILL)
    await pi.until(lambda: pi.state("camera")["recording"] not in {None, first}, "it records again")
    again = pi.told("record")[-1]
    assert (again["cause"]["kind"], again["duration_s"] < 60) == ("command", True)


async def test_a_name_that_a_camera_may_have_used_before_it_died_is_never_used_again(film):
    """The clip of that name would be written over the one that is on the card."""
    pi = await film("brittle").start()
    promised = (await pi.command("record", {"action": "start", "duration_s": 60}))["clip_id"]
    await pi.until(lambda: len(pi.told("record")) == 2, "the next one is told as well", 15)
    pi.become("well")
    await pi.until(lambda: pi.state("camera").get("recording"), "it is recorded", 15)
    names = [order["clip_id"] for order in pi.told("record")]
    assert names[0] == promised
    assert len(set(names)) == len(names) >= 3
    assert pi.state("camera")["recording"] == names[-1]


@pytest.mark.parametrize("behaviour", ["well", "deaf"], ids=["stopped by a signal", "deaf to SIGTERM, with an old picture"])
async def test_a_camera_that_hangs_is_seen_within_15_seconds_made_to_go_and_replaced(film, behaviour):
    pi = await film(behaviour).start()
    pid = pi.camera_pid
    pi.become("well")
    if behaviour == "well":
        pi.signal(signal.SIGSTOP)
    began = time.monotonic()
    await pi.until(lambda: pi.faults() == {"camera:hung"}, "it is a trouble", within_s=15)
    await pi.until(lambda: is_gone(pid), "it is made to go", within_s=10)
    await pi.until(lambda: pi.state("camera")["state"] == "ok", "another one is there")
    assert time.monotonic() - began < 20
    assert pi.faults() == set()


async def test_a_camera_that_is_not_there_is_a_trouble_in_its_own_words(film):
    pi = await film("absent").start(is_well=False)
    await pi.until(lambda: pi.faults() == {"camera:no_pictures"}, "it is a trouble")
    assert "/dev/video7" in pi.device.faults.present["camera:no_pictures"]
    assert "/dev/video7" in (await pi.command("snapshot", {}))["reason"]
    pi.become("well")
    await pi.until(lambda: pi.state("camera")["state"] == "ok", "it has been plugged in")
    assert pi.faults() == set()


def test_why_there_are_no_pictures_is_known_before_the_process_has_ended(faults):
    troubles = CameraTroubles(faults)
    troubles.began("no_pictures", "no camera at /dev/video7")
    troubles.look(CameraWatch(phase=Phase.STARTING), 0.0, private=False)
    assert troubles.failure == ("no_pictures", "no camera at /dev/video7")
    assert faults.names() == ("camera:no_pictures",)


async def test_a_program_that_cannot_be_started_is_a_trouble(film):
    pi = film()
    pi.argv = ("/nonexistent/vigie",)
    await pi.start(is_well=False)
    await pi.until(lambda: pi.faults() == {"camera:crashed"}, "it is a trouble")


@pytest.mark.parametrize("behaviour", ["rubbish", "flood", "crash", "mute"])
async def test_the_sensors_do_not_notice(film, behaviour):
    pi = await film(behaviour).start(is_well=False)
    if behaviour in {"rubbish", "flood"}:
        await pi.until(lambda: pi.told("look"), "it has begun")
    pin = pi.factory.pin(17)
    slowest_s = 0.0
    for number in range(10):
        seen = len(pi.accepted)
        began = time.monotonic()
        pin.drive_high() if number % 2 == 0 else pin.drive_low()
        await pi.until(lambda seen=seen: len(pi.accepted) > seen, "the edge is an event", within_s=2)
        slowest_s = max(slowest_s, time.monotonic() - began)
    assert slowest_s < 0.5
    assert pi.faults() <= {"camera:crashed"}


async def test_rubbish_between_good_lines_does_not_take_the_camera_away(film):
    pi = await film("rubbish").start()
    assert (await pi.command("snapshot", {}))["status"] == "done"


async def test_a_change_that_is_told_again_after_a_restart_is_no_second_event(film):
    pi = await film().start()
    clip = (await pi.command("record", {"action": "start", "duration_s": 0.3}))["clip_id"]
    both = [(clip, "started"), (clip, "finished")]
    await pi.until(lambda: pi.clips() == both, "both are in the log")
    await pi.until(lambda: len(pi.told("told")) == 2, "the camera knows it")
    cause = {"kind": "command"}
    untold = [{"clip_id": clip, "state": state, "cause": cause} for state in ("started", "finished", "deleted")]
    await pi.stop()
    (pi.folder / "untold.json").write_text(json.dumps(untold))  # as if the agent had died before the camera heard of it
    await pi.start()
    await pi.until(lambda: json.loads((pi.folder / "untold.json").read_text()) == [], "all is told")
    assert pi.clips() == [*both, (clip, "deleted")]


async def test_troubles_of_the_camera_are_events_that_begin_and_end(film):
    pi = await film().start(Mode.ACTIVE)
    pi.signal(signal.SIGKILL)
    await pi.until(lambda: [body for body in troubles(pi) if body["name"] == "camera:crashed"], "it is told")
    await pi.until(
        lambda: [body["state"] for body in troubles(pi) if body["name"] == "camera:crashed"] == ["began", "ended"],
        "and its end",
        15,
    )


def troubles(pi):
    return [event.draft.body for event in events(pi.folder) if event.draft.type == "trouble"]


async def test_the_agents_end_is_the_cameras_end(film):
    pi = await film("deaf").start()
    pid = pi.camera_pid
    began = time.monotonic()
    await pi.stop()
    assert is_gone(pid)
    assert time.monotonic() - began < 5
