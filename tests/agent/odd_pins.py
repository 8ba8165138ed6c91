"""Agents whose pins are not at rest when they start.

Run as `python -m tests.agent.odd_pins low:27 MODULE ARGUMENT…` GPIO27 is held low from outside; as `… unread MODULE …` the
program is killed in the moment in which it would read a sensor for the first time.
"""

import os
import runpy
import signal
import sys

from gpiozero.pins.mock import MockFactory, MockPWMPin

from vigie.agent import pins
from vigie.agent.inputs import GpioLine


class _HeldPin(MockPWMPin):
    held = ""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.info.name == self.held:
            self.drive_low()


def _die(_line: GpioLine) -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    return False


def make_odd(what: str) -> None:
    """The pins of this process, from here on."""
    if what == "unread":
        GpioLine.read = _die
    else:
        _HeldPin.held = f"GPIO{what.removeprefix('low:')}"
        pins.mock_factory = lambda: MockFactory(pin_class=_HeldPin)


if __name__ == "__main__":
    make_odd(sys.argv[1])
    module = sys.argv[2]
    del sys.argv[:2]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
