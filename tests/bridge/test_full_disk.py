"""A disk without room, a real small one: events go past it, nothing goes round in circles, and all goes on by itself."""

from contextlib import contextmanager

import pytest

from tests.bridge.conftest import bridge_is_up, payload, publish_events, sequence
from tests.bridge.stub_server import answer_500
from tests.bridge.test_program import program
from tests.small_disk import SmallDisk
from tests.waiting import wait_until_async


@pytest.fixture
def disk(tmp_path):
    with SmallDisk(tmp_path / "disk", 4 * 2**20) as made:
        yield made


@contextmanager
def bridge_on(disk, settings):
    """The program with its data on the small disk."""
    with program(settings, within=disk.within, VIGIE_DATA=str(disk.folder)) as process:
        yield process


def health(server):
    return server.reported("health")[-1]


async def told(server, word):
    await wait_until_async(lambda: any(word in fault for fault in health(server)["faults"]), f"{word!r} is told", within_s=15)


async def works_again(server):
    await wait_until_async(lambda: not health(server)["faults"], "the fault is over", within_s=25)


async def stored(server, count):
    await wait_until_async(lambda: len(server.stored) >= count, f"{count} are stored", within_s=20)


async def test_with_a_full_disk_events_go_on_and_what_comes_when_there_is_room_is_spooled_again(settings, disk, device, server):
    with bridge_on(disk, settings):
        await bridge_is_up(server)
        await publish_events(device, 1, 5)
        await stored(server, 5)
        disk.fill()
        for seq in range(6, 106):  # more than the write-ahead log has room for in its own place
            await device.publish("sensors/pi/motion", payload(seq, note="x" * 10_000))
        await stored(server, 105)
        await told(server, "full")
        disk.free()
        await works_again(server)
        server.fault = answer_500
        await publish_events(device, 106, 110)
        await wait_until_async(lambda: health(server)["spool_depth"] == 5, "the spool takes events again", within_s=15)
        server.fault = None
        await stored(server, 110)
    assert sorted(sequence(server)) == list(range(1, 111))
    assert len({item["id"] for item in server.stored}) == 110


async def test_a_bridge_that_starts_on_a_full_disk_carries_events(settings, disk, device, server):
    disk.fill()
    with bridge_on(disk, settings):
        await bridge_is_up(server)
        await publish_events(device, 1, 20)
        await stored(server, 20)
        disk.free()
        await works_again(server)
        assert (disk.path / "spool.db").exists()
        await publish_events(device, 21, 25)
        await stored(server, 25)
    assert sequence(server) == list(range(1, 26))


async def test_what_was_spooled_before_a_start_on_a_full_disk_goes_up_once_there_is_room(settings, disk, device, server):
    server.fault = answer_500
    with bridge_on(disk, settings) as process:
        await bridge_is_up(server)
        await publish_events(device, 1, 20)
        await wait_until_async(lambda: health(server)["spool_depth"] == 20, "they are spooled", within_s=15)
        process.terminate()
        process.wait(5)
    disk.fill()
    server.fault = None
    with bridge_on(disk, settings):
        await publish_events(device, 21, 25)
        await stored(server, 5)
        disk.free()
        await stored(server, 25)
    assert sorted(sequence(server)) == list(range(1, 26))
    assert server.duplicates == 0


async def test_what_a_full_disk_does_not_let_go_of_is_uploaded_once(settings, disk, device, server):
    server.fault = answer_500
    with bridge_on(disk, settings):
        await bridge_is_up(server)
        await publish_events(device, 1, 100)
        await wait_until_async(lambda: health(server)["spool_depth"] == 100, "they are spooled", within_s=15)
        disk.fill()
        server.fault = None
        await stored(server, 100)
        await wait_until_async(lambda: health(server)["spool_depth"] == 0, "they are gone up", within_s=15)
        disk.free()
        await works_again(server)
        await publish_events(device, 101, 101)
        await stored(server, 101)
    with bridge_on(disk, settings):
        server.reports.clear()
        await wait_until_async(lambda: server.reported("health"), "the next bridge is up")
        assert health(server)["spool_depth"] == 0
    assert sequence(server) == list(range(1, 102))
    assert server.duplicates == 0
