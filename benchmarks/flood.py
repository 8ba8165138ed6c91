"""One device runs wild. How much later does the alert of another one come, and is anything that was accepted lost?

The flood comes from a process that speaks MQTT at QoS 1 and nothing else, and says what rate it really held. The other
device is a simulated agent whose movement sensor is driven twice a second, in `surveillance`: each movement opens an alert.
Measured from the pin to the callback of `alert` in the official client. Readings of the flood that are detections open an
alert each too, and the same client gets them all.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.measuring.backlogs import publish
from benchmarks.measuring.listeners import Listener, node_client
from benchmarks.measuring.machine import Load, load_meanwhile
from benchmarks.measuring.markdown import table
from benchmarks.measuring.pipelines import DEVICES, Driven
from benchmarks.measuring.publisher import Published
from benchmarks.measuring.statistics import Latency
from benchmarks.measuring.vigie import Vigie

RATE_PER_S = 5_000.0
SECONDS = 10.0
SENSORS = {"vibration": "readings that open no alert", "motion": "movements, an alert each"}
GOAL_MAX_MS = 2_000.0
_NEIGHBOUR = "neighbour"
_EVERY_S = 0.5
_PULSE_S = 0.1
_ARRIVES_WITHIN_S = 30.0
_STILL_FOR_S = 20.0
_POLL_S = 0.5
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Flooded:
    """One flood. `quiet` and `flooded`: delays of the other device's alerts before it and during it; `missing` of them never came.
    `lost`: messages of the flood that the broker had acknowledged and the server never stored; `repeated`: stored twice.
    `caught_up_s`: from the end of the flood until all of it was stored.
    """

    sensor: str
    published: Published
    quiet: Latency
    flooded: Latency
    missing: int
    lost: int
    repeated: int
    caught_up_s: float
    peak_mib: float
    load: Load


async def flood(folder: Path, sensor: str, rate: float, seconds: float) -> Flooded:
    """One run on fresh programs."""
    vigie = Vigie(folder, DEVICES[:1])
    try:
        await vigie.start()
        await vigie.put_mode("surveillance")
        async with node_client(vigie, ("alert",), lambda alert: str(alert["event_id"])) as client:
            before = await _movements(vigie, seconds / 2)
            await _alerts(client, before)
            with load_meanwhile() as load:
                topic, count = f"sensors/{_NEIGHBOUR}/{sensor}", round(rate * seconds)
                published, during = await asyncio.gather(publish(vigie.broker_port, topic, count, rate), _movements(vigie, seconds))
            ended_s = time.monotonic()
            stored = await _settled(vigie, published.acknowledged)
            caught_up_s = time.monotonic() - ended_s
            at_s = await _alerts(client, before + during)
        peak_mib = max(program.peak_resident_bytes for role, program in vigie.programs.items() if role != "broker") / _MIB
    except TimeoutError as error:
        error.add_note(vigie.last_words())
        raise
    finally:
        vigie.stop()
    return Flooded(
        sensor,
        published,
        _latency(before, at_s),
        _latency(during, at_s),
        len({one.key for one in before + during} - at_s.keys()),
        published.acknowledged - len(set(stored)),
        len(stored) - len(set(stored)),
        caught_up_s,
        peak_mib,
        load,
    )


async def _movements(vigie: Vigie, seconds: float) -> list[Driven]:
    """A movement each `_EVERY_S`, whether the one before has been answered or not; only their beginnings, which alert."""

    async def move(after_s: float) -> Driven:
        await asyncio.sleep(after_s)
        return (await vigie.pulse(DEVICES[0], _PULSE_S))[0]

    return list(await asyncio.gather(*(move(number * _EVERY_S) for number in range(round(seconds / _EVERY_S)))))


async def _alerts(client: Listener, driven: Sequence[Driven]) -> dict[str, float]:
    """When the alert of each event came, by the event's id."""
    seen = await client.wait_for({one.key for one in driven}, _ARRIVES_WITHIN_S)
    return {one.key: one.at_s for one in reversed(seen)}


