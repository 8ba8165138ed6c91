"""All benchmarks, one after the other, with modest defaults: about seven minutes. Prints Markdown.

With `--write FILE` it replaces what stands between the two marks of that file (docs/reference/performance.md has them).
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import latency, memory, outage, startup
from benchmarks.measuring.machine import describe
from vigie import __version__

BEGIN, END = "<!-- figures: begin, written by `make bench` -->", "<!-- figures: end -->"
_OUTAGE_S = 20.0


def latencies() -> str:
    return latency.report(asyncio.run(latency.session(runs=3, events=150, events_per_s=10.0)), 10.0)


def memories() -> str:
    return memory.report(asyncio.run(memory.session(events=60)))


def outages() -> str:
    return outage.report(asyncio.run(outage.session(["backend"], "kill", _OUTAGE_S, 20.0)), "kill", 20.0)


def starts() -> str:
    return startup.report(startup.session(runs=3))


CHAPTERS: dict[str, Callable[[], str]] = {
    "Latency": latencies,
    "Memory": memories,
    "Outage": outages,
    "Start": starts,
}


def measured() -> str:
    """All figures as Markdown, with the machine and the moment."""
    parts = [f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC with `make bench`, Vigie {__version__}, on {describe()}."]
    for title, measure in CHAPTERS.items():
        print(f"measuring: {title.lower()}", file=sys.stderr, flush=True)
        parts.append(f"### {title}\n\n{measure()}")
    return "\n\n".join(parts)


def written_into(text: str, figures: str) -> str:
    """The page with other figures between its marks. Raises `ValueError` where it has none."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no place for figures: expected the lines {BEGIN!r} and {END!r}")
    return f"{head}{BEGIN}\n\n{figures}\n\n{END}{tail}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the figures into this page")
    options = parser.parse_args()
    if options.write:
        written_into(options.write.read_text(encoding="utf-8"), "")  # say now, not in seven minutes, that it has no place for them
    figures = measured()
    print(figures)
    if options.write:
        options.write.write_text(written_into(options.write.read_text(encoding="utf-8"), figures), encoding="utf-8")


if __name__ == "__main__":
    main()
