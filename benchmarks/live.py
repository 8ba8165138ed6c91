"""Live view: how soon the first picture is there, how old a picture is when it is painted, and what viewers cost the Pi.

A whole house (`vigie up`) with a synthetic camera of the size of a Pi's, which draws each frame's number: it is read back from the
page's <img> as it is painted, and compared with when the camera says that it took this frame. Same machine, same clock.
"""

import argparse
import asyncio
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, aclosing, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import aiohttp
from playwright.async_api import Browser, Page

from benchmarks.measuring.cameras import CameraAtWork, FrameTimes, Use, meanwhile, pictures, use_meanwhile
from benchmarks.measuring.glass import Painted, read_what_is_painted, take_painted, until_painted
from benchmarks.measuring.listeners import chromium, clock_offset
from benchmarks.measuring.machine import Load, load_meanwhile
from benchmarks.measuring.markdown import table
from benchmarks.measuring.programs import until
from benchmarks.measuring.statistics import Latency, percentile
from tests.house import RunningHouse

DEVICE = "raspberry-01"
GOAL_FIRST_S = 1.0
GOAL_GLASS_P95_MS = 500.0
GOAL_STALLED_RATIO = 1.5
GOAL_ENDS_S = 6.0
MANY = 10
PROGRAMS = ("camera", "bridge", "server")
_SETTLE_S = 2.0
_TAKE_EVERY_S = 0.5
_CONFIGURATION = f"""
device_id = "{DEVICE}"
[sensors.motion]
pin = 17
[servo]
[camera]
source = "synthetic"
width = 1280
height = 720
fps = 15
"""


@dataclass(slots=True)
class Reader:
    """A viewer over plain HTTP: when each frame was here."""

    at_s: dict[int, float] = field(default_factory=dict)

    async def read(self, http: aiohttp.ClientSession, url: str) -> None:
        async for at_s, picture in pictures(http, url):
            self.at_s.setdefault(picture.frame, at_s)


@dataclass(frozen=True, slots=True)
class Phase:
    """So many viewers for a while, one of them the page. `page` and `others`: from the sensor to the eye, in milliseconds;
    `streams`: the most that left the Pi at once, by its own state.
    """

    viewers: int
    page: list[float]
    others: list[float]
    fps: list[float]
    streams: int
    use: dict[str, Use]


@dataclass(frozen=True, slots=True)
class Session:
    """Seconds to the first picture by who asked; the page alone, and beside it a reader `at_camera`, as its pictures say; phases;
    pairs of phases without and with a viewer that reads nothing; how long the Pi's stream outlives the last viewer.
    """

    firsts: dict[str, list[float]]
    glass: list[float]
    at_camera: list[float]
    clock_error_ms: float
    phases: list[Phase]
    pairs: list[tuple[Phase, Phase]]
    ends_s: list[float]
    load: Load


@dataclass(slots=True)
class Site:
    """The house that is measured."""

    house: RunningHouse
    camera: CameraAtWork
    http: aiohttp.ClientSession
    browser: Browser

    @property
    def stream_url(self) -> str:
        return f"{self.house.url}/api/cameras/{DEVICE}/live"

    @property
    def pids(self) -> dict[str, int]:
        return {"camera": self.camera.pid, "bridge": self.house.pid_of("bridge"), "server": self.house.pid_of("server")}

    async def streams(self) -> int:
        """How many live streams leave the Pi, as its state says."""
        devices = (await asyncio.to_thread(self.house.get, "/api/devices"))["devices"]
        state = next(device for device in devices if device["device_id"] == DEVICE)["states"].get("camera", {})
        return int(state["viewers"]) if state.get("state") == "ok" else -1

    async def until_streams(self, count: int) -> float:
        """Seconds until so many live streams leave the Pi. Its state is a second old at most."""
        began_s = time.monotonic()

        async def are_so_many() -> bool:
            return await self.streams() == count

        await until(are_so_many, f"{count} live streams leave the Pi", within_s=20)
        return time.monotonic() - began_s

    @asynccontextmanager
    async def page(self) -> AsyncIterator[Page]:
        """A page that nobody has opened before, at its first live picture."""
        context = await self.browser.new_context(service_workers="block")
        page = await context.new_page()
        await read_what_is_painted(page)
        await page.goto(f"{self.house.url}/live/{DEVICE}", wait_until="commit")
        await until_painted(page, within_s=15)
        yield page
        await context.close()

    @asynccontextmanager
    async def readers(self, count: int) -> AsyncIterator[list[Reader]]:
        """So many viewers over HTTP."""
        readers = [Reader() for _ in range(count)]
        async with meanwhile(*(reader.read(self.http, self.stream_url) for reader in readers)):
            yield readers


