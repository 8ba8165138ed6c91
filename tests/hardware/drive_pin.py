"""The world as a process of its own: `python -m tests.hardware.drive_pin pulses FILE COUNT` or `storm FILE SECONDS`.

FILE is the `pull` of a simulated line. Prints what it did: on a busy machine a pulse may last longer than it was meant to.
"""

import os
import sys
import time

from tests.hardware.simulated_pins import level_word

PULSE_S = PAUSE_S = 0.05
BOUNCES_S = (0.0004, 0.0008, 0.0003, 0.002)
"""How long a contact is open and closed by turns before it holds."""
_STORM_HALF_S = 0.0005


def _pulses(line: int, count: int) -> str:
    lengths = []
    for _ in range(count):
        lengths.append(_hold(line, high=True, seconds=PULSE_S))
        _hold(line, high=False, seconds=PAUSE_S)
    return f"pulses of {min(lengths) * 1000:.0f} to {max(lengths) * 1000:.0f} ms, {len(BOUNCES_S) * 2 + 2} edges each"


def _hold(line: int, *, high: bool, seconds: float) -> float:
    """To a level, which bounces at first; how long it was there."""
    began = time.monotonic()
    for number, bounce_s in enumerate(BOUNCES_S):
        _set(line, high=high if number % 2 == 0 else not high)
        time.sleep(bounce_s)
    _set(line, high=high)
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    return time.monotonic() - began


def _storm(line: int, seconds: float) -> str:
    began = due = time.monotonic()
    edges = 0
    while due < began + seconds:
        _set(line, high=edges % 2 == 0)
        edges += 1
        due = max(due + _STORM_HALF_S, time.monotonic() - _STORM_HALF_S)
        time.sleep(max(0.0, due - time.monotonic()))
    _set(line, high=False)
    return f"{edges / (time.monotonic() - began):.0f}"


def _set(line: int, *, high: bool) -> None:
    os.pwrite(line, level_word(high=high), 0)


def main(what: str, file: str, amount: str) -> None:
    line = os.open(file, os.O_WRONLY)
    print(_pulses(line, int(amount)) if what == "pulses" else _storm(line, float(amount)))


if __name__ == "__main__":
    main(*sys.argv[1:])
