"""All benchmarks, one after the other, with modest defaults: about half an hour; or those that are named. Prints Markdown.

With `--write FILE` it puts what it measured between the two marks of that file (docs/reference/performance.md has them);
chapters that were not measured stay as they are.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import alarm, clips, drain, flood, latency, live, memory, outage, startup
from benchmarks.measuring.machine import describe
from vigie import __version__

BEGIN, END = "<!-- figures: begin, written by `make bench` -->", "<!-- figures: end -->"
_OUTAGE_S = 20.0


def latencies() -> str:
    return latency.report(asyncio.run(latency.session(runs=3, events=150, events_per_s=10.0)), 10.0)


def alarms() -> str:
    return alarm.report(asyncio.run(alarm.session(rounds=3, count=40)))


def memories() -> str:
    return memory.report(asyncio.run(memory.session(events=60)))


def outages() -> str:
    return outage.report(asyncio.run(outage.session(["backend"], "kill", _OUTAGE_S, 20.0)), "kill", 20.0)


def starts() -> str:
    return startup.report(startup.session(runs=3))


def drains() -> str:
    return drain.report(asyncio.run(drain.session(3, drain.EVENTS, drain.NAMES)))


def floods() -> str:
    return flood.report(asyncio.run(flood.session(2, flood.RATE_PER_S, flood.SECONDS)))


def clips_of_trips() -> str:
    return clips.report(asyncio.run(clips.session(trips=100, devices=3, seed=1, cost_s=20.0)))


def live_views() -> str:
    return live.report(asyncio.run(live.session(opens=10, glass_s=45.0, phase_s=9.0, rounds=3)))


CHAPTERS: dict[str, Callable[[], str]] = {
    "Latency": latencies,
    "Alarm": alarms,
    "Clips": clips_of_trips,
    "Live": live_views,
    "Memory": memories,
    "Outage": outages,
    "Drain": drains,
    "Flood": floods,
    "Start": starts,
}


def measured(titles: Sequence[str]) -> dict[str, str]:
    """Title -> its figures as Markdown, with the machine and the moment."""
    chapters = {}
    for title in titles:
        print(f"measuring: {title.lower()}", file=sys.stderr, flush=True)
        figures = CHAPTERS[title]()
        moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        command = f'make bench ARGS="{title.lower()}"'
        chapters[title] = f"Measured {moment} with `{command}`, Vigie {__version__}, on {describe()}.\n\n{figures}"
    return chapters


def page(chapters: Mapping[str, str]) -> str:
    """The chapters in their order, each under its heading."""
    return "\n\n".join(f"### {title}\n\n{chapters[title]}" for title in CHAPTERS if title in chapters)


def written_into(text: str, chapters: Mapping[str, str]) -> str:
    """The page with these chapters in place of those of the same title between its marks; the others stay.

    Raises `ValueError` where it has no marks.
    """
    head, begin, rest = text.partition(BEGIN)
    present, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no place for figures: expected the lines {BEGIN!r} and {END!r}")
    parts = (part.partition("\n") for part in present.split("\n### ")[1:])
    kept = {title.strip(): body.strip() for title, _, body in parts}
    return f"{head}{BEGIN}\n\n{page({**kept, **chapters})}\n\n{END}{tail}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = {title.lower(): title for title in CHAPTERS}
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=f"of {', '.join(names)}; without any: all")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the figures into this page")
    options = parser.parse_args()
    if unknown := [name for name in options.chapters if name not in names]:
        parser.error(f"no chapter {unknown[0]!r}; there are {', '.join(names)}")
    if options.write:
        written_into(options.write.read_text(encoding="utf-8"), {})  # say now that it has no place for them
    chapters = measured([names[name] for name in options.chapters] or list(CHAPTERS))
    print(page(chapters))
    if options.write:
        options.write.write_text(written_into(options.write.read_text(encoding="utf-8"), chapters), encoding="utf-8")


if __name__ == "__main__":
    main()
