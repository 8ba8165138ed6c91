"""The event log on a real disk without room: it waits, makes do, gives up the least, says so, and goes on by itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_disk import SmallDisk

ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def run(tmp_path):
    with SmallDisk(tmp_path / "disk", 8 * 2**20) as disk:

        def run_(name):
            command = [*disk.within, sys.executable, "-m", "tests.agent.disk_scenarios", name, str(disk.folder)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=90, env={**os.environ, "PYTHONPATH": ROOT})
            assert done.returncode == 0, done.stderr
            assert "Traceback" not in done.stderr
            return json.loads(done.stdout)

        yield run_


def test_on_a_disk_that_others_fill_the_reserve_serves_then_events_wait_and_none_is_missing(run):
    found = run("filled_by_others")
    assert found["on_reserve"] == 2500, "the reserve has room for thousands"
    assert found["while_full"] == [["log_full"], True]
    assert found["in_order"]


def test_the_agents_log_starts_on_a_full_disk_with_what_was_saved(run):
    found = run("started_when_full")
    assert found["mode"] == "as it was"
    assert found["full"] == [["log_full"], 200]
    assert found["in_order"]
    assert found["last_seq"] == 300


def test_a_disk_too_small_for_the_log_gives_up_minor_events_and_tells_every_number(run):
    found = run("too_small")
    assert found["complete"], "each number is in the log or told by a gap"
    assert found["detections"] == found["detections_accepted"], "no detection was given up while there were others"
    assert found["ends"] < found["detections"] - 1000


def test_a_disk_too_small_goes_on_without_loss_where_the_server_has_the_older_events(run):
    found = run("acknowledged")
    assert found == {"waiting": 0, "in_order": True}
