"""Spool files of every released schema open, and an interrupted migration leaves the file as it was."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.bridge.test_spool import items, opened, received
from vigie.bridge import spool_schema
from vigie.bridge.spool_file import SpoolError
from vigie.bridge.spool_schema import VERSION, open_database

VERSION_1 = """
CREATE TABLE spool (id INTEGER PRIMARY KEY AUTOINCREMENT, device_id TEXT NOT NULL, item BLOB NOT NULL,
    is_event INTEGER NOT NULL, age_ms INTEGER, boot_id TEXT NOT NULL, received_mono_ms INTEGER NOT NULL) STRICT;
CREATE TABLE parked (id INTEGER PRIMARY KEY, device_id TEXT NOT NULL, item BLOB NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE delivered (mid INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL) STRICT;
INSERT INTO spool VALUES (7, 'pi', x'7B226964223A2261227D', 1, 5, 'boot-1', 99),
    (9, 'pi', x'7B226964223A2262227D', 0, NULL, 'b', 1);
INSERT INTO parked VALUES (3, 'pi', x'7B7D', 'because');
INSERT INTO delivered VALUES (5, x'00');
"""


@pytest.fixture
def old_file(tmp_path):
    path = tmp_path / "spool.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(VERSION_1)
    return path


def dump(path):
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump()), db.execute("PRAGMA user_version").fetchone()


async def test_a_file_from_before_there_were_versions_keeps_its_rows_and_its_numbers(old_file):
    async with opened(old_file) as spool:
        assert await items(spool) == ["a", "b"]
        assert (spool.depth, spool.parked) == (2, 1)
        rows = await spool.next_backlog(10, 1000)
        assert [(row.id, row.is_event, row.age_ms) for row in rows] == [(7, 1, 5), (9, 0, None)]
        await spool.delete(rows)
        await spool.add(received("c"))
        assert (await spool.next_backlog(1, 1000))[0].id == 10
    assert dump(old_file)[1] == (VERSION,)


class Cut:
    """A connection that is cut off at one of its statements."""

    def __init__(self, db, at):
        self.db, self.left = db, at

    def execute(self, *arguments):
        if self.left == 0:
            raise sqlite3.OperationalError("cut")
        self.left -= 1
        return self.db.execute(*arguments)

    @property
    def in_transaction(self):
        return self.db.in_transaction


@pytest.mark.parametrize("at", range(2, 10))
def test_a_migration_cut_off_at_any_statement_leaves_the_file_as_it_was(old_file, at):
    before = dump(old_file)
    db = sqlite3.connect(old_file, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="cut"):
        spool_schema._bring_up_to_date(Cut(db, at))
    db.close()  # as a kill would
    assert dump(old_file) == before
    open_database(old_file).close()
    assert dump(old_file)[1] == (VERSION,)


async def test_a_file_of_a_later_version_is_left_alone(old_file):
    with closing(sqlite3.connect(old_file)) as db:
        db.execute("PRAGMA user_version = 99")
    before = dump(old_file)
    with pytest.raises(SpoolError, match="later version of Vigie"):
        async with opened(old_file):
            pass
    assert dump(old_file) == before


async def test_what_can_be_read_of_a_damaged_old_file_is_carried_over(old_file):
    with closing(sqlite3.connect(old_file, isolation_level=None)) as db:
        db.executemany(
            "INSERT INTO spool (device_id, item, is_event, boot_id, received_mono_ms) VALUES ('pi', ?, 1, 'b', 1)",
            [(json.dumps({"id": f"x{number}"}, separators=(",", ":")).encode(),) for number in range(2000)],
        )
    with old_file.open("r+b") as file:
        file.seek(-4096, 2)
        file.write(b"\xff" * 4096)
    async with opened(old_file) as spool:
        assert len(spool.disk.damaged_files) == 1
        assert (await items(spool))[:3] == ["a", "b", "x0"]
