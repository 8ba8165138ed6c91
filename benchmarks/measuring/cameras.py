"""The camera process of an agent in a running house, looked at from outside: what it uses, and its pictures as the bridge gets
them, with the moment at which each was taken.
"""

import asyncio
import bisect
import time
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.measuring.programs import peak_resident_bytes, processor_s
from tests.house import RunningHouse
from tests.processes import children, listening_addresses, resident_bytes
from vigie.runtime.multipart import Picture, read_pictures

_LIVE = aiohttp.ClientTimeout(total=None, sock_read=20)


@dataclass(slots=True)
class Use:
    """What a process took meanwhile: processor time in percent of one core, memory in MiB at the end and at most."""

    core_percent: float = 0.0
    resident_mib: float = 0.0
    peak_mib: float = 0.0


@contextmanager
def use_meanwhile(pid: int) -> Iterator[Use]:
    """Fills in the use when the block ends."""
    use = Use()
    cpu_s, began_s = processor_s(pid), time.monotonic()
    yield use
    use.core_percent = 100 * (processor_s(pid) - cpu_s) / (time.monotonic() - began_s)
    use.resident_mib = resident_bytes(pid) / 2**20
    use.peak_mib = peak_resident_bytes(pid) / 2**20


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture's number, and when its sensor took it (CLOCK_MONOTONIC): when its answer was here, less the age that it bore."""

    frame: int
    at_s: float


@dataclass(slots=True)
class FrameTimes:
    """When the camera took which frame. It takes them evenly, so one in between two that are known is known too."""

    _frames: list[int] = field(default_factory=list)
    _at_s: list[float] = field(default_factory=list)

    def note(self, taken: Taken) -> None:
        if not self._frames or taken.frame > self._frames[-1]:
            self._frames.append(taken.frame)
            self._at_s.append(taken.at_s)

    def of(self, frame: int) -> float | None:
        """None for one before the first or after the last that is known."""
        after = bisect.bisect_left(self._frames, frame)
        if after == len(self._frames):
            return None
        if self._frames[after] == frame:
            return self._at_s[after]
        if after == 0:
            return None
        share = (frame - self._frames[after - 1]) / (self._frames[after] - self._frames[after - 1])
        return self._at_s[after - 1] + share * (self._at_s[after] - self._at_s[after - 1])


@dataclass(frozen=True, slots=True)
class CameraAtWork:
    """A camera process, and what opens its media server."""

    device: str
    folder: Path
    pid: int
    url: str
    headers: dict[str, str]

    @classmethod
    def of(cls, house: RunningHouse, device: str) -> "CameraAtWork":
        folder = house.data_dir / "agents" / device
        pid = next(pid for pid, line in children(house.pid_of(device)).items() if line.endswith(" camera"))
        token = (folder / "camera.token").read_text().strip()
        return cls(device, folder, pid, f"http://{listening_addresses(pid)[0]}", {"Authorization": f"Bearer {token}"})

    async def take(self, http: aiohttp.ClientSession) -> Taken:
        """The picture of now."""
        async with http.get(f"{self.url}/snapshot.jpg", headers=self.headers) as answer:
            here_s = time.monotonic()
            answer.raise_for_status()
            return Taken(int(answer.headers["X-Frame"]), here_s - int(answer.headers["X-Age-Ms"]) / 1000)

    async def take_often(self, http: aiohttp.ClientSession, times: FrameTimes, every_s: float) -> None:
        """For ever; costs the camera one JPEG each time, and is no viewer of it."""
        while True:
            times.note(await self.take(http))
            await asyncio.sleep(every_s)

    async def watch(self, http: aiohttp.ClientSession, times: FrameTimes, ages_ms: list[float]) -> None:
        """For ever, as a viewer of the camera itself: every picture that leaves it, and how old it says it is."""
        async for at_s, picture in pictures(http, f"{self.url}/live.mjpeg", self.headers):
            ages_ms.append(float(picture.age_ms))
            times.note(Taken(picture.frame, at_s - picture.age_ms / 1000))


@asynccontextmanager
async def meanwhile(*endless: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs what never ends while the block does; what has ended all the same raises here what ended it."""
    tasks = [asyncio.create_task(one) for one in endless]
    try:
        yield
        for task in tasks:
            assert not task.done(), f"it has ended: {task.result()}"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def pictures(
    http: aiohttp.ClientSession, url: str, headers: dict[str, str] | None = None
) -> AsyncGenerator[tuple[float, Picture], None]:
    """Live pictures, each with the moment at which all of it was here."""
    async with http.get(url, headers=headers, timeout=_LIVE) as answer:
        answer.raise_for_status()
        async for picture in read_pictures(answer.content.iter_any()):
            yield time.monotonic(), picture
