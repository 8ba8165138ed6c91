"""Clips from the trip of a sensor to the page: are they as long as they must be, do they begin before the trip, how soon are
still and clip there; and what the camera process costs at the size of a Pi's camera, at rest and while it records.

A whole house (`vigie up`) in surveillance, with a synthetic camera on each Pi that draws its frames' numbers: each clip is read
back from the server and decoded, and what it shows is compared with the pin's own clock.
"""

import argparse
import asyncio
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from benchmarks.measuring.cameras import CameraAtWork, Taken, Use, use_meanwhile
from benchmarks.measuring.machine import Load, load_meanwhile
from benchmarks.measuring.markdown import table
from benchmarks.measuring.news import News, heard
from benchmarks.measuring.pins import drive_once
from benchmarks.measuring.pipelines import fetch
from benchmarks.measuring.programs import until
from benchmarks.measuring.statistics import percentile
from benchmarks.measuring.videos import bare_remux_s, decode
from tests.camera.running import RunningCamera, config_of
from tests.house import RunningHouse
from vigie.camera.pictures import Format
from vigie.camera.sources.synthetic import SyntheticSource

GOAL_STILL_S = 2.0
GOAL_PRE_ROLL_S = 4.0
GOAL_CAMERA_MIB = 130.0
PRE_ROLL_S, RECORD_S, GOP_S = 5.0, 2.0, 1.0
PI = Format(1280, 720, 15.0)
_PICTURE_S = 0.1
_PULSE_S = 0.02
_REST_S = 8.0
_CONFIGURATION = f"""
device_id = "{{device}}"
[sensors.motion]
pin = 17
[servo]
presets = {{{{ door = -60 }}}}
[siren]
pin = 22
[camera]
source = "synthetic"
pre_roll_s = {PRE_ROLL_S}
return_after_s = 1.5
[alarm]
alarm_s = 0.5
[zones.motion]
preset = "door"
record_s = {RECORD_S}
"""


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip and what came of it: milliseconds from the pin to what a page is told, seconds from the last picture on."""

    at_s: float
    alert_ms: float
    still_ms: float
    arrived_ms: float
    playable_s: float
    recording: dict[str, Any]
    taken: Taken


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip as its bytes say. `excess_s`: longer than pre-roll and recording; up to a GOP of it is right, for a clip begins with a
    keyframe. `misplaced_ms`: by how much the trip is later in the clip than `triggered_after_s` says.
    """

    excess_s: float
    pre_roll_s: float
    misplaced_ms: float
    told_wrong_ms: float
    left_out: int
    bare_remux_ms: float

    @property
    def is_within_gop(self) -> bool:
        return -_PICTURE_S <= self.excess_s <= GOP_S + _PICTURE_S


@dataclass(frozen=True, slots=True)
class Costs:
    """The camera process at `PI`. `drawing_percent`: what drawing the pictures takes of a core, which a real camera does not."""

    at_rest: Use
    recording: Use
    drawing_percent: float
    clip_bytes_per_s: float

    @property
    def ring_mib(self) -> float:
        """Coded pictures of the pre-roll and of the GOP that is being filled."""
        return self.clip_bytes_per_s * (PRE_ROLL_S + GOP_S) / 2**20


@dataclass(frozen=True, slots=True)
class Session:
    trips: int
    found: list[tuple[Trip, Clip]]
    missing: list[str]
    costs: Costs
    load: Load


