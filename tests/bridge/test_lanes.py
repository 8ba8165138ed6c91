"""What is in a hurry goes up past any backlog, what floods waits behind the others, and a full spool says what it cost."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from tests.bridge.conftest import STREAM, bridge_is_up, payload, publish_events, running_bridge
from tests.bridge.stub_server import answer_500
from tests.bridge.test_refusals import bench_for, event, poison
from tests.bridge.test_spool import items, opened
from tests.waiting import wait_until_async
from vigie.bridge.intake import Row
from vigie.bridge.live_lane import LIVE_FOR_S, MAX_ROWS
from vigie.bridge.spool_file import Received, SpooledRow
from vigie.testing import FakeClock

LIMITS = (1000, 1 << 20)


def ours(seq: int, content: int = 0, size_bytes: int = 0) -> Row:
    item = b'{"id":"%d"%s}' % (seq, b" " * size_bytes)
    return Row("pi", item, 0, None, True, STREAM, seq, content)


def message(*rows: Row, is_live: bool = False) -> Received:
    return Received(rows, is_live=is_live)


async def test_a_live_event_goes_up_while_the_backlog_waits_for_its_answer(tmp_path, server):
    release = asyncio.Event()

    async def slow_for_many(batch):
        if len(batch) > 1:
            await release.wait()

    server.fault = slow_for_many
    async with bench_for(server, tmp_path / "spool.db") as bench:
        await bench.add(*(event(seq) for seq in range(1, 1001)))
        await wait_until_async(lambda: server.headers, "the backlog is on its way")
        await bench.spool.add([message(event(1001), is_live=True)])
        await wait_until_async(lambda: [one["seq"] for one in server.stored] == [1001], "the live one has overtaken it")
        release.set()
        await bench.emptied()
    assert [one["seq"] for one in server.stored] == [1001, *range(1, 1001)]
    assert server.duplicates == 0


def anothers(n: int) -> Row:
    """Of a device without a log: nothing but the order of arrival orders its events."""
    return Row("gate", b'{"seq":%d}' % n)


def numbers(rows: Sequence[SpooledRow]) -> list[int]:
    return [json.loads(row.item)["seq"] for row in rows]


async def test_events_without_a_number_do_not_overtake_their_devices_backlog(tmp_path):
    async with opened(tmp_path / "spool.db") as spool:
        await spool.add([message(anothers(1)), message(anothers(2), is_live=True), message(ours(1), is_live=True)])
        await spool.add([message(anothers(3), is_live=True)])
        assert [row.device_id for row in await spool.next_live(*LIMITS)] == ["pi"]
        backlog = await spool.next_backlog(*LIMITS)
        assert numbers(backlog) == [1, 2, 3]
        await spool.delete(backlog)
        await spool.add([message(anothers(4), is_live=True)])
        assert numbers(await spool.next_live(*LIMITS)) == [4]


@pytest.mark.parametrize("is_taken", [True, False])
async def test_the_backlog_waits_for_earlier_events_of_a_device_without_numbers_in_the_live_lane(tmp_path, is_taken):
    async with opened(tmp_path / "spool.db") as spool:
        await spool.add([message(anothers(1), is_live=True), message(ours(7))])
        await spool.add([message(anothers(2))])
        live = await spool.next_live(*LIMITS)
        assert [row.device_id for row in await spool.next_backlog(*LIMITS)] == ["pi"]
        waiting = asyncio.create_task(spool.next_backlog(*LIMITS))
        await asyncio.sleep(0)
        assert not waiting.done()
        await (spool.delete(live) if is_taken else asyncio.sleep(0, spool.release(live)))
        async with asyncio.timeout(5):
            assert numbers(await waiting) == ([2] if is_taken else [1, 2])


async def test_live_events_wait_a_while_for_a_server_that_is_away_and_go_first_when_it_is_back(tmp_path, server):
    server.fault = answer_500
    async with bench_for(server, tmp_path / "spool.db") as bench:
        await bench.add(*(event(seq) for seq in range(1, 700)))
        await bench.spool.add([message(event(1000), is_live=True)])
        await wait_until_async(lambda: len(server.headers) >= 2, "both lanes have tried")
        server.fault = None
        bench.uplink.server_is_back()
        await wait_until_async(lambda: len(server.stored) == 700, "all are stored although the clock stands still")
    assert 1000 in [one["seq"] for one in server.stored[:501]]


async def test_a_live_event_that_the_server_does_not_take_in_time_is_the_backlogs_and_in_its_order(tmp_path, server):
    server.fault = answer_500
    async with bench_for(server, tmp_path / "spool.db") as bench:
        await bench.spool.add([message(event(1), is_live=True)])
        await bench.add(event(2))
        await wait_until_async(lambda: len(server.headers) >= 2, "both lanes have tried")
        bench.clock.turn(LIVE_FOR_S + 1)
        bench.uplink.server_is_back()
        await wait_until_async(lambda: len(server.headers) >= 3, "they have tried again")
        server.fault = None
        await bench.emptied()
        assert bench.uplink.fault is None
    assert sorted(one["seq"] for one in server.stored) == [1, 2]
    assert server.duplicates == 0


async def test_a_live_batch_that_the_server_refuses_is_split_by_the_backlog(tmp_path, server):
    server.fault = poison(2)
    async with bench_for(server, tmp_path / "spool.db") as bench:
        await bench.spool.add([message(*(event(seq) for seq in (1, 2, 3)), is_live=True)])
        await bench.emptied()
    assert [one["seq"] for one in server.stored] == [1, 3]
    assert [one["seq"] for one in server.quarantined] == [2]


async def test_more_live_rows_than_the_lane_has_room_for_are_the_backlogs(tmp_path):
    async with opened(tmp_path / "spool.db") as spool:
        await spool.add([message(*(ours(seq) for seq in range(1, MAX_ROWS + 101)), is_live=True)])
        assert len(await spool.next_live(5000, 1 << 30)) == MAX_ROWS
        assert [json.loads(row.item)["id"] for row in await spool.next_backlog(*LIMITS)] == [
            str(seq) for seq in range(MAX_ROWS + 1, MAX_ROWS + 101)
        ]


@pytest.mark.parametrize("live_seq", [1, 4])
async def test_a_row_that_is_given_back_while_the_backlog_reads_is_given_out_again(tmp_path, live_seq):
    async with opened(tmp_path / "spool.db") as spool:
        for seq in range(1, 7):
            await spool.add([message(ours(seq), is_live=seq == live_seq)])
        live = await spool.next_live(*LIMITS)
        given = [row.id for row in await spool.next_backlog(2, LIMITS[1])]
        reading = asyncio.create_task(spool.next_backlog(2, LIMITS[1]))
        await asyncio.sleep(0)
        spool.disk._thread.submit(int).result()  # the rows are read, and nobody has taken them yet
        spool.release(live)
        given += [row.id for row in await reading]
        async with asyncio.timeout(5):
            given += [row.id for row in await spool.next_backlog(*LIMITS)]
    assert sorted(given) == [1, 2, 3, 4, 5, 6]


async def test_what_waits_is_not_stored_again_and_the_same_number_with_other_content_is(tmp_path):
    async with opened(tmp_path / "spool.db") as spool:
        await spool.add([message(ours(1), ours(2), is_live=True)])
        await spool.add([message(ours(1), ours(2), ours(3)), message(ours(3))])
        assert spool.depth == 3
        await spool.add([message(ours(2, content=5))])
        assert spool.depth == 4
        assert await spool.holds("pi", STREAM, 3)
        assert not await spool.holds("pi", STREAM, 4)
        assert not await spool.holds("other", STREAM, 3)
        await spool.delete(await spool.next_live(*LIMITS))
        await spool.add([message(ours(1))])  # the server has it: it is new to the spool
        assert spool.depth == 3
        assert await items(spool) == ["3", "2", "1"]


async def test_a_flood_goes_to_the_backlog_and_others_go_on_live(settings, device, server):
    async def hang_behind_the_burst(batch):
        if any(one["details"].get("n", 0) >= 1500 for one in batch):
            await asyncio.Event().wait()

    async with running_bridge(settings):
        await bridge_is_up(server)
        server.fault = hang_behind_the_burst
        floods = [device.publish("sensors/flood/door", b'{"n": %d}' % number) for number in range(3000)]
        await asyncio.gather(*floods)
        await publish_events(device, 1, 3)
        await wait_until_async(lambda: sum(one["device_id"] == "pi" for one in server.stored) == 3, "the other's are stored")


async def test_a_full_spool_keeps_nothing_more_and_tells_what_third_parties_have_lost(tmp_path, server):
    clock = FakeClock()
    async with opened(tmp_path / "spool.db", clock, max_bytes=100_000) as spool:
        await spool.add([message(*(ours(seq, size_bytes=1000) for seq in range(1, 100)))])
        assert spool.holdings.are_full
        depth = spool.depth
        await spool.add([message(ours(1000)), message(Row("door", b"{}")), message(Row("door", b"{}"), Row("gate", b"{}"))])
        assert spool.depth == depth
    async with opened(tmp_path / "spool.db", clock, max_bytes=100_000) as spool:
        assert spool.holdings.are_full
        await spool.add([message(Row("door", b"{}"))])
        await spool.delete(await spool.next_backlog(50, 1 << 20))
        assert not spool.holdings.are_full
        rows = await spool.next_backlog(*LIMITS)
        gaps = [json.loads(row.item) for row in rows if b'"gap"' in row.item]
        assert {gap["device_id"]: gap["details"] for gap in gaps} == {
            "door": {"reason": "spool_full", "count": 3},
            "gate": {"reason": "spool_full", "count": 1},
        }
        assert {gap["type"] for gap in gaps} == {"gap"}
        await spool.delete(rows)
    async with opened(tmp_path / "spool.db", clock, max_bytes=100_000) as spool:
        assert spool.depth == 0
        await spool.add([message(ours(1000))])
        await spool.delete(await spool.next_backlog(*LIMITS))
        assert spool.depth == 0  # and nothing is told twice


async def test_a_bridge_whose_spool_is_full_acknowledges_and_says_so(settings, device, server):
    server.fault = answer_500
    async with running_bridge(settings.model_copy(update={"spool_max_bytes": 2**20})):
        await bridge_is_up(server)
        for seq in range(1, 31):
            await device.publish("sensors/pi/motion", payload(seq, note="x" * 60_000))
        await wait_until_async(
            lambda: any("spool is full" in fault for fault in server.reported("health")[-1]["faults"]), "it is told", within_s=15
        )
        server.fault = None
        await wait_until_async(lambda: 15 < len(server.stored) < 30, "what it kept is stored", within_s=15)
