"""The doctor on systemd's units: judged by what `systemctl show` prints, asked only where systemd runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from vigie.owner import doctor, unit_checks
from vigie.owner.findings import Mark
from vigie.runtime.clock import SystemClock

RUNS = {
    "Id": "sensor-publisher.service",
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "UnitFileState": "enabled",
    "Result": "success",
    "NRestarts": "0",
    "WatchdogUSec": "30s",
}
MOSQUITTO = {"Id": "mosquitto.service", "WatchdogUSec": "0"}
SOCKET = {"Id": "vigie-enrol.socket", "NRestarts": "", "WatchdogUSec": ""}
RESTS = {"ActiveState": "inactive", "SubState": "dead"}


@pytest.mark.parametrize(
    ("changed", "mark", "said"),
    [
        ({}, Mark.OK, "sensor-publisher runs, watchdog 30s"),
        ({"NRestarts": "2"}, Mark.OK, "started again 2 times"),
        ({"NRestarts": "3"}, Mark.WARNING, "started again 3 times"),
        ({"WatchdogUSec": "0"}, Mark.WARNING, "without a watchdog"),
        ({"UnitFileState": "disabled"}, Mark.WARNING, "not after a restart of the machine"),
        ({"ActiveState": "failed", "SubState": "failed", "Result": "watchdog"}, Mark.FAILED, "has failed (watchdog)"),
        ({"ActiveState": "activating", "SubState": "auto-restart", "NRestarts": "9"}, Mark.FAILED, "started again, 9 times"),
        (RESTS, Mark.FAILED, "is enabled, and inactive"),
        ({**RESTS, "UnitFileState": "disabled"}, Mark.WARNING, "installed, inactive and not enabled"),
        ({"LoadState": "masked", **RESTS}, Mark.WARNING, "is masked"),
        ({"LoadState": "bad-setting", **RESTS}, Mark.FAILED, "cannot be loaded: bad-setting"),
        (MOSQUITTO, Mark.OK, "mosquitto runs"),
        (SOCKET, Mark.OK, "vigie-enrol.socket runs"),
        ({**SOCKET, **RESTS}, Mark.FAILED, "vigie-enrol.socket is enabled, and inactive"),
    ],
)
def test_a_unit_is_judged(changed: dict[str, str], mark: Mark, said: str):
    found = unit_checks.judge({**RUNS, **changed})
    assert found is not None
    assert found.mark is mark
    assert said in found.seen.replace("will not after", "not after")
    assert bool(found.mend) == (mark is not Mark.OK)


@pytest.mark.parametrize(
    "changed",
    [{"LoadState": "not-found"}, {**MOSQUITTO, **RESTS, "UnitFileState": "disabled"}, {**SOCKET, **RESTS, "UnitFileState": ""}],
)
def test_of_what_is_not_installed_or_not_used_nothing_is_said(changed: dict[str, str]):
    assert unit_checks.judge({**RUNS, **changed}) is None


@pytest.fixture
def booted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A machine of systemd, whose `systemctl` the test writes."""
    (tmp_path / "root/run/systemd/system").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")

    def look(script: str) -> list[tuple[Mark, str]]:
        (tmp_path / "bin/systemctl").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin/systemctl").chmod(0o755)
        examined = replace(doctor.examine(tmp_path, None, {}, SystemClock()), root=tmp_path / "root")
        return [(finding.mark, finding.seen) for finding in unit_checks.units(examined)]

    return look


def test_systemd_is_asked_for_ours_only(booted):
    text = "\n".join(f"{name}={value}" for name, value in RUNS.items())
    gone = "Id=mqtt-bridge.service\nLoadState=not-found"
    said = booted(
        f'[ "$1" = show ] || exit 9\ncase "$*" in *vigie-server.service*) ;; *) exit 8;; esac\ncat <<X\n{text}\n\n{gone}\nX'
    )
    assert said == [(Mark.OK, "sensor-publisher runs, watchdog 30s")]


def test_a_systemd_that_does_not_answer_is_no_fault_of_the_units(booted):
    ((mark, said),) = booted("echo 'Failed to connect to bus' >&2; exit 1")
    assert (mark, said) == (Mark.UNSEEN, "systemctl does not answer: Failed to connect to bus")


def test_a_machine_without_systemd_says_nothing(tmp_path: Path):
    examined = replace(doctor.examine(tmp_path, None, {}, SystemClock()), root=tmp_path)
    assert list(unit_checks.units(examined)) == []
