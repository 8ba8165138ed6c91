"""History, audit and doctor on a whole house that runs: they find everything by its folder alone."""

import json
import signal
import subprocess
import sys

import pytest

from tests.house import RunningHouse, clean_environment
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    running = RunningHouse(tmp_path_factory.mktemp("house") / "data", "--devices", "1", "--no-scenario")
    yield running
    running.stop()


def vigie(house, command, *arguments):
    argv = [sys.executable, "-m", "vigie", command, *arguments, "--data", str(house.data_dir)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, env=clean_environment())


def trigger(house):
    run = vigie(house, "trigger", "raspberry-01", "motion", "--for", "0.05")
    return [json.loads(line) for line in run.stdout.splitlines()]


def audited(house):
    run = vigie(house, "audit", "--json")
    return run.returncode, json.loads(run.stdout)["devices"][0]


def test_what_was_triggered_is_in_the_history_while_the_agent_runs(house):
    accepted = trigger(house)
    history = [json.loads(line) for line in vigie(house, "history", "--json", "--since", "1h").stdout.splitlines()]
    assert [(event["id"], event["seq"]) for event in history[-2:]] == [(event["id"], event["seq"]) for event in accepted]


def test_the_audit_proves_them_and_bites_while_the_bridge_stands_still(house):
    trigger(house)
    status, device = audited(house)
    assert (status, device["verdict"]["mark"]) == (0, "ok"), device
    house.send(signal.SIGSTOP, "bridge")
    try:
        lost = trigger(house)
        status, device = audited(house)
    finally:
        house.send(signal.SIGCONT, "bridge")
    assert (status, device["verdict"]["mark"]) == (1, "failed")
    assert device["rows"][0]["missing_ranges"] == {lost[0]["stream_id"]: [[lost[0]["seq"], lost[1]["seq"]]]}
    wait_until(lambda: audited(house)[0] == 0, "the audit is content again", within_s=30)


def test_the_doctor_finds_every_program_and_disturbs_none(house):
    before = {name: house.pid_of(name) for name in ("server", "bridge", "raspberry-01")}
    run = vigie(house, "doctor", "--json")
    findings = json.loads(run.stdout)["findings"]
    assert [finding for finding in findings if finding["mark"] == "failed"] == []
    seen = "\n".join(finding["seen"] for finding in findings)
    for words in (
        "delivers in",
        f"{house.url} answers",
        "running: vigie up",
        "agent raspberry-01",
        "spool.db is sound",
        "vigie.db is sound",
    ):
        assert words in seen
    assert {name: house.pid_of(name) for name in before} == before


def test_a_reader_that_has_had_enough_is_no_error(house):
    trigger(house)
    argv = f"{sys.executable} -m vigie history --data {house.data_dir} | head -n 1; exit ${{PIPESTATUS[0]}}"
    run = subprocess.run(["bash", "-c", argv], capture_output=True, text=True, timeout=60, env=clean_environment())
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(
    ("program", "heavy"),
    [("vigie.cli", "pydantic paho gpiozero sqlalchemy asyncio"), ("vigie.agent.app", "vigie.owner sqlalchemy fastapi")],
)
def test_help_and_the_agent_load_no_more_than_they_need(program, heavy):
    code = f"import sys, {program}; print([name for name in {heavy.split()} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == "[]\n"


_ON_A_PI = """
import sys
for absent in ("aiohttp", "alembic", "fastapi", "socketio", "sqlalchemy", "starlette", "uvicorn", *sys.argv[1:2]):
    sys.modules[absent] = None
from vigie.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("absent", ["gpiozero", "paho"])
@pytest.mark.parametrize("command", ["history", "audit", "doctor"])
def test_a_machine_with_one_program_only_has_all_of_them(house, command, absent):
    trigger(house)
    argv = [sys.executable, "-c", _ON_A_PI, absent, command, "--data", str(house.data_dir)]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=60, env={**clean_environment(), "PYTHONIOENCODING": "ascii"})
    assert (run.returncode, run.stderr) == (0, "")
