"""Back-off, identifiers and systemd's datagrams."""

import asyncio
import socket
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.small_disk import SmallDisk
from vigie.runtime import sdnotify
from vigie.runtime.backoff import Backoff
from vigie.runtime.claim import FolderInUse, FolderUnusable, claim
from vigie.runtime.ids import boot_id, new_id
from vigie.runtime.task_groups import first_failure, in_own_task


def test_delays_grow_to_the_cap_and_start_again_after_a_reset():
    backoff = Backoff(base_s=1.0, cap_s=8.0, jitter=lambda: 1.0)
    assert [backoff.next_delay_s() for _ in range(6)] == [1, 2, 4, 8, 8, 8]
    backoff.reset()
    assert backoff.next_delay_s() == 1


@given(st.floats(0, 1), st.integers(1, 200))
def test_a_delay_is_never_zero_and_never_above_the_cap(jitter, attempts):
    backoff = Backoff(base_s=0.5, cap_s=30.0, jitter=lambda: jitter)
    assert all(0.05 <= backoff.next_delay_s() <= 30.0 for _ in range(attempts))


def test_ids_are_version_7_and_sort_by_time():
    ids = [new_id(datetime(2026, 11, 23, 19, 14, second, tzinfo=UTC)) for second in range(20)]
    assert all(earlier < later for earlier, later in pairwise(ids))
    assert {UUID(text).version for text in ids} == {7}


def test_an_id_can_be_made_before_1970():
    assert new_id(datetime(1969, 12, 31, tzinfo=UTC)) < new_id(datetime(2026, 1, 1, tzinfo=UTC))


def test_the_boot_id_stays_the_same_within_one_boot():
    assert boot_id() == boot_id() != ""


def test_readiness_reaches_systemd(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        sdnotify.notify("READY=1")
        assert systemd.recv(64) == b"READY=1"


def test_without_systemd_nothing_happens(monkeypatch, tmp_path):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    sdnotify.notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    sdnotify.notify("READY=1")


def test_a_folder_has_one_owner_until_it_lets_go(tmp_path):
    folder = tmp_path / "deep" / "data"
    with claim(folder, "agent"):
        with pytest.raises(FolderInUse, match=f"another agent already uses {folder}; stop it, or set VIGIE_DATA"):
            claim(folder, "agent")
        claim(folder, "bridge").close()
    claim(folder, "agent").close()


def test_where_no_lock_file_fits_the_folder_itself_keeps_a_second_owner_out(tmp_path):
    with SmallDisk(tmp_path / "disk", 2**20, max_files=32) as disk:
        folder = disk.path / "data"
        folder.mkdir()
        disk.use_up_files()
        with claim(folder, "agent"):
            with pytest.raises(FolderInUse):
                claim(folder, "agent")
            disk.free()
            with pytest.raises(FolderInUse):
                claim(folder, "agent")
        claim(folder, "agent").close()
        assert (folder / "agent.lock").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match=r"file/data cannot be written .*; set VIGIE_DATA"):
        claim(tmp_path / "file" / "data", "agent")


async def test_a_task_group_that_fails_in_its_own_task_leaves_ours_alone():
    async def fail() -> None:
        raise OSError("gone")

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())

    with pytest.raises(ExceptionGroup) as failed:
        await in_own_task(group(), "group")
    assert str(first_failure(ExceptionGroup("deeper", [failed.value]))) == "gone"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()


async def test_cancelling_the_caller_ends_its_own_task():
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    caller = asyncio.create_task(in_own_task(work(), "work"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended.is_set()


async def test_a_task_group_that_fails_while_it_is_cancelled_is_cancelled():
    connection_lost = asyncio.Event()

    async def session() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(asyncio.Event().wait())

    async def fail() -> None:
        try:
            await connection_lost.wait()
        finally:
            raise ConnectionError

    caller = asyncio.create_task(in_own_task(session(), "session"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
