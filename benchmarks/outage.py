"""One part dies in the middle of a stream of events, and comes back: what is lost, what comes twice, how long it takes.

The ledger is the harness's own: the events that the programs at the pins said they had accepted. Recovery is the time
from starting the part again until the history holds everything that was accepted before that moment.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.latency import both
from benchmarks.measuring.ledger import Balance, balance
from benchmarks.measuring.listeners import node_client
from benchmarks.measuring.markdown import table
from benchmarks.measuring.pipelines import DEVICES, Driven, Pipeline

PARTS = ("backend", "bridge", "broker")
_BEFORE_S = 5.0
_AFTER_S = 10.0
_STILL_FOR_S = 20.0
_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Outage:
    """What one outage did. `shown` is what a client that stayed open got live; `recovered_s` is None: never."""

    pipeline: str
    part: str
    seconds: float
    stored: Balance
    shown: Balance
    recovered_s: float | None


async def interrupt(pipeline: Pipeline, part: str, how: str, seconds: float, events_per_s: float) -> Outage:
    """Streams events from both devices, takes `part` away for `seconds` (`how`: kill or freeze), and waits for the end."""
    count = round((_BEFORE_S + seconds + _AFTER_S) * events_per_s)
    program = pipeline.programs[part]
    ledger: list[Driven] = []
    async with node_client(pipeline) as client:
        driving = asyncio.create_task(pipeline.drive(DEVICES, events_per_s, count, ledger))
        await asyncio.sleep(_BEFORE_S)
        (program.kill if how == "kill" else program.freeze)()
        await asyncio.sleep(seconds)
        back_at_s = time.monotonic()
        (program.start if how == "kill" else program.thaw)()
        recovered_s = await _recovery(pipeline, ledger, back_at_s, driving)
        await driving
        accepted = [one.key for one in ledger]
        seen = await client.wait_for(set(accepted), within_s=5.0)
    stored = balance(accepted, await pipeline.history())
    shown = balance(accepted, [one.key for one in seen])
    return Outage(pipeline.name, part, seconds, stored, shown, recovered_s)


async def _recovery(pipeline: Pipeline, ledger: list[Driven], back_at_s: float, driving: "asyncio.Task[object]") -> float | None:
    """Seconds from `back_at_s` until all that was driven before it is in the history; then waits for the driving and what
    it made. None when the history, complete or not, has not moved for `_STILL_FOR_S`.
    """
    recovered_s, moved_at_s, had = None, time.monotonic(), -1
    while time.monotonic() - moved_at_s < _STILL_FOR_S:
        await asyncio.sleep(_POLL_S)
        try:
            keys = set(await pipeline.history())
        except OSError:
            keys = set()
        if len(keys) != had or not driving.done():
            had, moved_at_s = len(keys), time.monotonic()
        if recovered_s is None and keys >= {one.key for one in ledger if one.at_s < back_at_s}:
            recovered_s = time.monotonic() - back_at_s
        if driving.done() and keys >= {one.key for one in ledger}:
            break
    return recovered_s


async def session(parts: list[str], how: str, seconds: float, events_per_s: float) -> list[Outage]:
    """Each outage on fresh pipelines, first in Vigie, then in the naive one, the other at rest."""
    found = []
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            async with both(Path(folder), DEVICES) as pipelines:
                found += [await interrupt(pipeline, part, how, seconds, events_per_s) for pipeline in pipelines]
    return found


def report(found: list[Outage], how: str, events_per_s: float) -> str:
    """One row per outage."""
    rows = [
        [
            one.part,
            one.pipeline,
            one.stored.accepted,
            len(one.stored.lost),
            one.stored.repeated,
            len(one.shown.lost),
            one.shown.repeated,
            "never" if one.recovered_s is None else f"{one.recovered_s:.1f}",
        ]
        for one in found
    ]
    head = ["part", "pipeline", "accepted", "not stored", "stored twice", "not shown live", "shown twice", "complete after s"]
    done = {"kill": "Killed (SIGKILL) and started again", "freeze": "Frozen (SIGSTOP) and let go"}[how]
    return f"{done} after {found[0].seconds:g} s, {events_per_s:g} events/s from two devices.\n\n{table(head, rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the part is away (default: %(default)s)")
    parser.add_argument("--part", choices=[*PARTS, "all"], default="backend", help="default: %(default)s")
    parser.add_argument("--how", choices=["kill", "freeze"], default="kill", help="default: %(default)s")
    parser.add_argument("--rate", type=float, default=20.0, metavar="EVENTS_PER_S", help="default: %(default)s")
    options = parser.parse_args()
    parts = list(PARTS) if options.part == "all" else [options.part]
    print(report(asyncio.run(session(parts, options.how, options.seconds, options.rate)), options.how, options.rate))


if __name__ == "__main__":
    main()
