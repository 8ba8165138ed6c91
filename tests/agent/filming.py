"""A device with a camera, in the test's own process, on the machine's own clock: its camera process is a scripted one."""

import asyncio
import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from tests.agent import scripted_camera
from tests.agent.guarding import events, keep_mode
from tests.agent.pi import WIRING
from tests.waiting import wait_until_async
from vigie.agent import camera_parts
from vigie.agent import device as device_module
from vigie.agent.arrivals import Arrived
from vigie.agent.device import Device
from vigie.agent.health import WallClock
from vigie.agent.log_file import LoggedEvent
from vigie.agent.settings import AgentSettings
from vigie.agent.tasks import kept_running
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime.clock import SystemClock
from vigie.runtime.mqtt import Message


class Filming:
    """`start` makes it; `become` gives the camera another behaviour from its next life on."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str, **values: Any) -> None:
        self.folder = folder
        self._patch = monkeypatch
        self._values = {"camera": {"source": "synthetic"}, "broker": {"url": "127.0.0.1"}, **values}
        self._running: list[asyncio.Task[None]] = []
        self.argv = (sys.executable, scripted_camera.__file__, behaviour)
        self.accepted: list[LoggedEvent] = []
        self.device: Device

    async def start(self, mode: Mode = Mode.SURVEILLANCE, *, is_well: bool = True) -> "Filming":
        """In this mode; returns when pictures come, unless they are not to."""
        keep_mode(self.folder, mode)
        self._patch.setattr(camera_parts, "ARGV", self.argv)
        self._patch.setattr(device_module, "WallClock", partial(WallClock, is_synced=lambda: True))
        settings = AgentSettings.model_validate({**WIRING, **self._values, "data_dir": self.folder})
        self.factory = MockFactory(pin_class=MockPWMPin)
        self.device = Device(settings, self.factory, SystemClock(), simulated=True)
        self.device.start()
        self.device.log.on_accepted.append(self.accepted.append)
        assert self.device.lens is not None
        parts = {"inputs": self.device.inputs, "alarm": self.device.alarm, "siren": self.device.siren, "servo": self.device.servo}
        parts |= {"lens": self.device.lens, "camera": self.device.lens.camera, "troubles": self.device.troubles}
        for name, part in parts.items():
            task = kept_running(name, part.run, self.device.faults, SystemClock())
            self._running.append(asyncio.create_task(task))
        if is_well:
            await self.until(lambda: self.state("camera")["state"] == "ok", "pictures come")
        return self

    async def stop(self) -> None:
        """In order, as at the end of the agent."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()
        self.device.close()
        self.factory.close()

    def become(self, behaviour: str) -> None:
        assert self.device.lens is not None
        self.device.lens.camera._child._argv = (*self.argv[:2], behaviour)

    async def close(self) -> None:
        if self._running:
            await self.stop()

    @property
    def camera_pid(self) -> int:
        assert self.device.lens is not None
        pid = self.device.lens.camera.pid
        assert pid is not None
        return pid

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.camera_pid, number)

    async def command(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        message = Message(f"commands/raspberry-01/{name}", json.dumps(body).encode(), 1, False, False, 1)
        answer = await self.device.commands.obey(Arrived(message, SystemClock().monotonic(), None))
        assert answer is not None
        result: dict[str, Any] = json.loads(answer[1])
        return result

    def set_mode(self, mode: Mode) -> None:
        record = ModeRecord(mode=mode, stamp=(int(time.time() * 1000), 0, "test"))
        self.device.mode.hear(Message("site/mode", record.model_dump_json().encode(), 1, False, False, 1))

    def trip(self, sensor: str = "motion") -> None:
        self.factory.pin(WIRING["sensors"][sensor]["pin"]).drive_high()

    def state(self, part: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.device.board._bodies.get(part, b"{}"))
        return found

    def told(self, do: str) -> list[dict[str, Any]]:
        """The orders of this sort that the camera got, oldest first."""
        return [order for order in self._lines() if order.get("do") == do]

    def configs(self) -> list[dict[str, Any]]:
        """With what each camera process was started."""
        return [line["config"] for line in self._lines() if "config" in line]

    def _lines(self) -> list[dict[str, Any]]:
        file = self.folder / "told.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def clips(self) -> list[tuple[str, str]]:
        """The `clip` events of the log as (clip, state)."""
        return [
            (event.draft.body["clip_id"], event.draft.body["state"]) for event in events(self.folder) if event.draft.type == "clip"
        ]

    def faults(self) -> set[str]:
        return {name for name in self.device.faults.names() if name.startswith("camera:")}

    async def until(self, condition: Any, what: str, within_s: float = 10.0) -> None:
        await wait_until_async(lambda: bool(condition()), what, within_s=within_s)
