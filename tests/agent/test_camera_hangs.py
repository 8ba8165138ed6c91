"""A real camera that hangs under a real agent: a trouble within 15 s, another one instead, and the sensors as quick as before."""

import os
import signal
import statistics
import time

import pytest

from tests.agent.guarding import events, keep_mode, write_configuration
from tests.agent.running import CAMERA, listener
from tests.waiting import wait_until_async
from vigie.protocol.states import Mode

DEVICE = "raspberry-01"
MUST_SHOW_S = 15.0
NO_SLOWER_S = 0.1
"""Than before, in the median. What a test can tell on a busy machine, and far below what a sensor would feel of a hang."""


class House:
    """An agent, its hanging camera, and somebody who presses a button all the time."""

    def __init__(self, agent, seen):
        self.agent = agent
        self.seen = seen

    @property
    def camera(self):
        return (self.seen.on(f"states/{DEVICE}/camera") or [{}])[-1]

    async def press(self):
        """How long the press took from the pin to the broker."""
        count = len(self.seen.on(f"sensors/{DEVICE}/button"))
        began = time.monotonic()
        await self.agent.trigger("button", 0.01)
        await self.seen.wait_for(f"sensors/{DEVICE}/button", count + 2)
        return time.monotonic() - began

    async def press_until(self, is_so, what, within_s):
        """How long each took until then."""
        took_s = []
        deadline = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
            took_s.append(await self.press())
        return took_s


@pytest.mark.parametrize("how", ["no pictures", "no pictures and deaf to SIGTERM", "stopped by a signal"])
async def test_a_camera_that_hangs_is_a_trouble_and_replaced_and_the_sensors_do_not_notice(start_agent, mosquitto, tmp_path, how):
    keep_mode(tmp_path / DEVICE, Mode.SURVEILLANCE)
    hang = tmp_path / "hang"
    deaf = ["deaf"] if "deaf" in how else []
    config = write_configuration(tmp_path / "agent.toml", CAMERA)
    agent = start_agent(config=config, through=["tests.agent.hanging_camera", str(hang), *deaf])
    async with listener(mosquitto.address) as seen:
        house = House(agent, seen)
        await wait_until_async(lambda: house.camera.get("state") == "ok", "pictures come", within_s=20)
        await seen.publish(f"commands/{DEVICE}/record", {"action": "start", "duration_s": 60})
        await wait_until_async(lambda: house.camera["recording"], "it records")
        hung, first = agent.camera_pid, house.camera["recording"]
        before_s = [await house.press() for _ in range(20)]
        if how == "stopped by a signal":
            os.kill(hung, signal.SIGSTOP)
        else:
            hang.touch()
        during_s = await house.press_until(lambda: house.camera["fault"] == "camera:hung", "it is a trouble", MUST_SHOW_S)
        assert house.camera["state"] == "failed"
        during_s += await house.press_until(lambda: agent.camera_pid not in {None, hung}, "another one instead", 15)
        during_s += await house.press_until(lambda: house.camera["state"] == "ok", "pictures come again", 20)
        assert house.camera["fault"] is None
        await wait_until_async(lambda: house.camera["recording"] not in {None, first}, "it records again")
        assert statistics.median(during_s) <= statistics.median(before_s) + NO_SLOWER_S
        assert max(during_s) < 1
        await wait_until_async(
            lambda: any(f"{first}.finished" == event.draft.id for event in events(tmp_path / DEVICE)), "what it had is a clip"
        )
    assert "Traceback" not in agent.log