async def session(opens: int, glass_s: float, phase_s: float, rounds: int) -> Session:
    """`opens` first pictures of each kind, then the page alone, then more and more viewers."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "house"
        folder = data / "agents" / DEVICE
        folder.mkdir(parents=True)
        (folder / "agent.toml").write_text(_CONFIGURATION)
        house = RunningHouse(data, "--no-scenario", "--devices", "1")
        try:
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=connector, trust_env=False) as http, chromium() as browser:
                site = Site(house, CameraAtWork.of(house, DEVICE), http, browser)
                await site.until_streams(0)
                with load_meanwhile() as load:
                    firsts = await _firsts(site, opens)
                    glass, at_camera, clock_error_ms = await _glass(site, glass_s)
                    phases, pairs, ends_s = await _phases(site, phase_s, rounds)
        finally:
            house.stop()
        return Session(firsts, glass, at_camera, clock_error_ms, phases, pairs, ends_s, load)


async def _firsts(site: Site, opens: int) -> dict[str, list[float]]:
    """Seconds to the first picture. Between two of them the Pi's stream ends, but where somebody is to look already."""
    page_s, cold_s = [], []
    for _ in range(opens):
        async with site.page() as page:
            page_s.append((await take_painted(page))[0].opened_ms / 1000)
            await site.until_streams(1)
        await site.until_streams(0)
        cold_s.append(await _first_part_s(site))
        await site.until_streams(0)
    async with site.readers(1):
        await site.until_streams(1)
        warm_s = [await _first_part_s(site) for _ in range(opens)]
    await site.until_streams(0)
    return {
        f"page at /live/{DEVICE}, cache empty, nobody looked": page_s,
        "HTTP, request to first picture, nobody looked": cold_s,
        "HTTP, somebody looks already": warm_s,
    }


async def _first_part_s(site: Site) -> float:
    """Seconds to the first picture of a viewer who stays until the Pi has said that somebody looks."""
    began_s = time.monotonic()
    async with aclosing(pictures(site.http, site.stream_url)) as stream:
        at_s, _ = await anext(stream)
        await site.until_streams(1)
    return at_s - began_s


async def _glass(site: Site, seconds: float) -> tuple[list[float], list[float], float]:
    """The page alone, beside a second reader at the camera itself that notes when it took each frame."""
    times, at_camera_ms = FrameTimes(), list[float]()
    async with meanwhile(site.camera.watch(site.http, times, at_camera_ms)), site.page() as page:
        await asyncio.sleep(_SETTLE_S)
        offset_s, error_s = await clock_offset(page)
        await take_painted(page)
        at_camera_ms.clear()
        await asyncio.sleep(seconds)
        painted = await take_painted(page)
        await asyncio.sleep(1.0)  # the last frames' neighbours are known too
    await site.until_streams(0)
    return _ages_ms(times, _on_our_clock(painted, offset_s)), at_camera_ms, error_s * 1000


async def _phases(site: Site, seconds: float, rounds: int) -> tuple[list[Phase], list[tuple[Phase, Phase]], list[float]]:
    """Nobody, the page alone, many; then by turns without and with one that reads nothing."""
    phases, pairs, ends_s = [await _phase(site, None, [], seconds)], [], []
    async with site.page() as page:
        phases.append(await _phase(site, page, [], seconds))
        async with site.readers(MANY - 1) as readers:
            phases.append(await _phase(site, page, readers, seconds))
            for _ in range(rounds):
                without = await _phase(site, page, readers, seconds)
                with closing(_stalled(site)):
                    pairs.append((without, await _phase(site, page, readers, seconds)))
    ends_s.append(await site.until_streams(0))
    async with site.readers(MANY):
        await asyncio.sleep(_SETTLE_S)
    ends_s.append(await site.until_streams(0))
    return phases, pairs, ends_s


async def _phase(site: Site, page: Page | None, readers: Sequence[Reader], seconds: float) -> Phase:
    times, painted, offset_s, streams = FrameTimes(), list[Painted](), 0.0, 0
    async with meanwhile(site.camera.take_often(site.http, times, _TAKE_EVERY_S)):
        await asyncio.sleep(_SETTLE_S)
        if page is not None:
            offset_s, _ = await clock_offset(page)
            await take_painted(page)
        for reader in readers:
            reader.at_s.clear()
        began_s = time.monotonic()
        with ExitStack() as stack:
            use = {name: stack.enter_context(use_meanwhile(pid)) for name, pid in site.pids.items()}
            while time.monotonic() < began_s + seconds:
                await asyncio.sleep(1.0)
                streams = max(streams, await site.streams())
        lasted_s = time.monotonic() - began_s
        if page is not None:
            painted = await take_painted(page)
        seen = [dict(reader.at_s) for reader in readers]
        await asyncio.sleep(2 * _TAKE_EVERY_S)
    counts = [len(frames) for frames in seen] + ([len(painted)] if page is not None else [])
    return Phase(
        viewers=len(counts),
        page=_ages_ms(times, _on_our_clock(painted, offset_s)),
        others=[age_ms for frames in seen for age_ms in _ages_ms(times, frames)],
        fps=[count / lasted_s for count in counts],
        streams=streams,
        use=use,
    )


