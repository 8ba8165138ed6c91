"""What survives a damaged log: the events that can be read, what the device must remember, and a start in any case."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from tests.agent.test_event_log import draft, open_log
from tests.waiting import wait_until_async
from vigie.agent.device import Device
from vigie.agent.event_log import LogUnavailable
from vigie.agent.log_file import LogFile
from vigie.agent.pins import mock_factory
from vigie.agent.settings import AgentSettings
from vigie.agent.waiting_room import WaitingRoom
from vigie.protocol.events import ClockQuality

PAGE_BYTES = 4096


def write_log(path, count=2000, acked=500):
    file = LogFile(path)
    file.append([draft(number) for number in range(1, count + 1)])
    file.put_acked_through(file.stream_id, acked)
    file.put_value("mode", "kept")
    file.put_command("c-1", {"status": "done"})
    file.close()
    return file.stream_id


def damage_page_of(path, number):
    """Makes the page that holds a row, and nothing else, unreadable."""
    data = path.read_bytes()
    position = data.index(f"id-{number}motion".encode())
    start = position // PAGE_BYTES * PAGE_BYTES
    path.write_bytes(data[:start] + b"\xff" * PAGE_BYTES + data[start + PAGE_BYTES :])


async def test_unacknowledged_events_around_a_damaged_page_are_carried_over_with_their_ids(tmp_path, faults):
    path = tmp_path / "events.sqlite"
    old_stream = write_log(path)
    damage_page_of(path, 1000)
    log = open_log(tmp_path, faults)
    assert log.stream_id == old_stream, "the damage is not where the log looks at its start"
    page = await log.call(lambda file: file.page(500, 100))
    assert page[0].seq == 501
    for _ in range(2):
        log.accept(draft(3000))
        await log.flush()
    with pytest.raises(LogUnavailable, match="another file"):
        await read_all(log, old_stream)
    await wait_until_async(lambda: log.stream_id != old_stream, "a new log is begun")
    ids = [event.draft.id for event in await log.call(lambda file: file.page(0, 5000))]
    assert ids == sorted(ids, key=lambda id_: int(id_[3:])), "in order"
    assert len(ids) > 1400, "only one page of them is lost"
    assert "id-1000" not in ids
    assert {"id-501", "id-2000", "id-3000"} <= set(ids), "from both sides of the damage"
    assert "id-500" not in ids, "the server has that one"
    assert "log_corrupt" in faults
    log.close()


async def read_all(log, stream_id):
    def read(file):
        if file.stream_id != stream_id:
            raise ValueError("another file")
        return file.page(0, 5000)

    return await log.call(read)


async def test_values_and_commands_are_written_into_the_log_that_takes_the_place_of_a_damaged_one(tmp_path, faults):
    write_log(tmp_path / "events.sqlite")
    log = open_log(tmp_path, faults)
    log.put_value("servo_deg", "12.5")
    await log.put_command("c-2", {"status": "rejected"})

    def destroy(file):
        file.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.path.write_bytes(b"\xff" * file.path.stat().st_size)
        file.db.close()
        file.db = sqlite3.connect(file.path, isolation_level=None, check_same_thread=False)

    await log.call(destroy)
    log.accept(draft(1))
    await wait_until_async(lambda: "log_corrupt" in faults and not log.waiting, "it is replaced")
    await log.flush()
    log.close()
    file = LogFile(tmp_path / "events.sqlite")
    assert (file.value("mode"), file.value("servo_deg")) == ("kept", "12.5")
    assert list(file.command_results()) == ["c-1", "c-2"]
    file.close()


def make_device(folder, clock):
    settings = AgentSettings.model_validate({"device_id": "raspberry-01", "data_dir": str(folder)})
    return Device(settings, mock_factory(), clock, simulated=True)


@pytest.mark.parametrize("value", ["", "nan", "inf", "twelve", "{", "1e999", "\x00", "9" * 400])
async def test_saved_values_that_have_rotted_do_not_keep_the_agent_from_starting(tmp_path, clock, value):
    LogFile(tmp_path / "events.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db, db:
        for name in ("servo_deg", "mode", "acked_through", "deleted"):
            db.execute("INSERT INTO values_by_name VALUES (?, ?)", (name, value))
        db.execute("INSERT INTO commands (command_id, result) VALUES ('c', ?)", (value,))
    device = make_device(tmp_path, clock)
    assert device.log.acked_through == 0
    device.close()


async def test_text_that_is_no_utf_8_does_not_keep_the_agent_from_starting_or_replaying(tmp_path, clock):
    file = LogFile(tmp_path / "events.sqlite")
    file.append([draft(1), draft(2)])
    file.put_value("mode", "x")
    file.put_value("servo_deg", "5")
    file.close()
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db, db:
        db.execute("UPDATE values_by_name SET value = CAST(x'ff41' AS TEXT)")
        db.execute("UPDATE events SET sensor = CAST(x'ff41' AS TEXT) WHERE number = 1")
    device = make_device(tmp_path, clock)
    assert [event.seq for event in device.log.file.page(0, 10)] == [1, 2]
    device.close()


async def test_the_times_of_events_from_before_the_clock_was_known_are_filled_in(tmp_path, clock):
    is_synced = [False]
    device = make_device(tmp_path, clock)
    device.wall._was_synced, device.wall._is_synced = False, lambda: is_synced[0]
    device.start()
    owed = []
    device.log.on_owed.append(owed.append)
    device.log.accept(draft(1_000_000, boot_id=device.pulse.boot_id))
    await device.log.flush()
    happened_at = clock.now()
    is_synced[0] = True
    keeping = asyncio.ensure_future(device.keep_times())
    await wait_until_async(lambda: owed == [1], "it is owed again")
    (event,) = await device.log.call(lambda file: file.page(0, 10))
    assert (event.draft.occurred_at, event.draft.clock) == (happened_at, ClockQuality.SYNCED)
    keeping.cancel()
    device.close()


def test_a_full_waiting_room_keeps_what_matters_in_order():
    room = WaitingRoom(4)
    for number, type_ in enumerate(
        ["motion_ended", "motion_detected", "gap", "motion_ended", "motion_detected", "motion_detected"]
    ):
        room.add(draft(number, type_=type_))
    assert not room.add(draft(6, type_="motion_ended")), "a minor one pushes out none that matters more"
    taken = room.take(2)
    assert [item.mono_ms for _, item in taken] == [1, 2]
    room.add(draft(7, type_="motion_detected"))
    room.put_back(taken)
    assert [item.mono_ms for _, item in room.take(10)] == [2, 4, 5, 7]
    assert room.given_up == 4
