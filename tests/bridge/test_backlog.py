"""Reading ahead and deleting behind while a batch is at the server: the order stays, and nothing is lost or stored twice."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bridge.test_refusals import bench_for, event, poison
from tests.waiting import wait_until_async
from vigie.bridge.backlog import Backlog
from vigie.bridge.events_api import BatchAnswer, Refused, Unavailable
from vigie.bridge.intake import Row
from vigie.bridge.settings import BridgeSettings
from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import Received
from vigie.bridge.uplink import Uplink
from vigie.testing import FakeClock

BATCH = 3
POISON = "poison"


async def spool_with(path: Path, rows: int) -> Spool:
    spool = await Spool.open(path, boot_id="b", clock=FakeClock())
    await spool.add([Received([event(seq) for seq in range(1, rows + 1)])])
    return spool


def on_disk(rows) -> list[int]:
    return [json.loads(row.item)["seq"] for row in rows]


async def turns(spool: Spool) -> None:
    """Lets everybody do what can be done without the server: the spool's thread, and who waits for it."""
    for _ in range(4):
        await spool.disk.do(lambda _: None)
        for _ in range(6):
            await asyncio.sleep(0)


@pytest.mark.parametrize(("waiting", "read_ahead"), [(2 * BATCH, [4, 5, 6]), (2 * BATCH - 1, [])])
async def test_a_batch_is_read_ahead_only_where_it_is_full(tmp_path, waiting, read_ahead):
    spool = await spool_with(tmp_path / "spool.db", waiting)
    backlog = Backlog(spool, BATCH, 1 << 20)
    first = await backlog.next()
    assert on_disk(first) == [1, 2, 3]
    await turns(spool)
    assert spool.unread == waiting - BATCH - len(read_ahead)
    await spool.add([Received([event(9)])])
    assert on_disk(await backlog.next()) == (read_ahead or [4, 5, 9])
    await backlog.close()
    await spool.close()


async def test_rows_are_deleted_while_the_next_are_at_the_server_and_never_more_than_one_batch_late(tmp_path):
    spool = await spool_with(tmp_path / "spool.db", 4 * BATCH)
    backlog = Backlog(spool, BATCH, 1 << 20)
    for left in (4, 3, 2):
        rows = await backlog.next()
        await backlog.delete(rows)
        there = await spool.disk.do(lambda file: file.after(0, 100, 1 << 20))
        assert len(there) in (left * BATCH, (left - 1) * BATCH)
    await turns(spool)
    assert on_disk(await spool.disk.do(lambda file: file.after(0, 100, 1 << 20))) == [10, 11, 12]
    await backlog.close()
    await spool.close()


async def test_a_refused_item_is_sorted_out_before_the_batch_that_was_read_ahead_goes_up(server, tmp_path):
    server.fault = poison(17, 502)
    async with bench_for(server, tmp_path / "spool.db") as bench:
        await bench.add(*(event(seq) for seq in range(1, 1801)))
        await bench.emptied()
    assert [item["seq"] for item in server.stored] == [seq for seq in range(1, 1801) if seq not in (17, 502)]
    assert [item["seq"] for item in server.quarantined] == [17, 502]
    assert server.duplicates == 0


async def test_a_bridge_that_ends_with_batches_in_every_state_goes_on_where_it_was(server, tmp_path):
    hold = asyncio.Event()

    async def hold_the_third(batch):
        if any(item["seq"] == 1001 for item in batch):
            await hold.wait()

    server.fault = hold_the_third
    async with bench_for(server, tmp_path / "spool.db") as bench:
        await bench.add(*(event(seq) for seq in range(1, 2601)))
        await wait_until_async(lambda: len(server.stored) == 1000, "two batches are stored, the third is under way")
    server.fault = None
    async with bench_for(server, tmp_path / "spool.db") as bench:
        await bench.emptied()
    assert [item["seq"] for item in server.stored] == list(range(1, 2601))


