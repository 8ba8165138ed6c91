"""What each program occupies at rest, after some events: VmRSS, which includes every page that it shares, and PSS, which
counts shared pages in parts. No page is open.
"""

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency import both
from benchmarks.measuring.markdown import table
from benchmarks.measuring.pipelines import DEVICES, Pipeline
from benchmarks.measuring.programs import until
from benchmarks.measuring.vigie import Vigie

GOALS_MIB = {DEVICES[0]: 45, "bridge": 60, "backend": 150}
_NAMES = {DEVICES[0]: "agent (publisher)", "bridge": "bridge", "backend": "server (backend)", "broker": "mosquitto"}
_REST_S = 8.0
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Occupied:
    """One program's memory in MiB."""

    pipeline: str
    role: str
    rss_mib: float
    pss_mib: float

    @property
    def is_within_goal(self) -> bool:
        return self.pipeline != Vigie.name or self.rss_mib <= GOALS_MIB.get(self.role, float("inf"))


async def session(events: int) -> list[Occupied]:
    """Both pipelines side by side with `events` events at 10/s each, then a rest."""
    with tempfile.TemporaryDirectory() as folder:
        async with both(Path(folder)) as pipelines:
            for pipeline in pipelines:
                await _send(pipeline, events)
            await asyncio.sleep(_REST_S)
            return [
                Occupied(pipeline.name, role, program.resident_bytes / _MIB, program.proportional_bytes / _MIB)
                for pipeline in pipelines
                for role, program in pipeline.programs.items()
            ]


async def _send(pipeline: Pipeline, events: int) -> None:
    driven = {one.key for one in await pipeline.drive(DEVICES[:1], 10.0, events)}

    async def are_stored() -> bool:
        return driven <= set(await pipeline.history())

    await until(are_stored, f"{pipeline.name} stores {events} events", within_s=20)


def report(found: list[Occupied]) -> str:
    """Vigie's programs with their goals, the naive peer's beside them."""
    by = {(one.pipeline, one.role): one for one in found}
    ours, theirs = dict.fromkeys(one.pipeline for one in found)
    rows = [
        [
            name,
            by[ours, role].rss_mib,
            f"≤ {GOALS_MIB[role]}" if role in GOALS_MIB else "",
            by[ours, role].pss_mib,
            by[theirs, role].rss_mib,
            by[theirs, role].pss_mib,
        ]
        for role, name in _NAMES.items()
    ]
    too_fat = [_NAMES[one.role] for one in found if not one.is_within_goal]
    verdict = f"NOT met by {', '.join(too_fat)}" if too_fat else "met"
    head = ["program", f"{ours} RSS MiB", "goal", f"{ours} PSS MiB", f"{theirs} RSS MiB", f"{theirs} PSS MiB"]
    return f"{table(head, rows)}\n\nGoals: {verdict}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=60, help="before the rest (default: %(default)s)")
    print(report(asyncio.run(session(parser.parse_args().events))))


if __name__ == "__main__":
    main()
