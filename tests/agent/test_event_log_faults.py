"""The event log on a dying card: what has rotted or cannot be replaced now must not end the accepting of events."""

import sqlite3
from dataclasses import replace
from functools import partial

import pytest

from tests.agent.test_event_log import draft, open_log
from tests.waiting import wait_until_async
from vigie.agent import log_writer
from vigie.agent.event_log import EventLog, LogUnavailable
from vigie.agent.log_file import LogFile
from vigie.agent.log_schema import set_aside
from vigie.agent.salvage import carry_over
from vigie.protocol.gaps import Gap, GapReason
from vigie.testing import FakeClock


def overwrite(path, file):
    """Makes the open file of no use, as a dying card does."""
    file.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(b"\xff" * path.stat().st_size)
    file.db.close()
    file.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)


async def test_a_row_that_has_rotted_ends_neither_the_accepting_nor_the_reading_of_others(tmp_path, faults):
    accepted = []
    log = open_log(tmp_path, faults, accepted)
    for number in range(1, 4):
        log.accept(draft(number))
    await log.call(lambda file: file.put_command("c", {"status": "done"}))
    await log.call(lambda file: file.db.execute("UPDATE events SET body = '{\"state\": det' WHERE number = 2"))
    await log.call(lambda file: file.db.execute("UPDATE commands SET result = '{'"))
    assert [event.seq for event in await log.call(lambda file: file.page(0, 10))] == [1, 3]
    assert await log.call(lambda file: file.command_results()) == {}
    log.accept(draft(4))
    await log.flush()
    assert [event.seq for event in accepted] == [1, 2, 3, 4]
    log.close()


async def test_a_damaged_log_that_cannot_be_replaced_at_once_is_replaced_later(tmp_path, faults, monkeypatch):
    monkeypatch.setattr(log_writer, "RETRY_S", 0.01)
    opened, refusals = log_writer.LogFile, [sqlite3.OperationalError("database or disk is full")] * 3

    def no_room_at_first(path):
        if refusals:
            raise refusals.pop()
        return opened(path)

    accepted = []
    log = open_log(tmp_path, faults, accepted)
    await log.call(lambda file: overwrite(tmp_path / "events.sqlite", file))
    monkeypatch.setattr(log_writer, "LogFile", no_room_at_first)
    log.accept(draft(1))
    await wait_until_async(lambda: len(accepted) == 1, "it is accepted in a new log")
    assert not refusals
    log.close()


async def test_an_ack_of_a_log_that_was_replaced_meanwhile_is_not_noted_in_the_new_one(tmp_path, faults):
    log = open_log(tmp_path, faults)
    for number in range(3):
        log.accept(draft(number))
    await log.call(lambda file: file.put_acked_through("the-log-before", 2))
    log.close()
    again = EventLog(tmp_path, faults, FakeClock())
    assert again.acked_through == 0
    again.close()


async def test_what_is_carried_over_speaks_of_no_number_of_the_old_log_and_one_bad_row_stops_nothing(tmp_path, faults):
    old = LogFile(tmp_path / "events.sqlite")
    gap = Gap(reason=GapReason.LOG_FULL, count=2, ranges=((1, 2),)).model_dump(mode="json")
    told = replace(draft(3, sensor="gap", type_="gap"), body=gap)
    old.append([draft(1), draft(2), told, draft(4), draft(5)])
    old.db.execute("DELETE FROM events WHERE number < 3")
    make_lax(old)
    old.db.execute("UPDATE events SET sensor = x'00ff' WHERE number = 4")
    old.db.close()
    new = LogFile(tmp_path / "new.sqlite")
    assert carry_over(tmp_path / "events.sqlite", new) == 2
    carried = [event.draft for event in new.page(0, 10)]
    assert carried[0].body == {"reason": "log_full", "count": 2, "ranges": []}
    assert carried[0].id == "id-3.carried"
    assert [one.id for one in carried[1:]] == ["id-5"]
    new.close()


def make_lax(file):
    """Lets a column hold what its type forbids, as a flipped bit does."""
    file.db.execute("PRAGMA writable_schema = ON")
    file.db.execute("UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = 'events'")
    path = file.path
    file.db.close()
    file.db = sqlite3.connect(path, isolation_level=None)


async def test_whatever_an_action_meets_in_a_rotted_file_the_thread_goes_on(tmp_path, faults):
    accepted = []
    log = open_log(tmp_path, faults, accepted)
    for error in (TypeError("no number"), OverflowError("too large"), ValueError("no time")):
        with pytest.raises(LogUnavailable, match=str(error)):
            await log.call(partial(_raise, error))
    log.accept(draft(1))
    await log.flush()
    assert [event.seq for event in accepted] == [1]
    log.close()


def _raise(error, _file):
    raise error


async def test_a_kill_before_a_damaged_log_is_carried_over_loses_none_of_its_events(tmp_path, faults):
    old = LogFile(tmp_path / "events.sqlite")
    old.append([draft(number) for number in range(1, 4)])
    old.close()
    aside = set_aside(tmp_path / "events.sqlite")  # killed here
    for _ in range(2):
        log = EventLog(tmp_path, faults, FakeClock())
        assert [event.draft.id for event in log.file.page(0, 10)] == ["id-1", "id-2", "id-3"]
        log.close()
    assert aside.exists()
    assert not list(tmp_path.glob("*.unread"))
