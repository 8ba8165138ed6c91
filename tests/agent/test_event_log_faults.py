"""The event log on a dying card: what has rotted or cannot be replaced now must not end the accepting of events."""

import sqlite3

from tests.agent.test_event_log import draft, open_log
from tests.waiting import wait_until_async
from vigie.agent import log_writer
from vigie.agent.event_log import EventLog
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