def _latency(driven: Sequence[Driven], at_s: dict[str, float]) -> Latency:
    """One that never came counts as long as it was waited for."""
    return Latency.of([(at_s.get(one.key, one.at_s + _ARRIVES_WITHIN_S) - one.at_s) * 1000 for one in driven])


async def _settled(vigie: Vigie, accepted: int) -> list[int]:
    """The numbers of the flood that are stored, when all are, or when nothing has come for `_STILL_FOR_S`."""
    count, moved_at_s = 0, time.monotonic()
    while count < accepted and time.monotonic() - moved_at_s < _STILL_FOR_S:
        await asyncio.sleep(_POLL_S)
        ledger = await vigie.ledger()
        stored = int(ledger[_NEIGHBOUR]["stored"]) if _NEIGHBOUR in ledger else 0
        if stored != count:
            count, moved_at_s = stored, time.monotonic()
    return [event["details"]["n"] for event in await vigie.events() if event["device_id"] == _NEIGHBOUR]


async def session(runs: int, rate: float, seconds: float, sensors: Sequence[str] = tuple(SENSORS)) -> list[Flooded]:
    """`runs` runs of each kind of flood, by turns."""
    found = []
    for sensor in list(sensors) * runs:
        with tempfile.TemporaryDirectory() as folder:
            found.append(await flood(Path(folder) / "vigie", sensor, rate, seconds))
    return found


def report(runs: Sequence[Flooded]) -> str:
    """One row per kind of flood, medians over its runs, but for the worst delay of all."""
    rows = []
    for sensor in dict.fromkeys(run.sensor for run in runs):
        of_these = [run for run in runs if run.sensor == sensor]
        quiet, flooded = (Latency.median_of(getattr(run, when) for run in of_these) for when in ("quiet", "flooded"))
        offered_per_s = median(run.published.offered / run.published.seconds for run in of_these)
        rows.append([
            f"{sensor}: {SENSORS.get(sensor, 'as published')}",
            f"{offered_per_s:,.0f} ({min(run.published.slowest_second for run in of_these):,})",
            f"{quiet.p50_ms:.1f} / {quiet.p95_ms:.1f}",
            f"{flooded.p50_ms:.1f} / {flooded.p95_ms:.1f}",
            max(run.flooded.max_ms for run in of_these),
            f"{sum(run.missing for run in of_these)} of {flooded.count + quiet.count}",
            f"{sum(run.lost for run in of_these)} of {sum(run.published.acknowledged for run in of_these):,}",
            sum(run.repeated for run in of_these),
            median(run.caught_up_s for run in of_these),
            max(run.peak_mib for run in of_these),
            f"{median(run.load.others_cores for run in of_these):.2f}",
        ])  # fmt: skip
    head = [
        "flood of",
        "events/s offered (slowest second)",
        "alert before it, p50 / p95 ms",
        "during it, p50 / p95 ms",
        "max ms",
        "alerts missing",
        "accepted and lost",
        "stored twice",
        "caught up after s",
        "largest program MiB",
        "cores of others",
    ]
    in_time = all(run.flooded.max_ms <= GOAL_MAX_MS and not run.missing for run in runs)
    whole = not any(run.lost or run.repeated for run in runs)
    return (
        f"{len(runs)} runs.\n\n{table(head, rows)}\n\n"
        f"Goals: no alert later than {GOAL_MAX_MS / 1000:g} s: {'met' if in_time else 'NOT met'}; "
        f"nothing accepted lost or stored twice: {'met' if whole else 'NOT met'}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=RATE_PER_S, metavar="EVENTS_PER_S", help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long it lasts (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="of each kind (default: %(default)s)")
    parser.add_argument("--sensor", nargs="*", default=list(SENSORS), help="of the flood (default: %(default)s)")
    options = parser.parse_args()
    print(report(asyncio.run(session(options.runs, options.rate, options.seconds, options.sensor))))


if __name__ == "__main__":
    main()
