"""The world as a process of its own: `python -m tests.hardware.drive_pin pulses FILE COUNT` or `storm FILE SECONDS`.

FILE is the `pull` of a simulated line. Prints what it did, as JSON: on a busy machine a pulse is not always as it was meant.
"""

import json
import os
import sys
import time

from tests.hardware.simulated_pins import level_word

PULSE_S = PAUSE_S = 0.05
BOUNCES_S = (0.0004, 0.0008, 0.0003, 0.002)
"""How long a contact is open and closed by turns before it holds."""
_LATE_S = 0.01
"""Held up for longer while it bounces, a contact does not bounce any more, but opens and closes."""
_STORM_HALF_S = 0.0005


def _pulses(line: int, count: int) -> list[tuple[float, float, float]]:
    """Begin, end, and end of the pause after it, of as many pulses as were meant; those that were held up are played besides."""
    good: list[tuple[float, float, float]] = []
    for _ in range(3 * count):
        began = time.monotonic()
        is_good = _hold(line, high=True, seconds=PULSE_S)
        ended = time.monotonic()
        is_good = _hold(line, high=False, seconds=PAUSE_S) and is_good
        if is_good:
            good.append((began, ended, time.monotonic()))
        if len(good) == count:
            break
    return good


def _hold(line: int, *, high: bool, seconds: float) -> bool:
    """To a level, which bounces at first. False if we were held up."""
    due = time.monotonic()
    late_s = 0.0
    for number, bounce_s in enumerate(BOUNCES_S):
        _set(line, high=high if number % 2 == 0 else not high)
        due += bounce_s
        time.sleep(bounce_s)
        late_s = max(late_s, time.monotonic() - due)
    _set(line, high=high)
    late_s = max(late_s, time.monotonic() - due)
    time.sleep(seconds - sum(BOUNCES_S))
    return late_s < _LATE_S


def _storm(line: int, seconds: float) -> float:
    """How many edges a second there were."""
    began = due = time.monotonic()
    edges = 0
    while due < began + seconds:
        _set(line, high=edges % 2 == 0)
        edges += 1
        due = max(due + _STORM_HALF_S, time.monotonic() - _STORM_HALF_S)
        time.sleep(max(0.0, due - time.monotonic()))
    _set(line, high=False)
    return edges / (time.monotonic() - began)


def _set(line: int, *, high: bool) -> None:
    os.pwrite(line, level_word(high=high), 0)


def main(what: str, file: str, amount: str) -> None:
    line = os.open(file, os.O_WRONLY)
    json.dump(_pulses(line, int(amount)) if what == "pulses" else _storm(line, float(amount)), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
