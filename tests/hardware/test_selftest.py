"""The installed self-test on simulated pins and a simulated webcam: a person walks through it, and it is ended in the middle."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.hardware.drive_pin import BOUNCES_S
from tests.hardware.installation import installed
from tests.hardware.simulated_pins import SimulatedChip
from tests.house import clean_environment
from tests.waiting import wait_until

PIR, MAT, SIREN, SERVO = 17, 27, 22, 12
WIRING = f"""
[sensors.motion]
pin = {PIR}
[sensors.mat]
kind = "button"
pin = {MAT}
[siren]
pin = {SIREN}
[servo]
pin = {SERVO}
slew_deg_s = 200
[camera]
source = "v4l2"
width = 320
height = 180
pre_roll_s = 1
"""
WITHIN_S = 60.0


class SelfTest:
    def __init__(self, agent, *arguments: str) -> None:
        argv = [installed("pi", "vigie"), "selftest", "--config", agent.config, *arguments]
        self.process = subprocess.Popen(
            argv,
            env={**clean_environment(), "VIGIE_DATA": str(agent.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        self.prompts: list[str] = []
        self._listener = threading.Thread(target=lambda: self.prompts.extend(iter(self.process.stderr.readline, "")))
        self._listener.start()

    def prompt(self, words: str) -> None:
        wait_until(lambda: any(words in line for line in self.prompts), f"asks: {words}", within_s=WITHIN_S)

    def answer(self, words: str, answer: str = "y") -> None:
        self.prompt(words)
        self.process.stdin.write(answer + "\n")
        self.process.stdin.flush()

    def end(self) -> tuple[int, str]:
        output = self.process.stdout.read()
        return self.process.wait(WITHIN_S), output


@contextmanager
def selftest(agent, *arguments: str) -> Iterator[SelfTest]:
    running = SelfTest(agent, *arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait(10)
        running._listener.join(10)
        for pipe in (running.process.stdin, running.process.stdout, running.process.stderr):
            pipe.close()


def press(header: SimulatedChip, pin: int) -> None:
    """To ground and off again, with bounce."""
    for level in (False, True):
        for number, bounce_s in enumerate(BOUNCES_S):
            header.drive(pin, high=level if number % 2 == 0 else not level)
            time.sleep(bounce_s)
        header.drive(pin, high=level)
        time.sleep(0.15)


def test_a_person_walks_through_a_wired_pi(header, agent_with, figure):
    agent = agent_with(WIRING)
    with selftest(agent, "--json") as running:
        running.prompt("motion, pin 17: walk past it")
        header.drive(PIR, high=True)
        time.sleep(0.3)
        header.drive(PIR, high=False)
        running.prompt("mat, pin 27: step on it")
        for _ in range(3):
            press(header, MAT)
        running.answer("siren, pin 22: sound it")
        sounded_s = on_for(header, SIREN)
        running.answer("Did you hear it?")
        running.answer("servo, pin 12: turn it")
        running.answer("Did it turn")
        status, output = running.end()
    report = json.loads(output)
    for finding in report["findings"]:
        figure(f"{finding['mark']} {finding['subject']}: {finding['seen']}")
    figure(f"siren on for {sounded_s * 1000:.0f} ms, by its line")
    found = {finding["subject"]: finding for finding in report["findings"]}
    assert [finding for finding in report["findings"] if finding["mark"] == "failed"] == []
    assert status == 0
    assert "pin 17: 1 pulse, " in found["motion"]["seen"]
    assert "pin 27: 3 pulses, " in found["mat"]["seen"]
    assert ", 0 bounces" not in found["mat"]["seen"]
    assert found["servo"]["mark"] == "warning", "the guest has no PWM"
    assert "320x180 at " in found["camera"]["seen"]
    assert {"picture", "clip", "card"} <= found.keys()
    assert sounded_s < 0.4


def on_for(header: SimulatedChip, pin: int) -> float:
    """How long the line is high, from when it becomes so."""
    file = os.open(header.value_file(pin), os.O_RDONLY)
    try:
        deadline = time.monotonic() + WITHIN_S
        while os.pread(file, 1, 0) != b"1":
            assert time.monotonic() < deadline, "it sounds"
        began = time.monotonic()
        while os.pread(file, 1, 0) == b"1":
            assert time.monotonic() < deadline, "it ends"
        return time.monotonic() - began
    finally:
        os.close(file)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ended_while_the_siren_sounds_it_is_off_at_once(header, agent_with, number):
    agent = agent_with(WIRING)
    with selftest(agent, "--yes", "--part", "siren", "--part", "servo") as running:
        wait_until(lambda: header.is_high(SIREN), "it sounds", within_s=WITHIN_S)
        running.process.send_signal(number)
        wait_until(lambda: not header.is_high(SIREN), "it is off", within_s=0.4)
        status, output = running.end()
    assert status == 1
    assert "siren off, servo without pulses" in output
    assert not header.is_high(SERVO)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_killed_or_stopped_while_the_siren_sounds_it_is_off_all_the_same(header, agent_with, number):
    agent = agent_with(WIRING)
    with selftest(agent, "--yes", "--part", "siren", "--part", "servo") as running:
        wait_until(lambda: header.is_high(SIREN), "it sounds", within_s=WITHIN_S)
        began = time.monotonic()
        running.process.send_signal(number)
        wait_until(lambda: not header.is_high(SIREN), "it is off", within_s=5)
        lasted_s = time.monotonic() - began
        assert running.process.wait(WITHIN_S) == -signal.SIGKILL
        if number is signal.SIGSTOP:
            running.prompt("it stood still while its siren sounded: killed, siren off")
    assert lasted_s < 0.6
    with selftest(agent, "--yes", "--part", "siren") as again:
        assert again.end()[0] == 0, "the pin is free again"
    assert not list(agent.folder.glob("selftest-*")), "nor is anything left of the first"


def test_an_agent_that_guards_is_not_disturbed(header, agent_with):
    agent = agent_with(f"[sensors.motion]\npin = {PIR}\n")
    agent.start()
    with selftest(agent, "--yes") as running:
        assert running.end() == (1, "")
        running.prompt(f"an agent holds the pins (pid {agent.pid})")


def test_a_line_that_another_program_has_fails_its_part_with_who_has_it(agent_with):
    with (
        SimulatedChip(held={PIR: "doorbell"}),
        selftest(agent_with(WIRING), "--yes", "--part", "motion", "--part", "siren") as running,
    ):
        status, output = running.end()
    assert status == 1
    assert "✗ motion      its pin cannot be used: GPIO17 is used by 'doorbell'" in output
    assert "✓ siren       pin 22: on for " in output


def test_a_webcam_that_is_not_there(header, agent_with):
    agent = agent_with('[camera]\nsource = "v4l2"\ndevice = "/dev/video7"\n')
    with selftest(agent, "--yes", "--part", "camera") as running:
        status, output = running.end()
    assert status == 1
    assert "✗ camera      v4l2: camera /dev/video7" in output
    assert not list(agent.folder.glob("selftest-*"))