async def session(trips: int, devices: int, seed: int, cost_s: float) -> Session:
    """`trips` trips at random moments, shared out to the Pis of a house of its own; then a camera alone."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "house"
        names = [f"raspberry-{number:02d}" for number in range(1, devices + 1)]
        for device in names:
            folder = data / "agents" / device
            folder.mkdir(parents=True)
            (folder / "agent.toml").write_text(_CONFIGURATION.format(device=device))
        house = RunningHouse(data, "--no-scenario", "--devices", str(devices))
        try:
            with load_meanwhile() as load:
                made, missing = await _trip_all(house, names, trips, random.Random(seed))
            found = [(trip, await asyncio.to_thread(_clip_of, house, trip)) for trip in made]
        finally:
            house.stop()
        costs = await asyncio.to_thread(_costs, Path(name) / "camera", cost_s)
        return Session(trips, found, missing, costs, load)


async def _trip_all(house: RunningHouse, names: Sequence[str], trips: int, rng: random.Random) -> tuple[list[Trip], list[str]]:
    await asyncio.to_thread(house.put, "/api/mode", {"mode": "surveillance"})

    async def are_on_guard() -> bool:
        devices = (await asyncio.to_thread(house.get, "/api/devices"))["devices"]
        states = [device["states"] for device in devices]
        return all(
            state.get("camera", {}).get("state") == "ok" and state.get("alarm", {}).get("state") == "armed" for state in states
        )

    await until(are_on_guard, "all Pis are on guard and have pictures")
    await asyncio.sleep(PRE_ROLL_S + GOP_S)  # the rings are full
    shares = [trips // len(names) + (index < trips % len(names)) for index in range(len(names))]
    async with aiohttp.ClientSession(trust_env=False) as http, heard(house.url, ("alert", "still", "recording")) as news:
        rows = await asyncio.gather(
            *(
                _trip_one(CameraAtWork.of(house, name), share, random.Random(rng.random()), http, news)
                for name, share in zip(names, shares, strict=True)
            )
        )
    ends = [end for row in rows for end in row]
    return [end for end in ends if isinstance(end, Trip)], [end for end in ends if isinstance(end, str)]


async def _trip_one(
    camera: CameraAtWork, trips: int, rng: random.Random, http: aiohttp.ClientSession, news: News
) -> list[Trip | str]:
    """One Pi's trips, each after the end of the clip before it and a whole pre-roll."""
    ends: list[asyncio.Task[Trip | str]] = []
    for _ in range(trips):
        await asyncio.sleep(rng.uniform(0.2, 2.2))
        driven = (await drive_once(camera.folder, camera.device, _PULSE_S))[0]
        ends.append(asyncio.create_task(_outcome(news, driven.key, driven.at_s, await camera.take(http))))
        await asyncio.sleep(max(0.0, driven.at_s + RECORD_S + PRE_ROLL_S - time.monotonic()))
    return list(await asyncio.gather(*ends))


async def _outcome(news: News, event_id: str, at_s: float, taken: Taken) -> Trip | str:
    """What came of a trip, or what did not."""

    def is_caused(body: dict[str, Any]) -> bool:
        return bool(body["cause"]["event_id"] == event_id)

    try:
        alert = await news.first("alert", lambda body: body["event_id"] == event_id, 10)
        at_once, arrived = await news.first_of("still", is_caused, 2, 10)
        clip = await news.first("recording", lambda body: is_caused(body) and body["state"] == "finished", 30)
    except TimeoutError:
        return event_id
    return Trip(
        at_s,
        alert_ms=(alert.at_s - at_s) * 1000,
        still_ms=(max(alert.at_s, at_once.at_s) - at_s) * 1000,
        arrived_ms=(arrived.at_s - at_s) * 1000,
        playable_s=clip.at_s - at_s - RECORD_S,
        recording=clip.body,
        taken=taken,
    )


def _clip_of(house: RunningHouse, trip: Trip) -> Clip:
    """What the server serves for it, decoded."""
    told = trip.recording
    video = decode(fetch(f"{house.url}/api/recordings/{told['id']}/video"))
    trip_at_s = video.frames[trip.taken.frame] - (trip.taken.at_s - trip.at_s)
    on_card = house.data_dir / "agents" / told["device_id"] / "media" / f"{told['id']}.ts"
    return Clip(
        excess_s=video.duration_s - PRE_ROLL_S - RECORD_S,
        pre_roll_s=trip_at_s,
        misplaced_ms=(trip_at_s - told["triggered_after_s"]) * 1000,
        told_wrong_ms=(told["duration_s"] - video.duration_s) * 1000,
        left_out=video.left_out,
        bare_remux_ms=bare_remux_s(on_card.read_bytes()) * 1000,
    )


def _costs(folder: Path, seconds: float) -> Costs:
    """A camera process alone, at rest with a full ring, then recording, `seconds` each."""
    config = config_of(folder, width=PI.width, height=PI.height, fps=PI.fps, pre_roll_s=PRE_ROLL_S)
    with RunningCamera(config) as camera:
        camera.ready()
        time.sleep(_REST_S)  # what is measured is time itself: the ring fills in it, and a process is watched for so long
        with use_meanwhile(camera.process.pid) as at_rest:
            time.sleep(seconds)
        camera.record("benchmark", seconds + 2)
        camera.wait_for_clip("benchmark", "started")
        with use_meanwhile(camera.process.pid) as recording:
            time.sleep(seconds)
        clip = camera.wait_for_clip("benchmark", "finished")
        camera.end()
    return Costs(at_rest, recording, 100 * _drawing_s(150) * PI.fps, clip["size_bytes"] / clip["duration_s"])


