"""What the kernel sees of siren and servo, and that neither goes on when the agent does not."""

import asyncio
import os
import signal
import time
from collections import deque
from itertools import pairwise
from statistics import median

import pytest

from tests.agent.running import listener
from tests.hardware.installation import DEVICE
from tests.waiting import wait_until, wait_until_async

SIREN, SERVO = 22, 12
# lgpio takes whole percents, which are 200 us, and its pulses are software's: the rest is what the guest adds.
STEP_US = 200
TOLERANCE_US = 200
AT_REST_S = 0.2


async def obey(seen, part, **body):
    """Returns once the agent has answered; one that has just been started is waited for."""
    results = len(seen.on(f"results/{DEVICE}/{part}"))
    await wait_until_async(lambda: (seen.on(f"status/{DEVICE}") or [{}])[-1].get("state") == "online", "it is online")
    await seen.publish(f"commands/{DEVICE}/{part}", body)
    assert (await seen.wait_for(f"results/{DEVICE}/{part}", results + 1))[-1]["status"] == "done"


@pytest.mark.parametrize("active_high", [True, False])
async def test_the_siren_is_off_at_start_on_by_command_and_off_in_time(header, agent_with, mosquitto, active_high):
    agent = agent_with(f"[siren]\npin = {SIREN}\nactive_high = {str(active_high).lower()}\n")

    def sounds():
        return header.is_high(SIREN) == active_high

    agent.start()
    assert not sounds()
    async with listener(mosquitto.address) as seen:
        await obey(seen, "siren", action="on", duration_s=2)
        assert sounds()
        await wait_until_async(lambda: not sounds(), "it is silent in time")
        for number in (signal.SIGTERM, signal.SIGKILL):
            await obey(seen, "siren", action="on", duration_s=60)
            assert sounds()
            await asyncio.to_thread(agent.stop, number)
            assert header.is_high(SIREN) is False, "nobody drives the line any more"
            await wait_until_async(lambda: seen.on(f"status/{DEVICE}")[-1]["state"] == "offline", "it is offline")
            await asyncio.to_thread(agent.start)
            assert not sounds(), "also after a kill"


async def test_without_kernel_pwm_the_servo_gets_pulses_from_gpiozero(header, agent_with, mosquitto, figure):
    agent = agent_with(f"[servo]\npin = {SERVO}\nslew_deg_s = 600\n")
    agent.start()
    assert "steps of about 30 degrees" in agent.log, "it says what it does without"
    assert high_share(header, 0.2) == 0, "no pulse before there is something to do"
    measured = []
    async with listener(mosquitto.address) as seen:
        for angle_deg, meant_us in ((-90, 600), (0, 1500), (90, 2400)):
            await obey(seen, "servo", angle_deg=angle_deg)
            assert seen.on(f"states/{DEVICE}/servo")[-1]["driver"] == "gpiozero"
            measured.append((meant_us, median(pulses_us(header))))
            assert high_share(header, 0.2) == 0, "the servo is let go"
    figure(", ".join(f"{meant_us} us measured as {width_us:.0f}" for meant_us, width_us in measured))
    assert all(abs(width_us - meant_us) <= STEP_US / 2 + TOLERANCE_US for meant_us, width_us in measured)
    assert all(wider - narrower > 600 for (_, narrower), (_, wider) in pairwise(measured))


async def test_a_servo_that_is_moving_gets_no_pulses_from_an_agent_that_has_gone(header, agent_with, mosquitto):
    agent = agent_with(f"[servo]\npin = {SERVO}\nslew_deg_s = 10\n")
    for number in (signal.SIGTERM, signal.SIGKILL):
        agent.start()
        async with listener(mosquitto.address) as seen:
            await obey(seen, "servo", angle_deg=-80 if number is signal.SIGTERM else 80)
            wait_until(lambda: high_share(header, 0.1) > 0, "it gets pulses")
            agent.stop(number)
        assert high_share(header, 0.2) == 0


def pulses_us(header):
    """The widths of the last pulses before there are none for a while, by looking at the line as often as can be."""
    widths: deque[float] = deque(maxlen=20)  # while it holds, and no longer on its way
    file = os.open(header.value_file(SERVO), os.O_RDONLY)
    try:
        began = fell = time.monotonic()
        was_high, rose = False, 0.0
        while time.monotonic() - fell < AT_REST_S or (not widths and time.monotonic() - began < 5):
            is_high, now = os.pread(file, 1, 0) == b"1", time.monotonic()
            if is_high and not was_high:
                rose = now
            elif was_high and not is_high:
                fell = now
                widths.append((now - rose) * 1e6)
            was_high = is_high
    finally:
        os.close(file)
    return widths


def high_share(header, seconds):
    """Of the servo's line, by looking at it as often as can be."""
    file = os.open(header.value_file(SERVO), os.O_RDONLY)
    try:
        until, high, looks = time.monotonic() + seconds, 0, 0
        while time.monotonic() < until:
            high += os.pread(file, 1, 0) == b"1"
            looks += 1
    finally:
        os.close(file)
    return high / looks
