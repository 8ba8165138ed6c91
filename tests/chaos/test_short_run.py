"""Every kind of fault once, on a whole site, with the very command of `make chaos`."""

import json
import subprocess
import sys
from pathlib import Path

from tests.chaos.schedule import Fault, plan
from tests.house import clean_environment

SEED = 4
ROOT = Path(__file__).parents[2]
_WITHIN_S = 240


def test_a_short_run_loses_doubles_and_invents_nothing(tmp_path):
    options = f"--seed {SEED} --kills 0 --events 0 --agents 2 --pace 0.5 --settle 90"
    argv = [sys.executable, "-m", "tests.chaos", *options.split(), "--folder", str(tmp_path)]
    run = subprocess.run(argv, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=_WITHIN_S)
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["faults_done"].keys() == set(Fault)
    assert result["verdict"]["accepted"] > 1000
    schedule = json.loads((tmp_path / "schedule.json").read_text())
    assert [step["fault"] for step in schedule] == [step.fault for step in plan(SEED, ("pi-1", "pi-2"), kills=0, pace=0.5)]
