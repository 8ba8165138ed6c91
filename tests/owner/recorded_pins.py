"""A program on mock pins that writes down what becomes of them: `python -m tests.owner.recorded_pins FILE MODULE ARGUMENT…`.

Each change of a level is a line of FILE: the pin, its level, the monotonic time. They are there however the program ends.
"""

import runpy
import sys
import time
from pathlib import Path

from gpiozero.pins.mock import MockFactory, MockPWMPin

from vigie.agent import pins


class _RecordedPin(MockPWMPin):
    file: Path

    def _change_state(self, value):
        has_changed = super()._change_state(value)
        if has_changed:
            with self.file.open("a") as file:
                file.write(f"{self.info.name} {value:g} {time.monotonic()}\n")
        return has_changed


def record(file: Path) -> None:
    """The pins of this process, from here on."""
    _RecordedPin.file = file
    pins.mock_factory = lambda: MockFactory(pin_class=_RecordedPin)


def levels(file: Path, pin: int) -> list[tuple[float, float]]:
    """(level, monotonic time) of each change of a pin so far."""
    if not file.exists():
        return []
    lines = [line.split() for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [(float(level), float(at)) for name, level, at in lines if name == f"GPIO{pin}"]


if __name__ == "__main__":
    record(Path(sys.argv[1]))
    module = sys.argv[2]
    del sys.argv[:2]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
