"""What the kernel sees of siren and servo, and that neither goes on when the agent does not."""

import os
import signal
import time
from itertools import pairwise

import pytest

from tests.agent.running import listener
from tests.hardware.installation import DEVICE
from tests.waiting import wait_until

SIREN, SERVO = 22, 12
PERIOD_US = 20_000
# lgpio takes whole percents: 200 us. The rest is what the guest's clock adds to software pulses.
STEP_US = 200
TOLERANCE_US = 250


async def command(seen, part, **body):
    await seen.publish(f"commands/{DEVICE}/{part}", body)


@pytest.mark.parametrize("active_high", [True, False])
async def test_the_siren_is_off_at_start_on_by_command_and_off_in_time(header, agent_with, mosquitto, active_high):
    agent = agent_with(f"[siren]\npin = {SIREN}\nactive_high = {str(active_high).lower()}\n")

    def sounds():
        return header.is_high(SIREN) == active_high

    agent.start()
    assert not sounds()
    async with listener(mosquitto.address) as seen:
        await command(seen, "siren", action="on", duration_s=2)
        wait_until(sounds, "it sounds")
        wait_until(lambda: not sounds(), "it is silent in time")
        await command(seen, "siren", action="on", duration_s=60)
        wait_until(sounds, "it sounds")
        agent.stop()
        assert header.is_high(SIREN) is False, "nobody drives the line any more"
        agent.start()
        assert not sounds()
        await command(seen, "siren", action="on", duration_s=60)
        wait_until(sounds, "it sounds")
        agent.stop(signal.SIGKILL)
        agent.start()
        assert not sounds(), "also after a kill"


async def test_without_kernel_pwm_the_servo_gets_pulses_from_gpiozero(header, agent_with, mosquitto, figure):
    agent = agent_with(f"[servo]\npin = {SERVO}\nslew_deg_s = 600\n")
    agent.start()
    assert "steps of about 30 degrees" in agent.log, "it says what it does without"
    assert high_share(header, 0.2) == 0, "no pulse before there is something to do"
    measured = []
    async with listener(mosquitto.address) as seen:
        for number, (angle_deg, meant_us) in enumerate(((-90, 600), (0, 1500), (90, 2400))):
            await command(seen, "servo", angle_deg=angle_deg)
            await seen.wait_for(f"results/{DEVICE}/servo", number + 1)
            assert seen.on(f"states/{DEVICE}/servo")[-1]["driver"] == "gpiozero"
            width_us = max(high_share(header, 0.25) for _ in range(4)) * PERIOD_US
            measured.append((meant_us, width_us))
            wait_until(lambda: high_share(header, 0.1) == 0, "the servo is let go")
    figure(", ".join(f"{meant_us} us measured as {width_us:.0f}" for meant_us, width_us in measured))
    assert all(abs(width_us - meant_us) <= STEP_US / 2 + TOLERANCE_US for meant_us, width_us in measured)
    assert all(wider - narrower > 600 for (_, narrower), (_, wider) in pairwise(measured))


async def test_a_servo_that_is_moving_gets_no_pulses_from_an_agent_that_has_gone(header, agent_with, mosquitto):
    agent = agent_with(f"[servo]\npin = {SERVO}\nslew_deg_s = 10\n")
    for number in (signal.SIGTERM, signal.SIGKILL):
        agent.start()
        async with listener(mosquitto.address) as seen:
            await command(seen, "servo", angle_deg=-80 if number is signal.SIGTERM else 80)
            wait_until(lambda: high_share(header, 0.1) > 0, "it gets pulses")
            agent.stop(number)
        assert high_share(header, 0.2) == 0


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
