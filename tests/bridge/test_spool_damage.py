"""A spool file that is damaged while rows of it are on their way up: nothing else is deleted, and counts stay true."""

import sqlite3
from pathlib import Path

import pytest

from tests.bridge.test_spool import items, opened, received
from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import SpoolError, SpoolFile
from vigie.bridge.spool_schema import Damage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


async def damage(spool: Spool, path: Path, *, whole: bool) -> None:
    """Overwrites the open file: all of it, or its last page."""

    def work(file: SpoolFile) -> None:
        file._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file._db.close()
        size = path.stat().st_size
        with path.open("r+b") as raw:
            raw.seek(0 if whole else size - 4096)
            raw.write(b"\xff" * (size if whole else 4096))
        file._db = sqlite3.connect(path, isolation_level=None)

    await spool.disk.do(work)


async def test_rows_under_way_do_not_take_others_with_them_when_the_file_is_replaced(path: Path):
    async with opened(path) as spool:
        await spool.add(received(*"abc"))
        under_way = await spool.next_backlog(10, 1 << 20)
        await damage(spool, path, whole=True)
        await spool.add(received(*"defg"))
        assert len(spool.disk.damaged_files) == 1
        await spool.delete(under_way)
        assert await items(spool) == ["d", "e", "f", "g"]


async def test_what_is_carried_over_keeps_its_numbers(path: Path):
    async with opened(path) as spool:
        await spool.add(received(*(f"event-{number}" for number in range(2000))))
        gone = await spool.next_backlog(100, 1 << 20)
        await spool.delete(gone)
        under_way = await spool.next_backlog(100, 1 << 20)
        await damage(spool, path, whole=False)
        await spool.disk.do(lambda file: file._mend(damaged()))
        await spool.delete(under_way)
        assert (await items(spool))[0] == "event-200"


def damaged() -> sqlite3.DatabaseError:
    return Damage("found by the test")


async def test_a_damaged_file_without_room_for_a_new_one_is_replaced_once_there_is(path: Path, monkeypatch: pytest.MonkeyPatch):
    async with opened(path) as spool:
        await spool.add(received(*"abc"))
        original, refusals = spool.disk._file._open, [sqlite3.OperationalError("database or disk is full")] * 2

        def no_room_at_first() -> sqlite3.Connection:
            if refusals:
                raise refusals.pop()
            return original()

        monkeypatch.setattr(spool.disk._file, "_open", no_room_at_first)
        await spool.disk.do(lambda file: setattr(file, "_db", Broken(file._db)))
        for _ in range(2):
            with pytest.raises(SpoolError, match="full"):
                await spool.add(received("d"))
        await spool.add(received("d"))
        assert await items(spool) == ["a", "b", "c", "d"]
        assert len(spool.disk.damaged_files) == 1


class Broken:
    """A connection that finds its file damaged at the next transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def execute(self, *_arguments: object) -> None:
        raise damaged()

    def close(self) -> None:
        self._db.close()


async def test_rows_whose_delete_finds_the_damage_are_carried_over_and_deleted(path: Path):
    async with opened(path) as spool:
        await spool.add(received(*"abc"))
        rows = await spool.next_backlog(2, 1 << 20)
        await spool.disk.do(lambda file: setattr(file, "_db", Broken(file._db)))
        await spool.delete(rows)
        assert (spool.depth, len(spool.disk.damaged_files)) == (1, 1)
        await spool.delete(await spool.next_backlog(10, 1 << 20))
        assert (spool.depth, spool.holdings.size_bytes) == (0, 0)
