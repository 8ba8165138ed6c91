"""Bridge and server were away for a day. They come back: how fast is what has waited stored, and do live events still pass?

The backlog waits in the log of a Pi (`log`), or as single messages at QoS 1 in the broker (`broker`). The latter is what the
peers can do too, so they do it in the same run: on the same Mosquitto with the same configuration, each in turn. Vigie
commits each event twice on the way (bridge and server, synchronous=FULL); the peers keep theirs in memory.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks.measuring.backlogs import fill_log, publish
from benchmarks.measuring.commits import CommitWatch
from benchmarks.measuring.ledger import balance
from benchmarks.measuring.listeners import Listener, node_client
from benchmarks.measuring.machine import Load, load_meanwhile
from benchmarks.measuring.markdown import table
from benchmarks.measuring.pipelines import DEVICES, Driven
from benchmarks.measuring.programs import Program, until
from benchmarks.measuring.relays import NAMES, TOPIC, Relay
from benchmarks.measuring.statistics import Latency
from benchmarks.measuring.vigie import Vigie

EVENTS = 100_000
PEER_EVENTS = {"naive": 3_000, "Node-RED": 10_000}
GOAL_PER_S = 8_000.0
GOAL_TIMES = {"naive": 25.0, "Node-RED": 8.0}
GOAL_RSS_MIB = 150.0
GOAL_LIVE_P95_MS = 500.0
LIVE_PER_S = 5.0
FROM_LOG, FROM_BROKER = "Vigie, from the Pi's log", "Vigie, from the broker"
WITH_PAGE = f"{FROM_LOG}, a client listens"
_ROLES = {DEVICES[0]: "agent with the backlog", DEVICES[1]: "agent beside it", "bridge": "bridge", "backend": "server"}
_BACKLOGGED, _LIVE = DEVICES
_POLL_S = 0.1
_WITHIN_S = 600.0
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Drained:
    """One drain. `began_s`: from the start of the bridge to the first event that was stored; `events_per_s` from there
    to the last. `fault`: what was wrong with what is stored, or nothing. `cpu_us` (per event of the backlog, while it drained)
    and `peak_mib` by role. `committed` and `shown` are the live events meanwhile: to the commit, and to a client's callback.
    """

    name: str
    events: int
    began_s: float
    drained_s: float
    events_per_s: float
    fault: str
    cpu_us: Mapping[str, float]
    peak_mib: Mapping[str, float]
    load: Load
    committed: Latency | None = None
    shown: Latency | None = None


@dataclass(slots=True)
class Watched:
    """What was noted while `stored` grew to `events`."""

    began_s: float
    drained_s: float
    events_per_s: float
    cpu_us: dict[str, float]
    load: Load


async def watch(stored: Callable[[], Awaitable[int]], events: int, programs: Mapping[str, Program], started_s: float) -> Watched:
    """Polls until all are stored. The rate counts from the first look that found any, with what was there then taken off."""
    async with asyncio.timeout(_WITHIN_S):
        while not (first := await stored()):
            await asyncio.sleep(_POLL_S)
        began_s, cpu_before = time.monotonic(), {role: program.cpu_s for role, program in programs.items()}
        with load_meanwhile() as load:
            while (await stored()) < events:
                await asyncio.sleep(_POLL_S)
            seconds = time.monotonic() - began_s
            cpu_us = {role: (program.cpu_s - cpu_before[role]) / (events - first) * 1e6 for role, program in programs.items()}
    return Watched(began_s - started_s, seconds, (events - first) / seconds, cpu_us, load)


async def drain_log(folder: Path, events: int, *, with_page: bool) -> Drained:
    """From the log of one Pi; a second one sees `LIVE_PER_S` events meanwhile, and with a page a client listens."""
    vigie = Vigie(folder)
    ids = fill_log(folder / _BACKLOGGED, events)
    try:
        vigie.programs["broker"].start()
        for device in DEVICES:
            vigie.programs[device].start()
        for device in DEVICES:
            await until(lambda: _says(vigie.programs[device], "connected to broker"), f"{device} is connected")  # noqa: B023
        drained = await _come_back(WITH_PAGE if with_page else FROM_LOG, vigie, events, with_page=with_page)
        stored = [event for event in await vigie.events() if event["device_id"] == _BACKLOGGED]
        ordered = [event["seq"] for event in stored] == list(range(1, events + 1))
        fault = _fault(ids, [event["id"] for event in stored], ordered=ordered)
        return _with_fault(drained, fault)
    except TimeoutError as error:
        error.add_note(vigie.last_words())
        raise
    finally:
        vigie.stop()


async def drain_broker(folder: Path, events: int) -> Drained:
    """From the queue that the broker keeps for the bridge."""
    vigie = Vigie(folder, DEVICES[1:], queue_messages=2 * events)
    try:
        await vigie.start()
        vigie.programs["bridge"].stop()
        vigie.programs["backend"].stop()
        published = await publish(vigie.broker_port, TOPIC, events)
        if published.acknowledged != events:
            raise RuntimeError(f"the broker took {published.acknowledged} of {events} messages")
        drained = await _come_back(FROM_BROKER, vigie, events, with_page=False)
        numbers = [event["details"]["n"] for event in await vigie.events() if event["device_id"] == _BACKLOGGED]
        return _with_fault(drained, _fault_of_numbers(numbers, events))
    except TimeoutError as error:
        error.add_note(vigie.last_words())
        raise
    finally:
        vigie.stop()


async def _come_back(name: str, vigie: Vigie, events: int, *, with_page: bool) -> Drained:
    vigie.programs["backend"].start()
    await until(vigie.answers, "the server answers")
    started_s = time.monotonic()
    vigie.programs["bridge"].start()
    async with AsyncExitStack() as stack:
        page = await stack.enter_async_context(node_client(vigie)) if with_page else None
        watch_ = stack.enter_context(CommitWatch(vigie.database, _LIVE))

        async def stored() -> int:
            ledger = await vigie.ledger()
            return int(ledger[_BACKLOGGED]["stored"]) if _BACKLOGGED in ledger else 0

        driven = await stack.enter_async_context(_live_events(vigie))
        watched = await watch(stored, events, vigie.programs, started_s)
        began_at_s = started_s + watched.began_s
        meanwhile = [one for one in driven if began_at_s <= one.at_s <= began_at_s + watched.drained_s]
        await asyncio.sleep(1.0)
        committed = _latency(meanwhile, watch_.seen_at_s)
        shown = None if page is None else _latency(meanwhile, await _first_seen(page, meanwhile))
    peak_mib = {role: program.peak_resident_bytes / _MIB for role, program in vigie.programs.items()}
    seconds = (watched.began_s, watched.drained_s, watched.events_per_s)
    return Drained(name, events, *seconds, "", watched.cpu_us, peak_mib, watched.load, committed, shown)


@asynccontextmanager
async def _live_events(vigie: Vigie) -> AsyncIterator[list[Driven]]:
    """Pulses of the second Pi, evenly, for the length of the block; the list grows with each accepted event."""
    driven: list[Driven] = []

    async def drive() -> None:
        period_s = vigie.events_per_pulse / LIVE_PER_S
        next_s = time.monotonic()
        while True:
            driven.extend(await vigie.pulse(_LIVE, period_s / 2))
            next_s = max(next_s + period_s, time.monotonic())
            await asyncio.sleep(next_s - time.monotonic())

    driving = asyncio.create_task(drive())
    try:
        yield driven
    finally:
        driving.cancel()
        await asyncio.gather(driving, return_exceptions=True)


async def _first_seen(page: Listener, wanted: Sequence[Driven]) -> dict[str, float]:
    seen = await page.wait_for({one.key for one in wanted}, within_s=5.0)
    return {one.key: one.at_s for one in reversed(seen)}


def _latency(driven: Sequence[Driven], arrived: Mapping[str, float]) -> Latency | None:
    """Of those that arrived; one that never did counts as 5 s, so that a loss cannot flatter."""
    return Latency.of([(arrived.get(one.key, one.at_s + 5.0) - one.at_s) * 1000 for one in driven]) if driven else None


async def drain_peer(name: str, folder: Path, events: int) -> Drained:
    """A peer, from the queue that the broker keeps for its bridge."""
    relay = Relay(name, folder, queue_messages=2 * events)
    try:
        await relay.leave_queue(events)
        relay.programs["backend"].start()
        await until(relay.answers, f"the backend of {name} answers")
        started_s = time.monotonic()
        relay.programs["bridge"].start()
        watched = await watch(relay.count, events, relay.programs, started_s)
        fault = _fault_of_numbers(await relay.numbers(), events)
        peak_mib = {role: program.peak_resident_bytes / _MIB for role, program in relay.programs.items()}
    finally:
        relay.stop()
    seconds = (watched.began_s, watched.drained_s, watched.events_per_s)
    return Drained(name, events, *seconds, fault, watched.cpu_us, peak_mib, watched.load)


def _fault_of_numbers(numbers: Sequence[int], events: int) -> str:
    """Of messages that are numbered from 1; the probes that found out whether all is connected carry number 1 too."""
    probes = len(numbers) - events if numbers[: len(numbers) - events] == [1] * (len(numbers) - events) else 0
    numbers = numbers[max(0, probes) :]
    wanted = [str(number) for number in range(1, events + 1)]
    return _fault(wanted, [str(number) for number in numbers], ordered=list(numbers) == sorted(numbers))


def _fault(accepted: Sequence[str], stored: Sequence[str], *, ordered: bool) -> str:
    found = balance(accepted, stored)
    counts = {"lost": len(found.lost), "repeated": found.repeated, "strange": len(found.strange), "out of order": int(not ordered)}
    return ", ".join(f"{count} {what}" if what != "out of order" else what for what, count in counts.items() if count)


def _with_fault(drained: Drained, fault: str) -> Drained:
    return replace(drained, fault=fault)


async def _says(program: Program, words: str) -> bool:
    return words in program.log.read_text(errors="replace")


async def session(rounds: int, events: int, peers: Sequence[str]) -> list[list[Drained]]:
    """`rounds` rounds; in each every way once, by turns, each on fresh programs and an empty disk."""
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            one = [
                await drain_log(Path(folder) / "log", events, with_page=False),
                await drain_broker(Path(folder) / "broker", events),
                await drain_log(Path(folder) / "page", events, with_page=True),
            ]
            one += [await drain_peer(name, Path(folder) / name, min(events, PEER_EVENTS[name])) for name in peers]
            found.append(one)
    return found


def report(rounds: Sequence[Sequence[Drained]]) -> str:
    """Speed with the ratios of each round, what it took, live events meanwhile, and the goals."""
    by_name = {name: [one for drains in rounds for one in drains if one.name == name] for name in (d.name for d in rounds[0])}
    times = {peer: ratios(rounds, peer) for peer in NAMES if peer in by_name}
    return "\n\n".join([
        f"Medians of {len(rounds)} rounds.",
        _speeds(by_name, times),
        _costs(by_name),
        _live(by_name),
        _verdict(by_name, times),
    ])  # fmt: skip


def ratios(rounds: Sequence[Sequence[Drained]], peer: str) -> dict[str, list[float]]:
    """Of each way to drain: how many times the peer's rate in the same round."""
    found: dict[str, list[float]] = {}
    for drains in rounds:
        per_s = {one.name: one.events_per_s for one in drains}
        for name, rate in per_s.items():
            found.setdefault(name, []).append(rate / per_s[peer])
    return found


