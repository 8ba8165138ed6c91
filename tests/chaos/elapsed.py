"""A program for which so many seconds more have passed: its monotonic clock is that far ahead, its wall clock is right.

Run as `python -m tests.chaos.elapsed SECONDS MODULE ARGUMENT…` this is MODULE with that clock: an outage of minutes for which
no test waits.
"""

import runpy
import sys

from vigie.runtime.clock import SystemClock


def let_pass(seconds: float) -> None:
    """This process believes from here on that they have passed."""
    monotonic = SystemClock.monotonic
    SystemClock.monotonic = lambda self: monotonic(self) + seconds


if __name__ == "__main__":
    let_pass(float(sys.argv[1]))
    module = sys.argv[2]
    del sys.argv[:2]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
