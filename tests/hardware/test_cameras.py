"""The installed camera process on V4L2 devices of the kernel: clips with what was before the trigger, and cameras that go."""

import asyncio
import json

import av
import pytest

from tests.agent.guarding import events
from tests.agent.running import listener
from tests.hardware.cameras import LOOP, WEBCAM, MjpegCamera, plug_in_webcam, unplug_webcam
from tests.hardware.installation import DEVICE
from tests.waiting import wait_until, wait_until_async

PRE_ROLL_S, RECORD_S, FPS = 3.0, 4.0, 5
CONFIGURATION = """
[sensors.motion]
pin = 17

[camera]
source = "v4l2"
device = "{device}"
width = 320
height = 180
fps = {fps}
pre_roll_s = {pre_roll_s}
min_free_bytes = 1_000_000
"""


@pytest.fixture
def webcam():
    plug_in_webcam()
    yield WEBCAM
    plug_in_webcam()


@pytest.fixture
def mjpeg(tmp_path):
    camera = MjpegCamera(tmp_path / "feeder.log")
    camera.start()
    yield camera
    camera.stop()


@pytest.fixture
def filming(header, agent_with):
    """An agent with this device as its camera."""

    def make(device):
        agent = agent_with(CONFIGURATION.format(device=device, fps=FPS, pre_roll_s=PRE_ROLL_S))
        agent.start()
        return agent

    return make


def state(seen):
    return (seen.on(f"states/{DEVICE}/camera") or [{}])[-1]


async def pictures_come(seen, within_s=60):
    await wait_until_async(lambda: state(seen).get("state") == "ok", "pictures come", within_s=within_s)


async def record(seen, duration_s):
    results = len(seen.on(f"results/{DEVICE}/record"))
    await seen.publish(f"commands/{DEVICE}/record", {"action": "start", "duration_s": duration_s})
    result = (await seen.wait_for(f"results/{DEVICE}/record", results + 1))[-1]
    assert result["status"] == "done", result
    return result["clip_id"]


async def finished(seen, clip_id, within_s=30):
    def found():
        return [body for body in seen.on(f"sensors/{DEVICE}/clip") if (body["clip_id"], body["state"]) == (clip_id, "finished")]

    return (await wait_until_async(found, "the clip is finished", within_s=within_s))[0]


def played(agent, clip_id):
    """Its pictures, and how many seconds they are from the first to the last."""
    with av.open(str(agent.folder / "media" / f"{clip_id}.ts")) as clip:
        times = [frame.pts * frame.time_base for frame in clip.decode(video=0)]
    return len(times), float(times[-1] - times[0]) if times else 0.0


def troubles(agent):
    """Those of the camera as (name, state), oldest first."""
    bodies = [event.draft.body for event in events(agent.folder) if event.draft.type == "trouble"]
    return [(body["name"], body["state"]) for body in bodies if body["name"].startswith("camera:")]


async def check_clip(agent, seen, figure):
    await pictures_come(seen)
    await asyncio.sleep(PRE_ROLL_S + 1)  # something has to be there from before the trigger
    clip_id = await record(seen, RECORD_S)
    told = await finished(seen, clip_id)
    pictures, lasts_s = played(agent, clip_id)
    before_s = json.loads((agent.folder / "media" / f"{clip_id}.json").read_text())["media"]["triggered_after_s"]
    figure(f"{pictures} pictures in {lasts_s:.1f} s, {before_s:.1f} s of them before the trigger")
    assert PRE_ROLL_S - 1.5 <= before_s <= PRE_ROLL_S + 1.5, "from a keyframe on, and there is one each second"
    assert lasts_s >= before_s + RECORD_S - 1
    assert pictures >= lasts_s * FPS * 0.7
    assert told["duration_s"] == pytest.approx(lasts_s, abs=0.6)


async def test_a_webcam_with_raw_pictures_is_recorded_from_before_the_trigger_on(filming, webcam, mosquitto, figure):
    agent = filming(webcam)
    async with listener(mosquitto.address) as seen:
        await check_clip(agent, seen, figure)
    assert f"{webcam} gives no mjpeg" in agent.log


async def test_a_webcam_with_mjpeg_is_recorded_from_before_the_trigger_on(filming, mjpeg, mosquitto, figure):
    agent = filming(LOOP)
    async with listener(mosquitto.address) as seen:
        await check_clip(agent, seen, figure)
    assert "gives no mjpeg" not in agent.log


async def goes_and_comes_back(agent, seen, fault, go, come):
    """A camera that goes in the middle of a clip, and what is left of that."""
    await pictures_come(seen)
    clip_id = await record(seen, 60)
    await seen.wait_for(f"sensors/{DEVICE}/clip")
    await asyncio.sleep(3)  # it records
    go()
    told = await finished(seen, clip_id)
    pictures, lasts_s = played(agent, clip_id)
    assert pictures > FPS
    assert lasts_s > 2
    assert told["duration_s"] == pytest.approx(lasts_s, abs=0.6)
    await wait_until_async(lambda: state(seen).get("state") == "failed", "it is told", within_s=30)
    wait_until(lambda: (fault, "began") in troubles(agent), "it is a trouble", within_s=30)
    come()
    await pictures_come(seen, within_s=90)
    await wait_until_async(lambda: state(seen).get("recording") not in (None, clip_id), "what was wanted goes on", within_s=30)
    wait_until(lambda: (fault, "ended") in troubles(agent), "the trouble is over", within_s=30)


async def test_a_webcam_that_is_unplugged_in_mid_clip_leaves_a_clip_and_a_trouble_and_comes_back(filming, webcam, mosquitto):
    agent = filming(webcam)
    async with listener(mosquitto.address) as seen:
        await goes_and_comes_back(agent, seen, "camera:no_pictures", unplug_webcam, plug_in_webcam)
    assert "the device has gone; check its cable and its power" in agent.log, agent.log


async def test_a_webcam_that_stops_sending_in_mid_clip_leaves_a_clip_and_a_trouble_and_comes_back(filming, mjpeg, mosquitto):
    agent = filming(LOOP)
    async with listener(mosquitto.address) as seen:
        await goes_and_comes_back(agent, seen, "camera:hung", mjpeg.stop, mjpeg.start)


async def test_a_camera_that_is_not_there_is_told_and_found_once_it_is(filming, webcam, mosquitto):
    unplug_webcam()
    agent = filming(webcam)
    async with listener(mosquitto.address) as seen:
        await wait_until_async(lambda: state(seen).get("fault") == "camera:no_pictures", "it is told", within_s=30)
        assert "there is no such device; plug it in" in agent.log
        plug_in_webcam()
        await pictures_come(seen)
