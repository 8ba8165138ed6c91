"""`vigie selftest` as a program: somebody walks through it, and however it is ended, nothing goes on."""

import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.agent.running import CAMERA
from tests.house import clean_environment
from tests.owner.recorded_pins import levels
from tests.waiting import wait_until
from vigie.testing.trigger import send_trigger

SIREN, SERVO = 22, 12
WIRING = """
device_id = "raspberry-01"
broker.password = "canary"

[sensors.motion]
pin = 17

[sensors.mat]
kind = "button"
pin = 27

[siren]

[servo]
slew_deg_s = {slew_deg_s}
"""


class SelfTest:
    """One that runs, on pins that are written down. `prompts` are what it has asked so far."""

    def __init__(self, folder: Path, *arguments: str, slew_deg_s: int = 600, more: str = "") -> None:
        self.data = folder / "agent"
        self.pins = folder / "pins"
        self.config = folder / "agent.toml"
        self.config.write_text(WIRING.format(slew_deg_s=slew_deg_s) + more)
        argv = ["-m", "tests.owner.recorded_pins", str(self.pins), "vigie", "selftest", "--simulate"]
        self.process = subprocess.Popen(
            [sys.executable, *argv, "--config", str(self.config), "--data", str(self.data), *arguments],
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.prompts: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        self.prompts.extend(iter(self.process.stderr.readline, ""))

    def prompt(self, words: str) -> str:
        """Waits for it."""
        return wait_until(lambda: next((line for line in self.prompts if words in line), ""), f"asks: {words}", within_s=20)

    def answer(self, words: str, answer: str) -> None:
        self.prompt(words)
        self.process.stdin.write(answer + "\n")
        self.process.stdin.flush()

    async def trip(self, sensor: str) -> None:
        self.prompt(f"{sensor}, pin")
        assert [event async for event in send_trigger(self.data, "raspberry-01", sensor, 0.05)]

    def end(self) -> tuple[int, str]:
        output = self.process.stdout.read()
        status = self.process.wait(15)
        self._listener.join(5)
        return status, output

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self._listener.join(5)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


@contextmanager
def selftest(folder: Path, *arguments: str, **options) -> Iterator[SelfTest]:
    running = SelfTest(folder, *arguments, **options)
    try:
        yield running
    finally:
        running.close()


async def test_somebody_walks_through_all_of_it(tmp_path):
    bundle = tmp_path / "for-you.zip"
    camera = f"{CAMERA}pre_roll_s = 0\n"
    with selftest(tmp_path, "--json", "--bundle", str(bundle), more=camera) as running:
        await running.trip("motion")
        for _ in range(3):
            await running.trip("mat")
        running.answer("sound it for 0.2 s? [y/N]", "y")
        running.answer("Did you hear it?", "y")
        running.answer("turn it to both sides?", "y")
        running.answer("Did it turn to both sides and back", "y")
        status, output = running.end()
    report = json.loads(output)
    found = {finding["subject"]: finding for finding in report["findings"]}
    assert [finding for finding in report["findings"] if finding["mark"] == "failed"] == []
    assert (status, report["ok"]) == (0, True)
    assert {"power", "clock", "disk", "card", "motion", "mat", "siren", "servo", "camera", "picture", "clip"} <= found.keys()
    assert "pin 27: 3 pulses" in found["mat"]["seen"]
    assert "320x180 at" in found["camera"]["seen"]
    duties = [level for level, _ in levels(running.pins, SERVO)]
    assert (min(filter(None, duties)), max(duties), duties[-1]) == (pytest.approx(0.03), pytest.approx(0.12), 0)
    ((on, began), (off, ended)) = levels(running.pins, SIREN)
    assert (on, off) == (1, 0)
    assert ended - began < 0.35
    assert [path.name for path in running.data.iterdir()] == ["agent.lock"], "nothing of it is kept"
    with zipfile.ZipFile(bundle) as zipped:
        texts = {name: zipped.read(name).decode() for name in zipped.namelist()}
    assert {"selftest.json", "machine.json"} <= texts.keys()
    assert any('device_id = "raspberry-01"' in text for text in texts.values())
    assert [name for name, text in texts.items() if "canary" in text or name.endswith((".jpg", ".ts"))] == []


@pytest.mark.parametrize(("number", "pin"), [(signal.SIGINT, SIREN), (signal.SIGTERM, SERVO)], ids=["Ctrl-C", "end"])
def test_however_it_is_ended_nothing_goes_on(tmp_path, number, pin):
    parts = ["--part", "siren", "--part", "servo"] if pin == SIREN else ["--part", "servo"]
    with selftest(tmp_path, "--yes", *parts, slew_deg_s=5) as running:
        wait_until(lambda: levels(running.pins, pin), "it sounds, or moves", within_s=20)
        os.kill(running.process.pid, signal.SIGTSTP)
        os.kill(running.process.pid, number)
        status, output = running.end()
    assert status == 1
    assert "✗ selftest    ended before its end; siren off, servo without pulses" in output
    assert levels(running.pins, pin)[-1][0] == 0
    if pin == SIREN:
        ((_, began), (_, ended)) = levels(running.pins, SIREN)
        assert ended - began < 0.35
    assert [path.name for path in running.data.iterdir()] == ["agent.lock"]
