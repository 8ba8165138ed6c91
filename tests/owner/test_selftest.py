"""The self-test on mock pins: each part well and ill, and what it leaves behind. Programs: `test_selftest_program.py`."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gpiozero import DigitalInputDevice
from gpiozero.pins.mock import MockFactory, MockPWMPin

from tests.agent import scripted_camera
from tests.processes import is_alive
from vigie.agent.settings import AgentSettings
from vigie.cli import FAILED, USAGE, main
from vigie.owner.findings import Mark
from vigie.owner.selftest import camera_trial, card_speed, parts, trials
from vigie.owner.selftest.bench import SIREN_S, Bench
from vigie.owner.selftest.person import Person
from vigie.owner.selftest.resting import AgentRuns, check_user, how_to_start, take
from vigie.owner.selftest.run import working
from vigie.runtime.claim import claim
from vigie.runtime.clock import SystemClock
from vigie.runtime.config_error import ConfigError

WIRING: dict[str, Any] = {
    "device_id": "raspberry-01",
    "sensors": {"motion": {"pin": 17}, "mat": {"kind": "button", "pin": 27}},
    "servo": {"slew_deg_s": 600},
    "siren": {},
}


class HurriedClock(SystemClock):
    """Ten seconds in one: for waits that end in vain."""

    def monotonic(self) -> float:
        return super().monotonic() * 10

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 10)


class Someone(Person):
    """Who answers `words`, the last one to each further question, and does `deed` at each other prompt."""

    def __init__(self, *words: str, patience_s: float = 0.3) -> None:
        super().__init__(patience_s, is_asked=True)
        self._words = list(words)
        self.heard: list[str] = []
        self.deed = lambda: None
        self._listens = True

    def listen(self) -> None:
        """The test's own stdin is nobody's."""

    def leave(self) -> None:
        """So there is nothing to leave."""

    def tell(self, text: str) -> None:
        super().tell(text)
        self.heard.append(text)
        if "[y" in text:
            self._lines.append(self._words.pop(0) if len(self._words) > 1 else self._words[0])
        else:
            self.deed()


class Trial:
    """A bench that works, on a factory of its own."""

    def __init__(self, bench: Bench, factory: MockFactory) -> None:
        self.bench = bench
        self.factory = factory

    def flutter(self, pin: int) -> None:
        """More edges at once than any sensor has."""
        line = self.factory.pin(pin)
        for _ in range(150):
            line.drive_high()
            line.drive_low()


@asynccontextmanager
async def trial(folder: Path, *, factory: MockFactory | None = None, **values: Any) -> AsyncIterator[Trial]:
    options = {name: values.pop(name) for name in ("pwm_root", "camera_argv", "simulated") if name in values}
    clock = values.pop("clock", None) or SystemClock()
    factory = factory or MockFactory(pin_class=MockPWMPin)
    settings = AgentSettings.model_validate({**WIRING, **values, "data_dir": folder})
    bench = Bench(settings, factory, clock, folder, **{"simulated": True, **options})
    try:
        async with working(bench, Someone()):
            yield Trial(bench, factory)
    finally:
        bench.close()


async def pressed(tried: Trial, pin: int, times: int) -> None:
    """So often, each long enough to be a pulse of its own."""
    line = tried.factory.pin(pin)
    for _ in range(times):
        for _ in range(3):  # it bounces
            line.drive_low()
            line.drive_high()
        line.drive_low()
        await asyncio.sleep(0.06)
        line.drive_high()
        await asyncio.sleep(0.06)


# Inputs


async def test_a_sensor_that_trips_is_measured(tmp_path):
    async with trial(tmp_path) as tried:
        someone = Someone(patience_s=5.0)
        pir = tried.factory.pin(17)

        def walk_past() -> None:
            pir.drive_high()
            asyncio.get_running_loop().call_later(0.1, pir.drive_low)

        someone.deed = walk_past
        found = await trials.sensor(tried.bench, someone, "motion")
    assert found.mark is Mark.OK, found
    assert "pin 17: 1 pulse, 0 bounces swallowed, edge to event log " in found.seen
    assert "`vigie trigger raspberry-01 motion --data" in someone.heard[0]


async def test_presses_and_bounces_of_a_mat_are_counted(tmp_path):
    async with trial(tmp_path) as tried:
        someone = Someone(patience_s=5.0)
        steps = []
        someone.deed = lambda: steps.append(asyncio.create_task(pressed(tried, 27, times=3)))
        found = await trials.sensor(tried.bench, someone, "mat")
        await steps[0]
    assert found.mark is Mark.OK, found
    assert "pin 27: 3 pulses, 18 bounces swallowed" in found.seen


async def test_a_motion_sensor_that_never_trips(tmp_path):
    async with trial(tmp_path, clock=HurriedClock()) as tried:
        found = await trials.sensor(tried.bench, Someone(), "motion")
    assert found.mark is Mark.FAILED
    assert "pin 17: not tripped once in " in found.seen
    assert "VCC on 5 V" in found.mend


async def test_a_mat_that_is_stuck_closed(tmp_path):
    async with trial(tmp_path, clock=HurriedClock()) as tried:
        tried.factory.pin(27).drive_low()
        assert await tried.bench.until(lambda: tried.bench.inputs["mat"].level, 5.0)
        someone = Someone()
        found = await trials.sensor(tried.bench, someone, "mat")
    assert found.mark is Mark.FAILED
    assert "active from the beginning" in found.seen
    assert len(someone.heard) == 1, "nobody is asked to press what is pressed"


async def test_enter_skips_a_sensor(tmp_path):
    async with trial(tmp_path) as tried:
        someone = Someone(patience_s=60.0)
        someone.deed = lambda: someone._lines.append("")
        found = await trials.sensor(tried.bench, someone, "motion")
    assert (found.mark, found.seen) == (Mark.UNSEEN, "pin 17: skipped")


async def test_a_line_that_flutters_is_told_at_once(tmp_path):
    async with trial(tmp_path) as tried:
        someone = Someone(patience_s=60.0)
        someone.deed = lambda: tried.flutter(17)
        found = await trials.sensor(tried.bench, someone, "motion")
    assert found.mark is Mark.FAILED
    assert "flutters" in found.seen


async def test_a_key_is_turned_from_where_it_stands_and_back(tmp_path):
    async with trial(tmp_path, arming={"pin": 5}) as tried:
        line = tried.factory.pin(5)
        line.drive_high()
        assert await tried.bench.until(lambda: tried.bench.inputs["arming"].level, 5.0)
        someone = Someone(patience_s=5.0)

        def turn_it() -> None:
            line.drive_low()
            asyncio.get_running_loop().call_later(0.15, line.drive_high)

        someone.deed = turn_it
        found = await trials.sensor(tried.bench, someone, "arming")
    assert found.mark is Mark.OK, found
    assert "pin 5: 1 pulse" in found.seen


async def test_a_pin_that_somebody_holds_fails_its_part_and_no_other(tmp_path):
    factory = MockFactory(pin_class=MockPWMPin)
    held = DigitalInputDevice(17, pin_factory=factory)  # noqa: F841 - as long as somebody has it
    async with trial(tmp_path, factory=factory) as tried:
        found = await trials.sensor(tried.bench, Someone(), "motion")
        assert tried.bench.siren is not None
        assert tried.bench.inputs.names() == ["mat"]
    assert found.mark is Mark.FAILED
    assert "its pin cannot be used" in found.seen


# Outputs


def on_for_s(factory: MockFactory, pin: int) -> list[float]:
    """How long it was on each time: a mock pin notes how long each level lasted with the next one."""
    states = factory.pin(pin).states
    return [after.timestamp for before, after in pairwise(states) if before.state]


async def test_the_siren_sounds_for_a_fifth_of_a_second(tmp_path):
    async with trial(tmp_path) as tried:
        found = await trials.siren(tried.bench, Someone("y"))
        (on_s,) = on_for_s(tried.factory, 22)
    assert found.mark is Mark.OK, found
    assert found.seen.endswith("heard")
    assert 0.1 < on_s < SIREN_S + 0.1


@pytest.mark.parametrize("word", ["", "n", "what?"])
async def test_nothing_sounds_or_moves_without_a_yes(tmp_path, word):
    async with trial(tmp_path) as tried:
        found = [await trials.siren(tried.bench, Someone(word)), *await trials.servo(tried.bench, Someone(word))]
        assert on_for_s(tried.factory, 22) == on_for_s(tried.factory, 12) == []
    assert [finding.mark for finding in found] == [Mark.UNSEEN] * 2


async def test_the_siren_goes_off_in_time_though_the_event_loop_is_held_up(tmp_path):
    async with trial(tmp_path) as tried:
        asyncio.get_running_loop().call_later(0.05, time.sleep, 0.3)
        await tried.bench.sound()
        (on_s,) = on_for_s(tried.factory, 22)
    assert on_s < SIREN_S + 0.1


async def test_the_siren_is_off_whatever_breaks_while_it_sounds(tmp_path, monkeypatch):
    async with trial(tmp_path) as tried:

        def broken(_condition: object, _within_s: float, **_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(tried.bench, "until", broken)
        with pytest.raises(ZeroDivisionError):
            await tried.bench.sound()
        assert not tried.factory.pin(22).state
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


async def test_a_servo_without_kernel_pwm_on_a_weak_supply(tmp_path, monkeypatch):
    async with trial(tmp_path, clock=HurriedClock(), simulated=False, pwm_root=tmp_path) as tried:
        told = iter([False])
        monkeypatch.setattr(type(tried.bench.machine), "throttled", lambda _: next(told, True))
        found, supply = await trials.servo(tried.bench, Someone("y"))
    assert found.mark is Mark.WARNING
    assert "without kernel PWM" in found.seen
    assert "dtoverlay=pwm-2chan" in found.mend
    assert supply.mark is Mark.FAILED
    assert "broke down while the servo moved" in supply.seen


async def test_a_servo_that_must_have_kernel_pwm_and_has_none(tmp_path):
    async with trial(tmp_path, simulated=False, pwm_root=tmp_path, servo={"driver": "sysfs"}) as tried:
        (found,) = await trials.servo(tried.bench, Someone("y"))
    assert found.mark is Mark.FAILED
    assert "no PWM chip of the header" in found.seen


async def test_a_camera_that_is_missing(tmp_path):
    argv = (sys.executable, scripted_camera.__file__, "absent")
    async with trial(tmp_path, camera={"source": "v4l2"}, camera_argv=argv) as tried:
        found = await camera_trial.camera(tried.bench)
    assert [finding.mark for finding in found] == [Mark.FAILED]
    assert "no camera at /dev/video7" in found[0].seen


async def test_a_trial_that_is_ended_takes_the_camera_process_with_it(tmp_path):
    async with trial(tmp_path, camera={"source": "v4l2"}, camera_argv=(sys.executable, scripted_camera.__file__)) as tried:
        trying = asyncio.create_task(camera_trial.camera(tried.bench))
        assert await tried.bench.until(lambda: tried.bench.camera.pid is not None, 10.0)
        pid = tried.bench.camera.pid
        trying.cancel()
        with suppress(asyncio.CancelledError):
            await trying
    assert not is_alive(pid)


def test_a_clip_that_is_none(tmp_path):
    (tmp_path / "clip.ts").write_bytes(b"no video")
    (tmp_path / "clip.json").write_text("{}")
    assert camera_trial.played(tmp_path / "clip.ts", tmp_path / "clip.json", 3.0).error.startswith("it cannot be played")


# The card


def test_the_card_is_written_to_for_a_bounded_time_and_left_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(card_speed, "MOST_WRITES", 20)
    assert 1 <= len(card_speed.fsync_times_s(tmp_path, SystemClock(), threading.Event())) <= 20
    assert list(tmp_path.iterdir()) == []


# What is to be tried, and whether it may be


def test_only_the_parts_that_were_asked_for_are_claimed():
    settings = AgentSettings.model_validate({**WIRING, "arming": {"pin": 5}})
    assert parts.of(settings) == ["machine", "motion", "mat", "arming", "siren", "servo"]
    assert parts.chosen(settings, ("servo", "motion")) == ["motion", "servo"]
    only = parts.only(settings, ["motion", "servo"])
    assert (list(only.sensors), only.siren, only.arming, only.camera) == (["motion"], None, None, None)
    assert only.servo is not None


def test_a_part_that_is_not_there_is_a_mistake(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("DEVICE_ID", "raspberry-01")
    assert main(["selftest", "--simulate", "--data", str(tmp_path), "--part", "motoin"]) == USAGE
    assert "did you mean 'motion'?" in capsys.readouterr().err


def test_an_agent_that_runs_is_named_and_nothing_is_touched(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("DEVICE_ID", "raspberry-01")
    with claim(tmp_path, "agent"):
        assert main(["selftest", "--simulate", "--yes", "--data", str(tmp_path)]) == FAILED
    told = capsys.readouterr()
    assert "an agent holds the pins (pid " in told.err
    assert "Nothing is guarded while it rests" in told.err
    assert told.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["agent.lock"]


def test_an_agent_that_is_a_service_is_named_by_its_unit(tmp_path):
    folder, proc = tmp_path / "agent", tmp_path / "proc"
    with claim(folder, "agent"):
        (proc / str(os.getpid())).mkdir(parents=True)
        (proc / str(os.getpid()) / "cgroup").write_text("0::/system.slice/sensor-publisher.service\n")
        with pytest.raises(AgentRuns, match="`sudo systemctl stop sensor-publisher`"):
            take(folder, root=tmp_path)


def test_the_end_says_how_the_agent_starts_again(tmp_path):
    assert how_to_start(tmp_path) == ""
    unit = tmp_path / "etc/systemd/system/sensor-publisher.service"
    unit.parent.mkdir(parents=True)
    unit.touch()
    assert "`sudo systemctl start sensor-publisher`" in how_to_start(tmp_path)


def test_a_folder_that_cannot_be_made_ends_it_in_words(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("DEVICE_ID", "raspberry-01")
    (tmp_path / "file").touch()
    assert main(["selftest", "--simulate", "--yes", "--data", str(tmp_path / "file" / "agent")]) == FAILED
    assert "cannot be written" in capsys.readouterr().err


def test_root_leaves_the_folder_of_another_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: SimpleNamespace(st_uid=12345, st_mode=0o040755))
    with pytest.raises(ConfigError, match="run it as that user"):
        check_user(tmp_path)


def test_a_bundle_that_is_there_is_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.setenv("DEVICE_ID", "raspberry-01")
    bundle = tmp_path / "old.zip"
    bundle.write_text("old")
    assert main(["selftest", "--simulate", "--yes", "--data", str(tmp_path), "--bundle", str(bundle)]) == USAGE
    assert bundle.read_text() == "old"