class Ward:
    """A server that answers each upload as it is told to, and a bridge in front of it that may be killed and comes again."""

    def __init__(self, folder: Path) -> None:
        self.url = "http://server"
        self.stored: list[str] = []
        self.quarantined: set[str] = set()
        self.is_well = False
        self._folder = folder
        self._lives = 0
        self._asked: list[tuple[Sequence[bytes], asyncio.Future[BatchAnswer]]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self.spool = await Spool.open(self._path, boot_id="b", clock=FakeClock())
        batches = BridgeSettings(backend_url=self.url, batch_items=BATCH)
        self.uplink = Uplink(self.spool, self, batches, FakeClock(), on_cursor=lambda *_, **__: None)  # type: ignore[arg-type]
        self._tasks = [asyncio.create_task(lane()) for lane in (self.uplink.run_live, self.uplink.run_backlog)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._asked.clear()
        await self.spool.close()

    @property
    def _path(self) -> Path:
        return self._folder / str(self._lives) / "spool.db"

    async def post(self, items: Sequence[bytes]) -> BatchAnswer:
        if self.is_well:
            return self._take(items)
        answer: asyncio.Future[BatchAnswer] = asyncio.get_running_loop().create_future()
        self._asked.append((items, answer))
        return await answer

    async def settle(self, which: int, how: str) -> None:
        """Decides an upload that is under way, if there is one."""
        if not self._asked:
            return
        items, answer = self._asked.pop(which % len(self._asked))
        try:
            taken = None if how.startswith("lost") else self._take(items)
        except Refused as refusal:
            answer.set_exception(refusal)
            return
        if how.endswith("killed"):
            await self._kill()
        elif taken is not None and how == "answered":
            answer.set_result(taken)
        else:
            answer.set_exception(Unavailable(how))
            await turns(self.spool)
            self.uplink.server_is_back()

    def _take(self, items: Sequence[bytes]) -> BatchAnswer:
        found = [json.loads(item) for item in items]
        if any(POISON in item.get("type", "") for item in found):
            raise Refused("no such thing")
        new = [item for item in found if item["id"] not in self.stored]
        for item in new:
            if "payload_base64" in item:
                self.quarantined.add(f"{item['stream_id']}-{item['seq']}")
            else:
                self.stored.append(item["id"])
        return BatchAnswer(accepted=len(new), duplicates=len(found) - len(new), quarantined=0)

    async def _kill(self) -> None:
        """The next life begins with the file as it is now; what this one would still do on its way out does not count."""
        before = self._path.parent
        self._lives += 1
        self._path.parent.mkdir()
        await self.spool.disk.do(lambda _: shutil.copytree(before, self._path.parent, dirs_exist_ok=True))
        await self.stop()
        await self.start()


def row_of(device: str, n: int, *, is_poison: bool) -> Row:
    """`pi` has a log, `gate` has none: only the order of arrival orders its events."""
    item = {"id": f"{device}-{n}", "type": POISON if is_poison else "x", "device_id": device, "sensor": "x"}
    if device == "gate":
        return Row(device, json.dumps(item).encode())
    text = json.dumps({**item, "stream_id": device, "seq": n}).encode()
    return Row(device, text, 0, None, True, device, n, crc32(text))


added = st.tuples(st.just("add"), st.sampled_from(["pi", "gate"]), st.booleans(), st.integers(1, 8), st.booleans())
settled = st.tuples(
    st.just("settle"),
    st.integers(0, 1),
    st.sampled_from(["answered"] * 6 + ["lost", "unanswered", "lost and killed", "stored and killed"]),
)


@settings(deadline=None, max_examples=120)
@given(steps=st.lists(st.one_of(added, settled, settled), min_size=2, max_size=30))
def test_in_any_order_of_answers_losses_and_kills_all_is_stored_once_and_a_devices_order_stays(steps):
    with TemporaryDirectory() as folder:
        asyncio.run(_played(Path(folder), steps))


async def _played(folder: Path, steps) -> None:
    (folder / "0").mkdir()
    ward = Ward(folder)
    await ward.start()
    counts = {"pi": 0, "gate": 0}
    bad: set[str] = set()
    in_backlog: list[str] = []
    for step in steps:
        if step[0] == "settle":
            await ward.settle(*step[1:])
        else:
            _, device, is_live, count, has_poison = step
            numbers = range(counts[device] + 1, counts[device] + count + 1)
            counts[device] += count
            is_bad = {n: has_poison and device == "pi" and n == numbers[-1] for n in numbers}
            bad |= {f"{device}-{n}" for n in numbers if is_bad[n]}
            in_backlog += [f"pi-{n}" for n in numbers if device == "pi" and not is_live and not is_bad[n]]
            rows = [row_of(device, n, is_poison=is_bad[n]) for n in numbers]
            await ward.spool.add([Received([row], is_live=is_live) for row in rows])
        await turns(ward.spool)
    ward.is_well = True
    async with asyncio.timeout(10):
        while ward.spool.depth:
            await ward.settle(0, "unanswered")
            await turns(ward.spool)
            ward.uplink.server_is_back()
    await ward.stop()
    assert sorted(ward.stored) == sorted(
        id_ for device, count in counts.items() for id_ in (f"{device}-{n}" for n in range(1, count + 1)) if id_ not in bad
    )
    assert [id_ for id_ in ward.stored if id_.startswith("gate")] == [f"gate-{n}" for n in range(1, counts["gate"] + 1)]
    assert ward.quarantined >= bad
