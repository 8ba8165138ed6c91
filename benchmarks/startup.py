"""From `vigie up` to its ready line: on an empty data folder, and again on the same one. Nobody walks by meanwhile."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.measuring.markdown import table
from tests.house import clean_environment
from vigie.deploy.broker import free_port
from vigie.deploy.child import die_with_parent

GOAL_SECOND_S = 8.0


class NotUp(Exception):
    """`vigie up` ended without its ready line."""


def start_once(data: Path) -> float:
    """Seconds to the ready line; the house is stopped again. Raises `NotUp`."""
    argv = [sys.executable, "-m", "vigie", "up", "--no-scenario", "--port", str(free_port()), "--data", str(data)]
    started_s = time.monotonic()
    with subprocess.Popen(
        argv,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - no other thread of ours forks
    ) as house:
        assert house.stdout is not None
        line = house.stdout.readline().decode()
        seconds = time.monotonic() - started_s
        house.send_signal(signal.SIGTERM)
        _, errors = house.communicate(timeout=30)
    if not line.startswith("vigie is up: "):
        raise NotUp(errors.decode())
    return seconds


def session(runs: int) -> list[tuple[float, float]]:
    """(first start, second start) in seconds, each pair on a folder of its own."""
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "house"
            found.append((start_once(data), start_once(data)))
    return found


def report(runs: Sequence[tuple[float, float]]) -> str:
    """Medians over the runs, and the goal."""
    first_s, second_s = (list(seconds) for seconds in zip(*runs, strict=True))
    rows = [
        [name, f"{median(seconds):.1f}", ", ".join(f"{one:.1f}" for one in seconds)]
        for name, seconds in (("first, empty folder", first_s), ("second", second_s))
    ]
    verdict = "met" if median(second_s) <= GOAL_SECOND_S else "NOT met"
    return f"{table(['start', 'median s', 'runs'], rows)}\n\nGoal for the second start, ≤ {GOAL_SECOND_S:g} s: {verdict}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="default: %(default)s")
    print(report(session(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
