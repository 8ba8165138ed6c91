"""`vigie` with its mock pins watched from inside: each change of a pin, and each new target of the servo, is a line in a file.

Run as `python -m benchmarks.measuring.noted_agent FILE ARGUMENT…`. A line is `NAME AT VALUE`: `GPIO17` (its BCM number) or
`servo`, CLOCK_MONOTONIC in seconds just before the change, the level or the angle. It costs some 3 µs per change.
"""

import os
import sys
import time
from pathlib import Path

from gpiozero.pins.mock import MockPWMPin

from vigie.agent import pins
from vigie.agent.servo import Servo
from vigie.cli import main


def watch(file: Path) -> None:
    """From here on, in this process."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(name: str, value: float) -> None:
        os.write(handle, f"{name} {time.monotonic():.6f} {value:g}\n".encode())

    class NotedPin(MockPWMPin):  # type: ignore[misc]  # gpiozero has no types
        def _change_state(self, value: float) -> bool:
            if self._state != value:
                note(self.info.name, value)
            return bool(super()._change_state(value))

    aim = Servo._aim

    def noted_aim(servo: Servo, target_deg: float) -> None:
        note("servo", target_deg)
        aim(servo, target_deg)

    pins.MockPWMPin = NotedPin
    Servo._aim = noted_aim  # type: ignore[method-assign]


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
