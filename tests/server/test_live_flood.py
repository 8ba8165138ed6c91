"""News in a flood: what cannot wait goes first, a browser that reads slowly holds nobody up, one that has stopped is cut off."""

import asyncio
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from engineio.packet import Packet
from pydantic import BaseModel

from tests.waiting import wait_until_async
from vigie.server.live import BURST, MAX_QUEUED, LiveNews, Turn
from vigie.testing.fake_clock import FakeClock


class News(BaseModel):
    number: int


class Connection:
    """A browser's connection as python-engineio keeps it: it reads when the test says so."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.is_closed = False

    async def send(self, packet: Packet) -> None:
        self.queue.put_nowait(tuple(json.loads(packet.data.removeprefix("2"))))

    def read_all(self) -> list[tuple[str, Any]]:
        taken = []
        while not self.queue.empty():
            taken.append(self.queue.get_nowait())
            self.queue.task_done()
        return taken

    async def close(self, *, wait: bool, abort: bool) -> None:
        assert abort
        assert not wait
        self.is_closed = True


class Sockets:
    """Socket.IO's server with as many browsers as the test wants."""

    def __init__(self) -> None:
        self.eio = SimpleNamespace(sockets={})
        self.manager = SimpleNamespace(eio_sid_from_sid=lambda sid, _namespace: sid)

    def register_namespace(self, _namespace: object) -> None:
        pass


class House:
    def __init__(self, clock: FakeClock) -> None:
        self.sio = Sockets()
        self.live = LiveNews(self.sio, clock, SimpleNamespace())

    def connect(self, sid: str) -> Connection:
        self.live.browsers.connected.add(sid)
        self.sio.eio.sockets[sid] = Connection()
        return self.sio.eio.sockets[sid]

    def flood(self, count: int, turn: Turn = Turn.FRESH) -> None:
        for number in range(count):
            self.live.tell("motion_ended", News(number=number), turn)


@pytest.fixture
async def house(clock: FakeClock) -> AsyncIterator[House]:
    made = House(clock)
    tasks = [asyncio.create_task(made.live.emit_for_ever()), asyncio.create_task(made.live.emit_first_for_ever())]
    yield made
    for task in tasks:
        task.cancel()


async def test_what_cannot_wait_has_only_one_burst_before_it(house: House, clock: FakeClock):
    browser = house.connect("browser")
    house.flood(5000)
    await clock.advance(0)
    await wait_until_async(lambda: browser.queue.qsize() == BURST, "a burst is on its way")
    house.live.tell("alert", News(number=1))
    await wait_until_async(lambda: browser.queue.qsize() == BURST + 1, "the alert is right behind it")
    assert browser.read_all()[-1][0] == "alert"
    heard: list[tuple[str, Any]] = []

    async def all_heard() -> bool:
        heard.extend(browser.read_all())
        await clock.advance(0)
        return len(heard) == 5000 - BURST

    await wait_until_async(all_heard, "the rest follows as it is read")
    assert [body["number"] for _, body in heard] == list(range(BURST, 5000))


async def test_an_event_of_now_overtakes_a_backlog_that_arrives(house: House, clock: FakeClock):
    browser = house.connect("browser")
    house.flood(5000, Turn.LATE)
    await clock.advance(0)
    await wait_until_async(lambda: browser.queue.qsize() == BURST, "a burst is on its way")
    house.live.tell("button_pressed", News(number=1), Turn.FRESH)

    def is_heard() -> bool:
        return any(name == "button_pressed" for name, _ in browser.read_all())

    await clock.advance(0)
    browser.read_all()
    await wait_until_async(lambda: browser.queue.qsize() == BURST, "the next burst is on its way")
    assert is_heard()


async def test_a_slow_browser_holds_no_other_up_and_one_that_reads_nothing_is_cut_off(house: House, clock: FakeClock):
    quick, stuck = house.connect("quick"), house.connect("stuck")
    read = 0

    async def is_cut_off() -> bool:
        nonlocal read
        house.flood(500)
        await clock.advance(0)
        read += len(quick.read_all())
        return stuck.is_closed

    await wait_until_async(is_cut_off, "the one that reads nothing is cut off")
    assert not quick.is_closed
    assert read >= MAX_QUEUED
    assert stuck.queue.qsize() <= MAX_QUEUED + 2 * BURST