def _speeds(by_name: Mapping[str, Sequence[Drained]], times: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    rows = [
        [
            name,
            drains[0].events,
            f"{median(one.events_per_s for one in drains):,.0f}",
            ", ".join(f"{one.events_per_s:,.0f}" for one in drains),
            *(f"{median(times[peer][name]):.1f}" for peer in times),
            median(one.began_s for one in drains),
            median(one.drained_s for one in drains),
            "; ".join(sorted({one.fault for one in drains if one.fault})) or "all, once, in order",
            f"{median(one.load.others_cores for one in drains):.2f}",
        ]
        for name, drains in by_name.items()
    ]
    ours = [f"times {peer}" for peer in times]
    head = ["pipeline", "events", "events/s", "each round", *ours, "began after s", "took s", "stored", "cores of others"]
    return table(head, rows)


def _costs(by_name: Mapping[str, Sequence[Drained]]) -> str:
    rows = []
    for name, drains in by_name.items():
        for role in drains[0].cpu_us:
            cpu_us = median(one.cpu_us[role] for one in drains)
            rows.append([name, _ROLES.get(role, role), cpu_us, max(one.peak_mib[role] for one in drains)])
    return table(["pipeline", "program", "processor time, µs per event", "peak RSS MiB"], rows)


def _live(by_name: Mapping[str, Sequence[Drained]]) -> str:
    rows = []
    for name, drains in by_name.items():
        for what in ("committed", "shown"):
            found = [latency for one in drains if (latency := getattr(one, what)) is not None]
            if found:
                one = Latency.median_of(found)
                rows.append([name, what, one.p50_ms, one.p95_ms, max(latency.max_ms for latency in found), one.count])
    head = [f"live events, {LIVE_PER_S:g}/s, during", "from the pin until", "p50 ms", "p95 ms", "max ms", "events"]
    return table(head, rows)


def _verdict(by_name: Mapping[str, Sequence[Drained]], times: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """Each goal by its worst way. The rates are those without a client, which the peers have not either; the live events' those
    beside a Pi's log, with and without one: in the broker's own queue a live event stands behind the backlog for anybody.
    """
    ours = [name for name in (FROM_LOG, FROM_BROKER) if name in by_name]
    all_ours = [one for name in (*ours, WITH_PAGE) for one in by_name.get(name, ())]
    peak_mib = max(mib for one in all_ours for role, mib in one.peak_mib.items() if role != "broker")
    latencies = {
        (name, what): [latency for one in by_name.get(name, ()) if (latency := getattr(one, what)) is not None]
        for name in (FROM_LOG, WITH_PAGE)
        for what in ("committed", "shown")
    }
    lives = [Latency.median_of(found).p95_ms for found in latencies.values() if found]
    goals = {
        f"≥ {GOAL_PER_S:,.0f} events/s": min(median(one.events_per_s for one in by_name[name]) for name in ours) >= GOAL_PER_S,
        **{
            f"≥ {goal:g} times {peer}": min(median(times[peer][name]) for name in ours) >= goal
            for peer, goal in GOAL_TIMES.items()
            if peer in times
        },
        f"no program above {GOAL_RSS_MIB:g} MiB": peak_mib <= GOAL_RSS_MIB,
        f"live p95 ≤ {GOAL_LIVE_P95_MS:g} ms while the log drains": bool(lives) and max(lives) <= GOAL_LIVE_P95_MS,
        "every event stored once and in order": not any(one.fault for one in all_ours),
    }
    return "Goals: " + "; ".join(f"{goal}: {'met' if met else 'NOT met'}" for goal, met in goals.items()) + "."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=EVENTS, help="of the backlog (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--no-peers", action="store_true", help="only Vigie")
    options = parser.parse_args()
    peers = () if options.no_peers else NAMES
    print(report(asyncio.run(session(options.rounds, options.events, peers))))


if __name__ == "__main__":
    main()
