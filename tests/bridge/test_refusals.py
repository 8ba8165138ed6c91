"""What a server may answer to a batch, and that nothing is dropped or held up by it."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from zlib import crc32

import aiohttp
import pytest
from aiohttp import web

from tests.bridge.conftest import STREAM
from tests.bridge.stub_server import answer_500, never_answer
from tests.waiting import wait_until_async
from vigie.bridge.events_api import EventsApi
from vigie.bridge.intake import Row
from vigie.bridge.settings import BridgeSettings
from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import Received
from vigie.bridge.uplink import Uplink
from vigie.testing import FakeClock


def event(seq: int, **more) -> Row:
    item = {"id": f"id-{seq}", "type": "x", "device_id": "pi", "sensor": "x", "stream_id": STREAM, "seq": seq, **more}
    text = json.dumps(item).encode()
    return Row("pi", text, stream_id=STREAM, seq=seq, content_crc=crc32(text))


class Bench:
    """A spool with an uplink on a clock that stands still: no wait ends by itself."""

    def __init__(self, spool: Spool, uplink: Uplink, clock: FakeClock) -> None:
        self.spool = spool
        self.uplink = uplink
        self.clock = clock

    async def add(self, *rows: Row) -> None:
        await self.spool.add([Received(list(rows))])

    async def emptied(self) -> None:
        """Turns the clock until everything is delivered."""

        async def is_empty() -> bool:
            await self.clock.advance(30)
            return self.spool.depth == 0

        await wait_until_async(is_empty, "the spool is empty")


@asynccontextmanager
async def bench_for(server, path):
    clock = FakeClock()
    spool = await Spool.open(path, boot_id="b", clock=clock)
    async with aiohttp.ClientSession() as http:
        api = EventsApi(http, server.url)
        uplink = Uplink(spool, api, BridgeSettings(backend_url=server.url, batch_items=500), clock, on_cursor=lambda *_, **__: None)
        tasks = [asyncio.create_task(lane()) for lane in (uplink.run_live, uplink.run_backlog)]
        yield Bench(spool, uplink, clock)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await spool.close()


@pytest.fixture
async def bench(server, tmp_path):
    async with bench_for(server, tmp_path / "spool.db") as made:
        yield made


def poison(*bad_seqs: int, status: int = 400):
    """A server that refuses any list with one of these events in it."""

    async def fault(items):
        if any(item.get("seq") in bad_seqs and "payload_base64" not in item for item in items):
            return web.json_response({"detail": "no such thing"}, status=status)
        return None

    return fault


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_one_poison_item_ends_in_quarantine_and_the_others_are_stored_in_order(bench, server, status):
    server.fault = poison(17, status=status)
    await bench.add(*(event(seq) for seq in range(1, 41)))
    await bench.emptied()
    assert [item["seq"] for item in server.stored] == [seq for seq in range(1, 41) if seq != 17]
    (refused,) = server.quarantined
    assert json.loads(base64.b64decode(refused["payload_base64"]))["id"] == "id-17"
    assert (refused["device_id"], refused["stream_id"], refused["seq"]) == ("pi", STREAM, 17)
    assert refused["reason"] == f"the server refused it: HTTP {status} no such thing"


async def test_an_item_that_is_refused_in_every_form_is_parked_and_holds_nobody_up(bench, server):
    async def fault(items):
        if any(item.get("seq") == 1 or "payload_base64" in item for item in items):
            return web.Response(status=400, text="no")
        return None

    server.fault = fault
    await bench.add(event(1), event(2))
    await bench.emptied()
    assert [item["seq"] for item in server.stored] == [2]
    assert bench.spool.parked == 1


async def test_a_server_that_refuses_everything_is_waited_for_instead_of_emptying_the_spool_into_quarantine(bench, server):
    async def fault(_items):
        return web.Response(status=400, text="maintenance")

    server.fault = fault
    await bench.add(*(event(seq) for seq in range(1, 6)))
    await wait_until_async(lambda: bench.uplink.fault, "the fault is told")
    assert "refuses everything" in bench.uplink.fault
    server.fault = None
    await bench.emptied()
    assert [item["seq"] for item in server.stored] == [1, 2, 3, 4, 5]
    assert server.quarantined == []


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503, 302])
async def test_answers_that_are_not_about_the_items_are_waited_out(bench, server, status):
    async def fault(_items):
        return web.Response(status=status, text="not now", headers={"Location": "/login"})

    server.fault = fault
    await bench.add(event(1), event(2))
    await wait_until_async(lambda: bench.uplink.fault, "the fault is told")
    assert f"HTTP {status}" in bench.uplink.fault
    assert bench.spool.depth == 2
    server.fault = None
    await bench.emptied()
    assert [item["seq"] for item in server.stored] == [1, 2]
    assert bench.uplink.fault is None


@pytest.mark.parametrize(
    "body",
    ["<html>Welcome to our hotel</html>", '{"accepted": 1, "duplicates": 0, "quarantined": 0}', "[]", '{"accepted": -1}', ""],
)
async def test_a_200_that_does_not_account_for_every_item_is_no_answer(bench, server, body):
    async def fault(_items):
        return web.Response(text=body)

    server.fault = fault
    await bench.add(event(1), event(2))
    await wait_until_async(lambda: bench.uplink.fault, "the fault is told")
    assert "check BACKEND_URL" in bench.uplink.fault
    server.fault = None
    await bench.emptied()
    assert [item["seq"] for item in server.stored] == [1, 2]


async def test_a_server_that_hangs_is_given_up_and_tried_again(bench, server, monkeypatch):
    monkeypatch.setattr("vigie.bridge.events_api.POST_TIMEOUT_S", 0.2)
    server.fault = never_answer
    await bench.add(event(1))
    await wait_until_async(lambda: bench.uplink.fault, "the fault is told")
    server.fault = None
    await bench.emptied()
    assert [item["seq"] for item in server.stored] == [1]


async def test_the_link_coming_back_ends_the_wait_at_once(bench, server):
    server.fault = answer_500
    await bench.add(event(1))
    await wait_until_async(lambda: bench.uplink.fault, "the fault is told")
    server.fault = None
    bench.uplink.server_is_back()
    await wait_until_async(lambda: server.stored, "it is stored although the clock stands still")


async def test_what_has_waited_longer_than_two_minutes_is_late_and_the_rest_of_it_unchanged(bench, server):
    server.fault = answer_500
    await bench.add(event(1))
    await wait_until_async(lambda: bench.uplink.fault, "the fault is told")
    bench.clock.turn(121)
    server.fault = None
    await bench.emptied()
    assert server.stored == [{**json.loads(event(1).item), "late": True}]


async def test_a_lonely_event_leaves_at_once_and_a_backlog_in_batches(bench, server):
    await bench.add(event(1))
    await wait_until_async(lambda: server.stored, "it is stored although the clock stands still")
    await bench.add(*(event(seq) for seq in range(2, 1202)))
    await bench.emptied()
    assert [len(batch) for batch in server.batches] == [1, 500, 500, 200]


async def test_a_batch_stays_below_its_bytes(bench, server):
    await bench.add(*(event(seq, details={"x": "y" * 50_000}) for seq in range(1, 61)))
    await bench.emptied()
    assert all(len(batch) <= 21 for batch in server.batches)
    assert [item["seq"] for item in server.stored] == list(range(1, 61))
