"""The spool: what it has taken it keeps, in order, on a full disk and in a damaged file too."""

import sqlite3
from contextlib import asynccontextmanager, closing

import pytest

from vigie.bridge.intake import Row
from vigie.bridge.spool import DEFAULT_MAX_BYTES, Spool
from vigie.bridge.spool_file import Received, SpoolError
from vigie.testing import FakeClock

BOOT = "boot-1"


@asynccontextmanager
async def opened(path, clock=None, boot_id=BOOT, max_bytes=DEFAULT_MAX_BYTES):
    spool = await Spool.open(path, boot_id=boot_id, clock=clock or FakeClock(), max_bytes=max_bytes)
    try:
        yield spool
    finally:
        await spool.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spool.db"


def event(name: str, device_id: str = "pi", fingerprint: bytes | None = None, age_ms: int | None = 0) -> Row:
    return Row(device_id, f'{{"id":"{name}"}}'.encode(), age_ms, fingerprint)


def received(*names: str) -> list[Received]:
    return [Received([event(name)]) for name in names]


async def items(spool: Spool) -> list[str]:
    """What waits, as the backlog would take it; it goes on waiting."""
    rows = await spool.next_backlog(1000, 1 << 20)
    spool.release(rows)
    return [row.item.decode()[7:-2] for row in rows]


async def test_rows_come_out_in_the_order_they_came_in_after_a_restart_too(path):
    async with opened(path) as spool:
        await spool.add(received("a", "b"))
        await spool.add(received("c"))
    async with opened(path) as spool:
        assert await items(spool) == ["a", "b", "c"]
        assert spool.depth == 3


async def test_deleted_rows_are_gone_and_their_numbers_are_never_used_again(path):
    async with opened(path) as spool:
        await spool.add(received("a"))
        rows = await spool.next_backlog(10, 1000)
        await spool.delete(rows)
        assert (spool.depth, spool.holdings.size_bytes) == (0, 0)
    async with opened(path) as spool:
        await spool.add(received("b"))
        assert (await spool.next_backlog(10, 1000))[0].id > rows[0].id


async def test_a_batch_keeps_within_its_limits_but_is_never_empty(path):
    async with opened(path) as spool:
        await spool.add(received(*"abcdef"))
        for max_items, max_bytes, given in ((4, 1 << 20, 4), (1000, 60, 2), (1000, 1, 1)):
            rows = await spool.next_backlog(max_items, max_bytes)
            assert len(rows) == given
            spool.release(rows)


async def test_a_redelivery_is_recognised_by_packet_id_and_content(path):
    async with opened(path) as spool:
        one = [event("a", fingerprint=b"same")]
        await spool.add([Received(one, mid=7)])
        await spool.add([Received(one, mid=7, dup=True)])
        assert spool.depth == 1
        await spool.add([Received(one, mid=8, dup=True)])  # another message that says the same
        await spool.add([Received(one, mid=7)])  # the packet id used again, no redelivery
        assert spool.depth == 3


async def test_a_redelivery_is_recognised_after_the_row_has_been_delivered_and_after_a_restart(path):
    one = [event("a", fingerprint=b"same")]
    async with opened(path) as spool:
        await spool.add([Received(one, mid=7)])
        await spool.delete(await spool.next_backlog(1, 1000))
    async with opened(path) as spool:
        await spool.add([Received(one, mid=7, dup=True)])
        assert spool.depth == 0
        await spool.forget_deliveries()
        await spool.add([Received(one, mid=7, dup=True)])
        assert spool.depth == 1


async def test_a_full_disk_refuses_the_whole_batch_and_works_again_when_there_is_room(path):
    async with opened(path) as spool:
        await spool.add(received("a"))
        pages = await spool.disk.do(lambda file: file._db.execute("PRAGMA page_count").fetchone()[0])
        await spool.disk.do(lambda file: file._db.execute(f"PRAGMA max_page_count = {pages + 2}"))
        big = Received([Row("pi", b'{"id":"big"}' + b" " * 100_000)])
        with pytest.raises(SpoolError, match="full"):
            await spool.add([*received("b"), big])
        assert await items(spool) == ["a"]
        assert spool.depth == 1
        await spool.disk.do(lambda file: file._db.execute("PRAGMA max_page_count = 1000000"))
        await spool.add(received("b"))
        assert await items(spool) == ["a", "b"]


@pytest.mark.parametrize("damage", [b"this is no database at all, not even nearly", b""])
async def test_a_file_that_is_no_database_is_set_aside_not_deleted(path, damage):
    path.write_bytes(damage)
    async with opened(path) as spool:
        await spool.add(received("a"))
        assert await items(spool) == ["a"]
        aside = [file.read_bytes() for file in spool.disk.damaged_files]
        assert aside == ([damage] if damage else [])


async def test_what_can_be_read_of_a_damaged_file_is_carried_over(path, caplog):
    async with opened(path) as spool:
        await spool.add(received(*(f"event-{number}" for number in range(2000))))
    with path.open("r+b") as file:  # the last page, far behind the first rows
        file.seek(-4096, 2)
        file.write(b"\xff" * 4096)
    async with opened(path) as spool:
        assert len(spool.disk.damaged_files) == 1
        assert 0 < spool.depth < 2000
        assert (await items(spool))[:3] == ["event-0", "event-1", "event-2"]
    assert "was damaged" in caplog.text
    assert "spool.db.damaged-1" in caplog.text


async def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path):
    with pytest.raises(SpoolError, match="check free space and permissions"):
        await Spool.open(tmp_path / "missing" / "spool.db", boot_id=BOOT, clock=FakeClock())


async def test_an_event_is_late_when_it_is_older_than_the_limit_by_now(path):
    clock = FakeClock()
    async with opened(path, clock) as spool:
        await spool.add([Received([event("a", age_ms=0), event("b", age_ms=119_000), event("c", age_ms=None)])])
        rows = await spool.next_backlog(10, 1000)
        assert [spool.late_after(row, 120) for row in rows] == [False, False, True]
        clock.turn(2)
        assert [spool.late_after(row, 120) for row in rows] == [False, True, True]
    async with opened(path, clock, boot_id="boot-2") as spool:  # its machine has been off: nobody knows for how long
        assert all(spool.late_after(row, 120) for row in await spool.next_backlog(10, 1000))


async def test_every_commit_reaches_the_disk(path):
    async with opened(path) as spool:
        assert await spool.disk.do(lambda file: file._db.execute("PRAGMA synchronous").fetchone()[0]) == 2
        await spool.add(received("a"))
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT count(*) FROM spool").fetchone() == (1,)