def _stalled(site: Site) -> socket.socket:
    """A viewer that has asked, and reads nothing."""
    viewer = socket.socket()
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    viewer.connect(("127.0.0.1", site.house.port))
    viewer.sendall(f"GET /api/cameras/{DEVICE}/live HTTP/1.1\r\nHost: 127.0.0.1:{site.house.port}\r\n\r\n".encode())
    return viewer


def _on_our_clock(painted: Sequence[Painted], offset_s: float) -> dict[int, float]:
    """Frame -> when it was first painted."""
    return {one.frame: one.opened_ms / 1000 + offset_s for one in reversed(painted)}


def _ages_ms(times: FrameTimes, at_s: dict[int, float]) -> list[float]:
    """How old each frame was then; those left out whose time nobody knows."""
    taken = ((seen_s, times.of(frame)) for frame, seen_s in at_s.items())
    return [(seen_s - taken_s) * 1000 for seen_s, taken_s in taken if taken_s is not None]


def report(one: Session) -> str:
    """First pictures, ages, viewers, and the goals."""
    firsts = [
        [who, *(f"{value * 1000:.0f}" for value in (median(seconds), percentile(seconds, 95), max(seconds))), len(seconds)]
        for who, seconds in one.firsts.items()
    ]
    alone, many = one.phases[1:3]
    added_ms = median(one.glass) - median(one.at_camera)
    calm, beside_stalled = ([age for pair in one.pairs for age in pair[index].others] for index in (0, 1))
    ages = {
        "the page, alone": one.glass,
        "a reader at the camera itself, beside it": one.at_camera,
        f"the page, one of {MANY}": many.page,
        f"the {MANY - 1} others, over HTTP": many.others,
        "the same, by turns with the next line": calm,
        "the same beside one that reads nothing": beside_stalled,
    }
    age_rows = [
        [who, *(f"{value:.0f}" for value in (age.p50_ms, age.p95_ms, age.p99_ms, age.max_ms)), age.count]
        for who, age in ((who, Latency.of(values)) for who, values in ages.items())
    ]
    viewer_rows = []
    for phase in one.phases:
        rates = [f"{rate:.1f}" for rate in (min(phase.fps, default=0.0), median(phase.fps or [0.0]))]
        use = [phase.use[name].core_percent for name in PROGRAMS]
        viewer_rows.append([phase.viewers, phase.streams, *rates, *use, phase.use["camera"].resident_mib])
    ratios = [percentile(slow.others, 95) / percentile(calm.others, 95) for calm, slow in one.pairs]
    page_s = next(iter(one.firsts.values()))
    most_streams = max(phase.streams for phase in (alone, many, *(phase for pair in one.pairs for phase in pair)))
    verdicts = [
        (f"first picture p95 ≤ {GOAL_FIRST_S:g} s", percentile(page_s, 95) <= GOAL_FIRST_S),
        (f"glass to glass p95 ≤ {GOAL_GLASS_P95_MS:g} ms", percentile(one.glass, 95) <= GOAL_GLASS_P95_MS),
        (f"one stream leaves the Pi for {MANY} viewers", most_streams == 1),
        (f"it ends ≤ {GOAL_ENDS_S:g} s after the last has left", max(one.ends_s) <= GOAL_ENDS_S),
        (f"a viewer that reads nothing costs the others ≤ {GOAL_STALLED_RATIO:g} × at p95", median(ratios) <= GOAL_STALLED_RATIO),
    ]
    goals = "; ".join(f"{goal}: {'met' if is_met else 'NOT met'}" for goal, is_met in verdicts)
    head = ["viewers", "streams from the Pi", "least pictures/s", "median", *(f"{name} % of a core" for name in PROGRAMS)]
    ends = ", ".join(f"{end_s:.1f}" for end_s in one.ends_s)
    return (
        "1280x720 at 15 pictures/s, at most 640 wide and 10/s on the way; "
        f"the page's clock is known to ± {one.clock_error_ms:.1f} ms; cores of others {one.load.others_cores:.2f}.\n\n"
        f"{table(['first picture', 'p50 ms', 'p95 ms', 'max ms', 'times'], firsts)}\n\n"
        f"{table(['from the sensor to', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'pictures'], age_rows)}\n\n"
        f"{table([*head, 'camera RSS MiB'], viewer_rows)}\n\n"
        f"The way over bridge, server and browser adds {added_ms:.0f} ms at p50. "
        f"Beside a viewer that reads nothing the others' p95 is {', '.join(f'{ratio:.2f}' for ratio in ratios)} times what it is "
        f"without, in {len(ratios)} rounds by turns. The Pi's stream ended {ends} s after the last viewer had left.\n\n"
        f"Goals: {goals}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opens", type=int, default=10, help="first pictures of each kind (default: %(default)s)")
    parser.add_argument("--glass-s", type=float, default=45.0, help="the page alone (default: %(default)s)")
    parser.add_argument("--phase-s", type=float, default=9.0, help="each number of viewers (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="without and with a stalled viewer (default: %(default)s)")
    options = parser.parse_args()
    print(report(asyncio.run(session(options.opens, options.glass_s, options.phase_s, options.rounds))))


if __name__ == "__main__":
    main()
