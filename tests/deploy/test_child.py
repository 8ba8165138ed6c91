"""A child's log: kept for its owner, and no reason for `vigie up` to end."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.waiting import wait_until_async
from vigie.deploy.child import Child
from vigie.runtime.clock import SystemClock


def child(log_dir: Path, code: str) -> Child:
    return Child("program", (sys.executable, "-c", code), {}, log_dir, SystemClock())


@pytest.mark.parametrize("log_dir", ["full", "missing"])
async def test_a_disk_that_takes_no_log_does_not_end_the_house(tmp_path: Path, log_dir: str):
    folder = tmp_path / log_dir
    if log_dir == "full":
        folder.mkdir()
        (folder / "program.log").symlink_to("/dev/full")
    program = child(folder, "import sys, time; print('WARNING still here', file=sys.stderr, flush=True); time.sleep(60)")
    running = asyncio.create_task(program.keep_running())
    await wait_until_async(lambda: list(program.last_words) == ["WARNING still here"], "the program speaks")
    assert not running.done()
    await program.stop()
    await running


async def test_what_a_child_says_is_kept_in_its_log(tmp_path: Path):
    program = child(tmp_path, "import sys, time; print('hello\\nworld', file=sys.stderr, flush=True); time.sleep(60)")
    running = asyncio.create_task(program.keep_running())
    await wait_until_async(lambda: len(program.last_words) == 2, "the program speaks")
    await program.stop()
    await running
    assert (tmp_path / "program.log").read_text() == "hello\nworld\n"
