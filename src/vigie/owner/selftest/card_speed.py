"""How long the card takes to make a small write safe: what stands between an edge and its accepted event."""

import os
import threading
from pathlib import Path

from vigie.runtime.clock import Clock

_BLOCK = bytes(4096)
MOST_WRITES = 100
MOST_S = 2.0


def fsync_times_s(folder: Path, clock: Clock, gives_up: threading.Event) -> list[float]:
    """Of each of at most 100 writes of 4 kB, in at most 2 s and the time of one. Raises `OSError`. Blocks."""
    times: list[float] = []
    path = folder / "card-speed"
    deadline = clock.monotonic() + MOST_S
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        while len(times) < MOST_WRITES and clock.monotonic() < deadline and not gives_up.is_set():
            began = clock.monotonic()
            os.write(file, _BLOCK)
            os.fsync(file)
            times.append(clock.monotonic() - began)
    finally:
        os.close(file)
        path.unlink()
    return times


def percentile(times: list[float], share: float) -> float:
    """Of at least one: the smallest that so large a share does not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
