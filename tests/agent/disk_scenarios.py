"""An event log on a small disk, as a program of its own (`python -m tests.agent.disk_scenarios NAME FOLDER`): SQLite resolves
its paths, so only a process inside the mount namespace reaches that disk. Prints what came of it as one line of JSON.
"""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path

from tests.agent.test_event_log import draft
from tests.small_disk import fill_disk
from tests.waiting import wait_until_async
from vigie.agent import log_writer
from vigie.agent.event_log import EventLog, LogUnavailable
from vigie.agent.faults import Faults
from vigie.agent.log_file import LoggedEvent
from vigie.protocol.gaps import Gap
from vigie.runtime.clock import SystemClock


class Bench:
    """A log in `folder`, what it accepted, and something else that fills the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.faults, self.count = folder, Faults(), 0
        self.accepted: list[LoggedEvent] = []
        self.log = self.open()

    def open(self) -> EventLog:
        self.faults = Faults()
        self.log = EventLog(self.folder, self.faults, SystemClock())
        self.log.on_accepted.append(self.accepted.append)
        self.log.start()
        return self.log

    async def accept(self, count: int) -> None:
        """Detections and ends in turns, no faster than the log takes them."""
        for _ in range(count):
            self.log.accept(draft(self.count, type_="motion_ended" if self.count % 2 else "motion_detected"))
            self.count += 1
            if self.count % 100 == 0 and self.log.waiting < log_writer.MAX_WAITING // 2:
                await self.tried()
        await self.tried()

    async def tried(self) -> None:
        """Everything so far was tried once."""
        with suppress(LogUnavailable):
            await self.log.flush()

    def fill_disk(self) -> None:
        fill_disk(self.folder / "ballast")

    def free_disk(self) -> None:
        (self.folder / "ballast").unlink()

    async def heals(self) -> None:
        await wait_until_async(lambda: not self.log.waiting and not self.faults.names(), "all is well again")
        await self.log.flush()  # the last ones wait no more, but are only then accepted

    def of_drafts(self) -> list[int]:
        return [event.draft.mono_ms for event in self.accepted if event.draft.type != "gap"]

    async def numbers(self) -> tuple[list[str], list[int]]:
        """Types of the rows in the log, and all numbers that are in it or told by its gaps."""
        events = await self.log.call(lambda file: file.page(0, 1_000_000))
        gaps = [Gap.model_validate(event.draft.body) for event in events if event.draft.type == "gap"]
        told = [seq for gap in gaps for first, last in gap.ranges for seq in range(first, last + 1)]
        return [event.draft.type for event in events], sorted([*told, *(event.seq for event in events)])


async def filled_by_others(bench: Bench) -> object:
    await bench.accept(500)
    bench.fill_disk()
    await bench.accept(2000)
    on_reserve = len(bench.accepted)
    bench.fill_disk()
    for _ in range(3000):
        bench.log.accept(draft(bench.count))
        bench.count += 1
    await bench.log.flush()
    while_full = (bench.faults.names(), bench.log.waiting > 0)
    bench.free_disk()
    await bench.heals()
    return {"on_reserve": on_reserve, "while_full": while_full, "in_order": bench.of_drafts() == list(range(bench.count))}


async def started_when_full(bench: Bench) -> object:
    await bench.accept(100)
    bench.log.put_value("mode", "as it was")
    await bench.log.flush()
    bench.log.close()
    (bench.folder / "events.reserve").unlink()
    bench.fill_disk()
    bench.open()
    stream_id, saved = bench.log.stream_id, bench.log.saved.values
    await bench.accept(200)
    full = (bench.faults.names(), bench.log.waiting)
    bench.free_disk()
    await bench.heals()
    return {
        "stream_at_start": stream_id,
        "mode": saved.get("mode"),
        "full": full,
        "in_order": bench.of_drafts() == list(range(300)),
        "last_seq": bench.log.last_seq,
    }


async def too_small(bench: Bench) -> object:
    """Nothing but the log on the disk, nobody who acknowledges, and more events than it will ever hold."""
    while "log_full" not in bench.faults:
        await bench.accept(1000)
    await bench.accept(20_000)
    types, numbers = await bench.numbers()
    return {
        "ends": types.count("motion_ended"),
        "detections": types.count("motion_detected"),
        "detections_accepted": sum(event.draft.type == "motion_detected" for event in bench.accepted),
        "complete": numbers == list(range(1, bench.log.last_seq + 1)),
    }


async def acknowledged(bench: Bench) -> object:
    """The disk is full, but the server has most: pruning makes room without any loss."""
    while "log_full" not in bench.faults:
        await bench.accept(1000)
    for _ in range(10):
        through_seq = bench.log.last_seq
        await bench.log.call(lambda file, seq=through_seq: file.put_acked_through(file.stream_id, seq))  # type: ignore[misc]
        await bench.accept(2000)
    return {"waiting": bench.log.waiting, "in_order": bench.of_drafts() == list(range(bench.count))}


SCENARIOS = {scenario.__name__: scenario for scenario in (filled_by_others, started_when_full, too_small, acknowledged)}


async def main(name: str, folder: Path) -> None:
    log_writer.RETRY_S = 0.02
    bench = Bench(folder)
    found = await SCENARIOS[name](bench)
    bench.log.close()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
