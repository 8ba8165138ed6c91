"""The wheel as a stranger installs it: it holds the dashboard, and `vigie up` runs a house from it."""

import importlib.metadata
import subprocess
import sys
import urllib.request
from pathlib import Path

import vigie
from tests.e2e.tools import trigger
from tests.house import RunningHouse
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


def test_what_is_tested_here_is_the_installed_package():
    assert ROOT / "src" not in Path(vigie.__file__).parents
    assert importlib.metadata.version("vigie") == vigie.__version__


def test_the_three_programs_are_on_the_path():
    for name in ("vigie", "sensor-publisher", "mqtt-bridge"):
        subprocess.run([Path(sys.executable).parent / name, "--help"], check=True, capture_output=True)


def test_a_house_runs_from_the_wheel_with_its_dashboard(tmp_path):
    house = RunningHouse(tmp_path / "data", "--no-scenario")
    try:
        with urllib.request.urlopen(house.url, timeout=10) as answer:
            assert b'<div id="root">' in answer.read()
        accepted = trigger(house.data_dir, "raspberry-01", "motion")
        wait_until(lambda: len(house.events()) == len(accepted), "the events are stored")
    finally:
        assert house.stop() == 0
