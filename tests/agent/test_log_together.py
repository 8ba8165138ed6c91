"""Events and the values that they have led to are on disk together, whatever the loop does while the thread writes."""

import sqlite3

import pytest

from tests.agent.test_event_log import draft
from vigie.agent.event_log import EventLog
from vigie.agent.log_file import LogFile
from vigie.agent.log_writer import GROUP_SIZE
from vigie.agent.saved import Saved

MOMENTS = [(Saved, "write"), (LogFile, "append"), (LogFile, "insert"), (LogFile, "_keep")]


class Busy:
    """Accepts a pair of events and the value `now` of theirs each time that it is asked to, up to `pairs` of them."""

    def __init__(self, log, pairs):
        self.log, self.left, self.count, self.seen = log, pairs, 0, []

    def accept(self):
        if self.left:
            self.left -= 1
            self.count += 2
            first, second = draft(self.count - 1), draft(self.count)
            self.log.accept(first, second, values={"alarm": str(self.count)})

    def look(self, file):
        self.seen.append((file.last_seq(), int(file.value("alarm") or 0)))


def interrupt(monkeypatch, owner, name, before):
    """Calls `before` at each entry, on the writer's thread: as if the loop had got its turn just there."""
    original = getattr(owner, name)

    def interrupted(self, *arguments):
        before()
        return original(self, *arguments)

    monkeypatch.setattr(owner, name, interrupted)


def look_after_each_commit(monkeypatch, busy):
    original = LogFile.append

    def then_look(file, *arguments):
        accepted = original(file, *arguments)
        busy.look(file)
        return accepted

    monkeypatch.setattr(LogFile, "append", then_look)


@pytest.mark.parametrize(("owner", "name"), MOMENTS, ids=[name for _, name in MOMENTS])
async def test_wherever_the_loop_gets_its_turn_value_and_events_are_committed_as_one(event_log, monkeypatch, owner, name):
    busy = Busy(event_log, pairs=20)
    look_after_each_commit(monkeypatch, busy)
    interrupt(monkeypatch, owner, name, busy.accept)
    busy.accept()
    while busy.left:
        await event_log.flush()
        busy.accept()
    await event_log.commit()
    assert busy.seen[-1] == (40, 40)
    assert len(busy.seen) >= 5
    assert [pair for pair in busy.seen if pair[0] != pair[1]] == []


async def test_a_backlog_of_many_groups_is_written_with_the_values_of_what_is_written(tmp_path, faults, clock, monkeypatch):
    log = EventLog(tmp_path, faults, clock)
    busy = Busy(log, pairs=2 * GROUP_SIZE)
    log.accept(draft(0), values={"alarm": "0"})  # from here on a pair lies across the end of each group
    while busy.left:
        busy.accept()
    look_after_each_commit(monkeypatch, busy)
    log.start()
    await log.commit()
    log.close()
    assert busy.seen[-1] == (4 * GROUP_SIZE + 1, 4 * GROUP_SIZE)
    assert len(busy.seen) >= 4
    assert [pair for pair in busy.seen if pair[0] != pair[1] + 1] == []


async def test_while_the_disk_takes_nothing_the_pairs_wait_and_stay_together(event_log, monkeypatch):
    busy = Busy(event_log, pairs=10)
    is_full, original = [True], LogFile.append

    def may_fail(file, *arguments):
        if is_full[0]:
            raise sqlite3.OperationalError("disk I/O error")
        accepted = original(file, *arguments)
        busy.look(file)
        return accepted

    monkeypatch.setattr(LogFile, "append", may_fail)
    for _ in range(5):
        busy.accept()
        await event_log.flush()
    is_full[0] = False
    busy.accept()
    event_log.put_value("alarm", "12")
    await event_log.flush()
    await event_log.commit()
    assert busy.seen[-1] == (12, 12)
    assert [pair for pair in busy.seen if pair[0] != pair[1]] == []
