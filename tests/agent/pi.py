"""A whole device in the test's own process, on mock pins and a clock that is turned by hand; its log is a real file."""

import asyncio
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from vigie.agent import device as device_module
from vigie.agent.device import Device
from vigie.agent.health import WallClock
from vigie.agent.settings import AgentSettings
from vigie.testing import FakeClock

PINS = {"motion": 17, "button": 27}
SIREN_PIN = 22
WIRING: dict[str, Any] = {
    "device_id": "raspberry-01",
    "sensors": {name: {"pin": pin, "active_high": True, "pull": "down"} for name, pin in PINS.items()},
    "servo": {"slew_deg_s": 600, "presets": {"door": -60}},
    "siren": {"pin": SIREN_PIN},
}


class Wires(MockFactory):  # type: ignore[misc]  # gpiozero has no types
    """Mock pins of which some are held high from outside, whatever their pull."""

    def __init__(self, held: tuple[int, ...] = ()) -> None:
        super().__init__(pin_class=HeldPin)
        self.held = held


class HeldPin(MockPWMPin):  # type: ignore[misc]
    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.info.name in {f"GPIO{number}" for number in self.factory.held}:
            self.drive_high()


class Pi:
    """`start` makes the device anew in the same folder; `kill` leaves the files as they are at that instant, elsewhere."""

    def __init__(self, folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, **alarm: Any) -> None:
        self.folder = folder
        self.clock = clock
        self.boot = "boot-1"
        self.knows_time = True
        self._alarm = alarm
        self._patch = monkeypatch
        self._tasks: list[asyncio.Task[None]] = []
        self._old: list[Callable[[], None]] = []
        self.device: Device

    def start(self, *, opens: tuple[str, ...] = ()) -> None:
        """`opens`: sensors that are active when it looks for the first time."""
        self._patch.setattr(device_module, "boot_id", lambda: self.boot)
        self._patch.setattr(device_module, "WallClock", partial(WallClock, is_synced=lambda: self.knows_time))
        settings = AgentSettings.model_validate({**WIRING, **self._alarm, "data_dir": self.folder})
        self.factory = Wires(tuple(PINS[name] for name in opens))
        self.device = Device(settings, self.factory, self.clock, simulated=False)
        self.device.start()
        parts = (self.device.inputs, self.device.alarm, self.device.siren, self.device.servo)
        self._tasks = [asyncio.create_task(part.run()) for part in parts if part is not None]

    def kill(self) -> None:
        """What has been committed is there afterwards, nothing else; no part is told."""
        for task in self._tasks:
            task.cancel()
        self._old.append(partial(_let_go, self.device, self.factory))
        fresh = self.folder.with_name(f"{self.folder.name}-{len(self._old)}")
        shutil.copytree(self.folder, fresh)
        self.folder = fresh

    def reboot(self, off_s: float, *, knows_time: bool) -> None:
        """Killed by a power cut of so many seconds; the next start is in another boot."""
        self.kill()
        self.clock.turn(off_s)
        self.clock._monotonic = 20.0
        self.boot, self.knows_time = f"{self.boot}'", knows_time

    def close(self) -> None:
        self.kill()
        for let_go in self._old:
            let_go()

    def drive(self, sensor: str, *, high: bool) -> None:
        pin = self.factory.pin(PINS[sensor])
        (pin.drive_high if high else pin.drive_low)()

    async def pulse(self, sensor: str = "motion", seconds: float = 0.2) -> None:
        """Active, then at rest, and all of it on disk."""
        for high in (True, False):
            self.drive(sensor, high=high)
            await self.settle()
            await self.clock.advance(seconds)
        await self.settle()

    async def settle(self) -> None:
        """Edges have come through, what they led to is done, and the disk has all of it."""
        for _ in range(3):
            await asyncio.sleep(0)
            await self.clock.advance(0)
            await self.device.log.flush()

    @property
    def sounds(self) -> bool:
        return bool(self.factory.pin(SIREN_PIN).state)

    @property
    def stage(self) -> str:
        return self.device.alarm.state.stage.value


def _let_go(device: Device, factory: MockFactory) -> None:
    device.close()
    factory.close()