def _drawing_s(pictures: int) -> float:
    """Processor seconds that a picture of the synthetic camera takes before it is coded."""
    seconds = count()
    source = SyntheticSource("raspberry-01", threading.Event(), PI, monotonic=lambda: float(next(seconds)))
    source.open()
    source.read()
    began_s = time.thread_time()
    for _ in range(pictures):
        source.read()
    return (time.thread_time() - began_s) / pictures


def report(one: Session) -> str:
    """The trips as one table, the camera's cost as another, and the goals."""
    trips, clips = [trip for trip, _ in one.found], [clip for _, clip in one.found]
    outside = sum(not clip.is_within_gop for clip in clips)
    figures = {
        "clip longer than pre-roll and recording, s (0 to 1 is right)": [clip.excess_s for clip in clips],
        "of before the trip in the clip, s": [clip.pre_roll_s for clip in clips],
        "trip later in the clip than `triggered_after_s` says, ms": [clip.misplaced_ms for clip in clips],
        "`duration_s` is more than the decoded, ms": [clip.told_wrong_ms for clip in clips],
        "from the pin to the alert, ms": [trip.alert_ms for trip in trips],
        "from the pin to the alert with its still, ms": [trip.still_ms for trip in trips],
        "from the pin to the still after the lens has turned there, ms": [trip.arrived_ms for trip in trips],
        "from the end of the recording to playable, s": [trip.playable_s for trip in trips],
        "bare remux of the same bytes by PyAV, ms": [clip.bare_remux_ms for clip in clips],
    }
    rows = [
        [what, *(f"{value:.2f}" for value in (min(values), median(values), percentile(values, 95), max(values)))]
        for what, values in figures.items()
    ]
    still_p95_s = percentile([trip.still_ms for trip in trips], 95) / 1000
    fattest_mib = max(one.costs.at_rest.peak_mib, one.costs.recording.peak_mib)
    verdicts = [
        ("every trip has an alert, a still and a clip", not one.missing),
        (f"every clip right within one GOP of {GOP_S:g} s", not outside),
        ("no picture left out", not any(clip.left_out for clip in clips)),
        (f"≥ {GOAL_PRE_ROLL_S:g} s of before the trip", min(clip.pre_roll_s for clip in clips) >= GOAL_PRE_ROLL_S),
        (f"alert with still p95 ≤ {GOAL_STILL_S:g} s", still_p95_s <= GOAL_STILL_S),
        (f"camera ≤ {GOAL_CAMERA_MIB:g} MiB", fattest_mib <= GOAL_CAMERA_MIB),
    ]
    goals = "; ".join(f"{goal}: {'met' if is_met else 'NOT met'}" for goal, is_met in verdicts)
    head = ["", "least", "p50", "p95", "most"]
    return (
        f"{one.trips} trips at random moments, {len(one.missing)} without alert, still or clip; {outside} clips outside one GOP, "
        f"{sum(clip.left_out for clip in clips)} pictures left out; cores of others {one.load.others_cores:.2f}.\n\n"
        f"{table(head, rows)}\n\n{_cost_report(one.costs)}\n\nGoals: {goals}."
    )


def _cost_report(costs: Costs) -> str:
    rows = [
        [name, use.core_percent, costs.drawing_percent, use.resident_mib, use.peak_mib]
        for name, use in (("at rest, ring full", costs.at_rest), ("recording", costs.recording))
    ]
    head = ["camera process", "% of a core", "of it drawing", "RSS MiB", "peak RSS MiB"]
    return (
        f"At {PI.width}x{PI.height}, {PI.fps:g} pictures/s, nobody looks:\n\n{table(head, rows)}\n\n"
        f"The drawn room costs {costs.clip_bytes_per_s * 8 / 1000:.0f} kbit/s, so the ring of {PRE_ROLL_S:g} s and a GOP takes "
        f"{costs.ring_mib:.2f} MiB; at the ceiling of 1500 kbit/s it takes {1_500_000 / 8 * (PRE_ROLL_S + GOP_S) / 2**20:.2f} MiB."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trips", type=int, default=100, help="default: %(default)s")
    parser.add_argument("--devices", type=int, default=3, help="Pis that they are shared out to (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default: %(default)s)")
    parser.add_argument("--cost-s", type=float, default=20.0, help="how long the camera alone is measured (default: %(default)s)")
    options = parser.parse_args()
    print(report(asyncio.run(session(options.trips, options.devices, options.seed, options.cost_s))))


if __name__ == "__main__":
    main()
