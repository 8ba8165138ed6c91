"""The event log: numbers that are never given twice, patience with a full disk, nothing lost by a kill."""

import sqlite3
import subprocess
import sys

import pytest

from tests.waiting import wait_until_async
from vigie.agent import log_file, log_writer
from vigie.agent.event_log import EventLog
from vigie.agent.log_file import Draft, LogFile, read_events
from vigie.protocol.events import ClockQuality, from_sensor_payload
from vigie.protocol.topics import DeviceTopic
from vigie.testing import FakeClock


def draft(number, sensor="motion", type_="motion_detected", boot_id="boot"):
    return Draft(
        id=f"id-{number}",
        sensor=sensor,
        kind=None,
        type=type_,
        body={"state": "detected", "n": number},
        occurred_at=None,
        mono_ms=number,
        boot_id=boot_id,
        clock=ClockQuality.UNSYNCED,
    )


def open_log(folder, faults, accepted=None, clock=None, **options):
    log = EventLog(folder, faults, clock or FakeClock(), **options)
    if accepted is not None:
        log.on_accepted.append(accepted.append)
    log.start()
    return log


async def test_events_are_numbered_in_order_and_survive(tmp_path, faults):
    accepted = []
    log = open_log(tmp_path, faults, accepted)
    for number in range(1, 601):
        log.accept(draft(number))
    await log.flush()
    log.close()
    assert [event.seq for event in accepted] == list(range(1, 601))
    again = EventLog(tmp_path, faults, FakeClock())
    assert (again.stream_id, again.last_seq) == (accepted[0].stream_id, 600)
    assert [event.payload() for event in read_events(tmp_path / "events.sqlite")] == [event.payload() for event in accepted]
    again.close()


async def test_a_payload_reads_as_an_event(tmp_path, faults, clock):
    accepted = []
    log = open_log(tmp_path, faults, accepted)
    log.accept(draft(7))
    await log.flush()
    log.close()
    topic = DeviceTopic("sensors", "raspberry-01", "motion")
    event = from_sensor_payload(topic, accepted[0].payload(), received_at=clock.now(), new_id="unused")
    assert (event.id, event.seq, event.stream_id, event.type) == ("id-7", 1, log.stream_id, "motion_detected")
    assert event.details == {"state": "detected", "n": 7}


def test_numbers_go_on_after_everything_was_pruned(tmp_path):
    file = LogFile(tmp_path / "events.sqlite")
    file.append([draft(1), draft(2)])
    file.db.execute("DELETE FROM events")
    assert file.last_seq() == 2
    assert file.append([draft(3)])[0].seq == 3
    file.close()


def test_every_commit_is_synchronous_and_in_wal(tmp_path):
    file = LogFile(tmp_path / "events.sqlite")
    assert file.db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert file.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    file.close()


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\x00" + b"\xff" * 4096, b"not a database at all, but long enough " * 50])
def test_a_damaged_file_gives_a_new_stream_and_keeps_the_old_bytes(tmp_path, faults, damage):
    old = EventLog(tmp_path, faults, FakeClock())
    old.file.append([draft(1)])
    stream_id = old.stream_id
    old.close()
    (tmp_path / "events.sqlite").write_bytes(damage)
    log = EventLog(tmp_path, faults, FakeClock())
    assert log.stream_id != stream_id
    assert log.last_seq == 0
    if damage:
        assert "log_corrupt" in faults
        assert (tmp_path / "events.sqlite.corrupt-1").read_bytes() == damage
    log.close()


def fill_disk(file, *, full):
    """Makes SQLite say that the disk is full, as it does when a file system is: no page may be added."""
    pages = file.db.execute("PRAGMA page_count").fetchone()[0]
    file.db.execute(f"PRAGMA max_page_count = {pages if full else 1_000_000}")


async def test_while_the_disk_is_full_events_wait_and_are_committed_later(tmp_path, faults, monkeypatch):
    monkeypatch.setattr(log_writer, "RETRY_S", 0.01)
    accepted = []
    log = open_log(tmp_path, faults, accepted)
    await log.call(lambda file: fill_disk(file, full=True))
    for number in range(1, 501):
        log.accept(draft(number))
    await wait_until_async(lambda: "log_full" in faults, "the fault shows")
    held_back = 500 - len(accepted)
    assert held_back > 0
    await log.call(lambda file: fill_disk(file, full=False))
    await wait_until_async(lambda: len(accepted) == 500, "all are committed")
    assert [event.draft.mono_ms for event in accepted] == list(range(1, 501))
    assert "log_full" not in faults
    log.close()


async def test_when_memory_is_full_too_detections_are_kept_longest(tmp_path, faults, monkeypatch):
    monkeypatch.setattr(log_writer, "RETRY_S", 0.01)
    monkeypatch.setattr(log_writer, "MAX_WAITING", 4)
    accepted = []
    log = open_log(tmp_path, faults, accepted)
    await log.call(lambda file: file.db.execute("PRAGMA query_only = ON"))
    log.accept(draft(0))
    await wait_until_async(lambda: "log_full" in faults, "the fault shows")
    for number in range(1, 5):
        log.accept(draft(number, type_="motion_ended" if number % 2 else "motion_detected"))
        await wait_until_async(lambda number=number: log.waiting == min(number + 1, 4), "the writer has put them back")
    await log.call(lambda file: file.db.execute("PRAGMA query_only = OFF"))
    await wait_until_async(lambda: len(accepted) == 5, "the rest is committed")
    assert [event.draft.mono_ms for event in accepted[:4]] == [0, 2, 3, 4]
    assert accepted[4].draft.type == "gap"
    assert accepted[4].draft.body == {"reason": "memory_full", "count": 1, "ranges": []}
    assert "log_overflow" not in faults, "it is told by the gap"
    log.close()


async def test_a_file_damaged_while_it_is_open_is_replaced_and_the_event_kept(tmp_path, faults):
    accepted = []
    log = open_log(tmp_path, faults, accepted)
    log.accept(draft(1))
    await log.flush()
    first_stream = log.stream_id

    def damage(file):
        file.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path = tmp_path / "events.sqlite"
        path.write_bytes(b"\xff" * path.stat().st_size)
        file.db.close()
        file.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    await log.call(damage)
    log.accept(draft(2))
    await wait_until_async(lambda: len(accepted) == 2, "it is accepted in a new log")
    assert (accepted[1].seq, accepted[1].stream_id != first_stream, log.stream_id) == (1, True, accepted[1].stream_id)
    assert "log_corrupt" in faults
    log.close()


def test_kill_9_in_the_middle_of_commits_leaves_every_reported_event(tmp_path):
    code = f"""
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {str(sys.path[0])!r})
from tests.agent.test_event_log import draft, open_log
from vigie.agent.faults import Faults
async def main():
    log = open_log(Path({str(tmp_path)!r}), Faults())
    log.on_accepted.append(lambda event: print(event.seq, flush=True))
    number = 0
    while True:
        number += 1
        log.accept(draft(number))
        await log.flush()
asyncio.run(main())
"""
    reported = []
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            reported.append(int(line))
            if len(reported) == 50:
                break
        process.kill()
        reported += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    kept = [event.seq for event in read_events(tmp_path / "events.sqlite")]
    assert set(reported) <= set(kept)
    assert kept == list(range(1, len(kept) + 1))


def test_only_the_last_commands_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(log_file, "KEPT_COMMANDS", 10)
    file = LogFile(tmp_path / "events.sqlite")
    for number in range(15):
        file.put_command(f"c{number}", {"status": "done"})
    assert list(file.command_results()) == [f"c{number}" for number in range(5, 15)]
    file.close()
