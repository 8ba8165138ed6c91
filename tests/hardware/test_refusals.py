"""Pins that cannot be had: the installed agent says which, and why, and does not start. It never guards without them."""

import subprocess
import sys

import pytest

from tests.agent.guarding import events
from tests.hardware.installation import installed
from tests.hardware.simulated_pins import PI_5, SimulatedChip
from tests.waiting import wait_until

PIR, SIREN, SERVO = 17, 22, 12
MOTION = f"[sensors.motion]\npin = {PIR}\n"
# Another program that has a line: holds it until its stdin ends.
_HOLD = """
import sys, lgpio
handle = lgpio.gpiochip_open(0)
lgpio.gpio_claim_input(handle, int(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("pin", "configuration"),
    [(PIR, MOTION), (SIREN, f"[siren]\npin = {SIREN}\n"), (SERVO, f'[servo]\npin = {SERVO}\ndriver = "gpiozero"\n')],
    ids=["sensor", "siren", "servo"],
)
def test_a_line_that_somebody_else_has_is_told_with_who_has_it(agent_with, pin, configuration):
    with SimulatedChip(held={pin: "doorbell"}):
        said = agent_with(configuration).refuses()
    assert said.startswith("vigie agent: ")
    assert f"GPIO{pin}" in said
    assert "doorbell" in said


def test_a_line_of_another_process_is_free_again_when_that_ends(header, agent_with):
    other = subprocess.Popen(
        [installed("pi", "python"), "-c", _HOLD, str(PIR)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/tmp"
    )
    agent = agent_with(MOTION)
    with other:
        assert other.stdout.readline() == b"held\n"
        said = agent.refuses()
        assert f"GPIO{PIR}" in said
        assert "'lg'" in said, "the name by which lgpio takes lines"
    agent.start()


@pytest.mark.parametrize("label", ["pinctrl-bcm2835", "pinctrl-bcm2711", PI_5])
def test_the_header_is_found_by_its_label_wherever_it_is_numbered(agent_with, label):
    with SimulatedChip("firmware", label="raspberrypi-exp-gpio", lines=8), SimulatedChip(label=label) as header:
        assert header.chip == "gpiochip1"
        agent = agent_with(MOTION)
        agent.start()
        header.drive(PIR, high=True)
        wait_until(lambda: events(agent.folder), "the right line is heard")
        agent.stop()


def test_a_machine_without_a_header_is_told_apart_from_one_without_pins(agent_with):
    agent = agent_with(MOTION)
    assert "no GPIO chip on this machine (no /dev/gpiochip*)" in agent.refuses()
    with SimulatedChip(label="INT34C6:00"):
        said = agent.refuses()
    assert "none of the GPIO chips is a Raspberry Pi's header (gpiochip0: INT34C6:00)" in said


def test_without_lgpio_it_does_not_guard_on_imaginary_pins(header, agent_with):
    """The environment of this test's own Python has gpiozero and no lgpio."""
    said = agent_with(MOTION).refuses(sys.executable)
    assert "lgpio cannot be loaded" in said
    assert "apt install python3-lgpio" in said
