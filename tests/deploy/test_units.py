"""The systemd units: systemd itself understands them, and finds little that they may do."""

import configparser
import re
import subprocess
from importlib import resources
from pathlib import Path

import pytest

from vigie.deploy.bundle import ENROL_SOCKET, ROOTS_SITE

UNITS = {"sensor-publisher.service": "agent", "mqtt-bridge.service": "bridge", "vigie-server.service": "server"}
HELPERS = {"vigie-enrol@.service": "enrol", "vigie-undo.service": "undo"}
"""Started by a socket for one question; at boot, where a deployment was cut off."""
FOLDER = Path(str(resources.files("vigie.deploy") / "systemd"))
MAX_EXPOSURE = 2.5


def read(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    unit.read_string((FOLDER / name).read_text(encoding="utf-8"))
    return unit


def test_there_is_a_unit_for_each_program():
    assert {path.name for path in FOLDER.glob("*.service")} == UNITS.keys() | HELPERS.keys()
    assert [path.name for path in FOLDER.glob("*.socket")] == ["vigie-enrol.socket"]


@pytest.mark.parametrize("name", [*UNITS, *HELPERS])
def test_systemd_finds_little_that_it_may_do(name: str):
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(FOLDER / name)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found, said
    assert float(found[1]) <= MAX_EXPOSURE


@pytest.mark.parametrize("name", [*UNITS, *HELPERS, "vigie-enrol.socket"])
def test_systemd_understands_every_line(name: str, tmp_path: Path):
    for path in (FOLDER / name, *FOLDER.glob("vigie-enrol@.service")):
        text = path.read_text(encoding="utf-8").replace("/opt/vigie/current/bin/vigie", "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / name)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    ours = [line for line in said.stderr.splitlines() if name in line]
    assert ours == []


def test_the_agent_may_ask_whether_the_clock_is_set():
    text = (FOLDER / "sensor-publisher.service").read_text(encoding="utf-8")
    allowed, denied = re.findall(r"^SystemCallFilter=(.*)$", text, re.MULTILINE)
    assert {"adjtimex", "clock_adjtime", "clock_adjtime64"} <= set(allowed.split()), "or its events say `clock unsynced` for ever"
    assert denied.startswith("~")
    assert "@clock" not in denied
    assert "ProtectClock=no" in text
    assert "CapabilityBoundingSet=\n" in text, "so it cannot set it"


@pytest.mark.parametrize(("name", "program"), UNITS.items())
def test_it_starts_its_program_is_watched_and_started_again_for_ever(name: str, program: str):
    unit = read(name)
    service = unit["Service"]
    assert service["ExecStart"].split()[1] == program
    assert (service["Type"], service["Restart"], service["WatchdogSec"]) == ("notify", "always", "30")
    assert unit["Unit"]["StartLimitIntervalSec"] == "0", "it must never end as failed"
    assert service["User"] not in ("root", ""), "it is not root"
    assert "network-online.target" not in unit["Unit"].get("After", ""), "it starts without a network"


def test_who_signs_is_started_by_the_server_alone_has_no_network_and_ends_by_itself():
    socket, service = read("vigie-enrol.socket")["Socket"], read("vigie-enrol@.service")["Service"]
    assert socket["ListenStream"] == str(ENROL_SOCKET)
    assert (socket["SocketMode"], socket["SocketGroup"], socket["Accept"]) == ("0660", "vigie-server", "yes")
    assert int(socket["MaxConnections"]) <= 4
    assert service["ExecStart"].split()[1:] == ["enrol", "--site", str(ROOTS_SITE)]
    assert (service["StandardInput"], service["StandardOutput"]) == ("socket", "socket")
    # Tried with these three under setpriv: without the second one the broker is not found in Debian's /run/mosquitto, and not told.
    assert service["CapabilityBoundingSet"] == "CAP_CHOWN CAP_DAC_READ_SEARCH CAP_KILL"
    assert (service["PrivateNetwork"], service["RestrictAddressFamilies"]) == ("yes", "AF_UNIX")
    assert int(service["RuntimeMaxSec"]) < 30, "the server waits 30 s"
