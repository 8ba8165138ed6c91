"""The wall clock of one program, set back and forward while it runs, steered by a file. Monotonic time stays right.

Not by libfaketime: a program with two threads crawls under it and its sleeps fail (0.9.10: it mistakes the monotonic waits
of Python's interpreter lock). Vigie asks for the time in one place alone (`runtime/clock.py`), so that is turned.
Run as `python -m tests.chaos.clocks FILE MODULE ARGUMENT…` this is MODULE with that clock.
"""

import runpy
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vigie.runtime.clock import SystemClock


class WallClock:
    """What one program takes for the time: the right one and an offset in seconds, which stands in `file`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set_right()

    def jump(self, offset_s: int) -> None:
        """That far from the right time, at once."""
        new = self.file.with_suffix(".new")
        new.write_text(str(offset_s))
        new.replace(self.file)  # it is read at any moment: never half of it

    def jump_to_1970(self) -> None:
        """As a Pi that has just started without a network."""
        self.jump(-int(time.time()))

    def set_right(self) -> None:
        self.jump(0)


def turn(file: Path) -> None:
    """This process believes the clock in `file` from here on."""

    def now(_self: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=int(file.read_text()))

    SystemClock.now = now


if __name__ == "__main__":
    turn(Path(sys.argv[1]))
    module = sys.argv[2]
    del sys.argv[:2]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
