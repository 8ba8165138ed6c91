"""Background work that fails: it is logged, seen in the health, started again; and what a full disk held up is caught up."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.waiting import wait_until_async
from vigie.protocol.states import Mode, ModeRecord
from vigie.server.app import _recall, _supervised, _wire
from vigie.server.devices import SAVE_AFTER_S
from vigie.server.errors import DatabaseUnusable
from vigie.server.settings import ServerSettings
from vigie.server.store.database import Database, open_database
from vigie.server.store.store import Store
from vigie.testing.fake_clock import FakeClock


class Silent:
    """Socket.IO with nobody connected."""

    def register_namespace(self, _namespace: object) -> None:
        pass


def opened(tmp_path: Path) -> Database:
    return open_database(f"sqlite:///{tmp_path / 'vigie.db'}")


async def test_a_failed_task_is_shown_and_started_again(tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture):
    parts = _wire(Store(opened(tmp_path)), Silent(), clock, ServerSettings(data_dir=tmp_path))
    started: list[float] = []

    async def work() -> None:
        started.append(clock.monotonic())
        if len(started) == 1:
            raise ZeroDivisionError("a mistake of ours")
        await asyncio.Event().wait()

    task = asyncio.create_task(_supervised(parts, "count sheep", work))
    await clock.advance(2)
    assert len(started) == 2
    assert parts.faults == {"count sheep": "failed"}
    assert "ZeroDivisionError: a mistake of ours" in caplog.text
    task.cancel()
    await parts.store.close()


async def test_a_mode_that_could_not_be_written_is_written_when_the_disk_has_room(tmp_path: Path, clock: FakeClock):
    database = opened(tmp_path)
    parts = _wire(Store(database), Silent(), clock, ServerSettings(data_dir=tmp_path))
    keeping = asyncio.create_task(parts.mode.keep_for_ever())
    await parts.store.write(lambda connection: connection.execute(text("ALTER TABLE site RENAME TO hidden")))
    await parts.mode.take_reported(ModeRecord(mode=Mode.NIGHT, stamp=(1, 0, "pi")))
    assert parts.mode.state.mode is Mode.NIGHT
    assert not await parts.store.is_answering()
    await parts.store.write(lambda connection: connection.execute(text("ALTER TABLE hidden RENAME TO site")))

    async def written() -> str | None:
        await clock.advance(5)
        return await parts.store.read(lambda connection: connection.scalar(text("SELECT value FROM site")))

    assert '"night"' in str(await wait_until_async(written, "the mode is in the table"))
    keeping.cancel()
    await parts.store.close()


async def test_what_devices_say_costs_one_commit_a_second_however_much_they_say(tmp_path: Path, clock: FakeClock):
    parts = _wire(Store(opened(tmp_path)), Silent(), clock, ServerSettings(data_dir=tmp_path))
    keeping = asyncio.create_task(parts.devices.save_for_ever())

    async def written() -> str | None:
        return await parts.store.read(lambda connection: connection.scalar(text("SELECT states FROM devices")))

    for number in range(50):
        parts.devices.take_state("raspberry-01", "servo", {"angle_deg": number})
        await clock.advance(SAVE_AFTER_S / 100)
    assert await written() is None
    await clock.advance(SAVE_AFTER_S)
    assert '"angle_deg":49' in str(await wait_until_async(written, "the newest state is in the table"))
    keeping.cancel()
    await parts.store.close()


async def test_a_database_that_cannot_be_read_stops_the_start(tmp_path: Path, clock: FakeClock):
    database = opened(tmp_path)
    store = Store(database)
    await store.write(lambda connection: connection.execute(text("DROP TABLE streams")))
    with pytest.raises(DatabaseUnusable, match="no such table: streams"):
        _recall(_wire(store, Silent(), clock, ServerSettings(data_dir=tmp_path)), database, on_loopback=True)
    await store.close()
