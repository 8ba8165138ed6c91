"""What the alarm asks of the parts: a lame one keeps no other from acting."""

import asyncio

import pytest

from tests.agent.alarms import make_alarm
from tests.waiting import wait_until_async
from vigie.agent.deeds import Deeds
from vigie.domain.alarm_model import PointCamera, SoundSiren


class LameSiren:
    def sound_at_least(self, _duration_s):
        raise OSError("the pin is gone")


class Camera:
    in_hand = False

    def __init__(self):
        self.presets = []

    def point(self, preset):
        self.presets.append(preset)


@pytest.fixture
async def working(event_log, clock, faults):
    camera = Camera()
    alarm = make_alarm(event_log, clock, faults, deeds=Deeds(LameSiren(), camera))
    running = asyncio.create_task(alarm.run())
    yield alarm, camera
    running.cancel()


async def test_a_siren_that_fails_keeps_neither_the_camera_nor_the_alarm_from_going_on(working, faults):
    alarm, camera = working
    for preset in ("door", "window"):
        alarm.do((SoundSiren(1.0), PointCamera(preset)))
        await wait_until_async(lambda preset=preset: camera.presets[-1:] == [preset], "the camera is turned")
    assert "part_failed" in faults
