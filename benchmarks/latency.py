"""From the pin to the browser: how long an event takes, in Vigie and in the naive pipeline, by turns in one session.

Measured from the instant just before the agent's process drives its mock pin to the callback of the official
socket.io-client, once in a page of headless Chromium (Vigie's dashboard; the naive peer's empty page) and once in Node
with no browser running. Vigie commits an event three times on the way (agent, bridge, server), each with synchronous=FULL;
the naive pipeline never does.
"""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.measuring.ledger import balance
from benchmarks.measuring.listeners import Listener, browser_page, node_client
from benchmarks.measuring.machine import Load, load_meanwhile
from benchmarks.measuring.markdown import table
from benchmarks.measuring.naive import Naive
from benchmarks.measuring.pipelines import DEVICES, Pipeline
from benchmarks.measuring.statistics import Latency
from benchmarks.measuring.vigie import Vigie

GOAL_P50_MS = 15.0
GOAL_P95_MS = 60.0
_WARM_UP = 20
_ARRIVES_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `missing`: events that the client never got."""

    pipeline: str
    listener: str
    latency: Latency
    missing: int
    clock_error_ms: float
    load: Load


@asynccontextmanager
async def both(folder: Path, devices: tuple[str, ...] = DEVICES[:1]) -> AsyncIterator[list[Pipeline]]:
    """Both pipelines, running side by side for the whole session; the one that is not measured rests."""
    pipelines: list[Pipeline] = [Vigie(folder / "vigie", devices), Naive(folder / "naive", devices)]
    try:
        for pipeline in pipelines:
            try:
                await pipeline.start()
            except TimeoutError as error:
                error.add_note(pipeline.last_words())
                raise
        yield pipelines
    finally:
        for pipeline in pipelines:
            pipeline.stop()


async def measure(
    pipeline: Pipeline, listen: Callable[[Pipeline], AbstractAsyncContextManager[Listener]], events: int, events_per_s: float
) -> Run:
    """One run: warm up, then `events` at `events_per_s` on one device."""
    async with listen(pipeline) as listener:
        warm_up = await pipeline.drive(DEVICES[:1], events_per_s, _WARM_UP)
        await listener.wait_for({one.key for one in warm_up}, _ARRIVES_WITHIN_S)
        with load_meanwhile() as load:
            driven = await pipeline.drive(DEVICES[:1], events_per_s, events)
            seen = await listener.wait_for({one.key for one in driven}, _ARRIVES_WITHIN_S)
    arrived = {one.key: one.at_s for one in reversed(seen)}  # the first time that it came
    latencies_ms = [(arrived[one.key] - one.at_s) * 1000 for one in driven if one.key in arrived]
    lost = balance([one.key for one in driven], arrived).lost
    return Run(pipeline.name, listener.name, Latency.of(latencies_ms), len(lost), listener.clock_error_s * 1000, load)


async def session(runs: int, events: int, events_per_s: float) -> list[Run]:
    """`runs` runs of each pipeline with each listener, by turns."""
    with tempfile.TemporaryDirectory() as folder:
        async with both(Path(folder)) as pipelines:
            turns = [(pipeline, listen) for listen in (browser_page, node_client) for pipeline in pipelines] * runs
            return [await measure(pipeline, listen, events, events_per_s) for pipeline, listen in turns]


def report(runs: Sequence[Run], events_per_s: float) -> str:
    """The medians over the runs as a table, the ratios and the goal in words."""
    medians: dict[tuple[str, str], Latency] = {}
    rows = []
    for listener in dict.fromkeys(run.listener for run in runs):
        for pipeline in dict.fromkeys(run.pipeline for run in runs):
            of_these = [run for run in runs if (run.listener, run.pipeline) == (listener, pipeline)]
            latency = medians[listener, pipeline] = Latency.median_of(run.latency for run in of_these)
            rows.append([
                listener,
                pipeline,
                latency.p50_ms,
                latency.p95_ms,
                latency.p99_ms,
                latency.max_ms,
                ", ".join(f"{run.latency.p50_ms:.1f}/{run.latency.p95_ms:.1f}" for run in of_these),
                f"{latency.count} ({sum(run.missing for run in of_these)} missing)",
                f"{median(run.load.others_cores for run in of_these):.2f}",
            ])  # fmt: skip
    head = ["client", "pipeline", "p50 ms", "p95 ms", "p99 ms", "max ms", "p50/p95 of each run", "events", "cores of others"]
    page = "Chromium page"
    ours, theirs = medians[page, Vigie.name], medians[page, Naive.name]
    verdict = "met" if ours.p50_ms <= GOAL_P50_MS and ours.p95_ms <= GOAL_P95_MS else "NOT met"
    error_ms = max(run.clock_error_ms for run in runs)
    return (
        f"At {events_per_s:g} events/s, medians of {len(runs) // 4} runs by turns; "
        f"the page's clock is known to ± {error_ms:.1f} ms.\n\n"
        f"{table(head, rows)}\n\n"
        f"In the page Vigie takes {ours.p50_ms / theirs.p50_ms:.1f} times the naive pipeline's time at p50, "
        f"{ours.p95_ms / theirs.p95_ms:.1f} times at p95. "
        f"Goal for Vigie, p50 ≤ {GOAL_P50_MS:g} ms and p95 ≤ {GOAL_P95_MS:g} ms: {verdict}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300, help="per run (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="of each pipeline with each client (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=10.0, metavar="EVENTS_PER_S", help="default: %(default)s")
    options = parser.parse_args()
    print(report(asyncio.run(session(options.runs, options.events, options.rate)), options.rate))


if __name__ == "__main__":
    main()
