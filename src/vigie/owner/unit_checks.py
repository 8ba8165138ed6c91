"""systemd's word on our units, where they are installed: running, started with the machine, watched, not ending all the time."""

import subprocess
from collections.abc import Iterator, Mapping

from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, failed, ok, unseen, warning

OURS = ("sensor-publisher", "mqtt-bridge", "vigie-server")
UNITS = (*OURS, "mosquitto")
SOCKET = "vigie-enrol.socket"
MANY_RESTARTS = 3
"""A program that was killed once has come back; one that keeps on ending is ill."""
_PROPERTIES = "Id,LoadState,ActiveState,SubState,UnitFileState,Result,NRestarts,WatchdogUSec"
_ANSWER_WITHIN_S = 4.0
_STARTS_BY_ITSELF = ("enabled", "enabled-runtime", "static", "indirect", "generated", "linked", "linked-runtime")


def units(examined: Examined) -> Iterator[Finding]:
    """By `systemctl show`, which changes nothing; on a machine without systemd there is nothing to say."""
    if not (examined.root / "run/systemd/system").is_dir():  # sd_booted(3)
        return
    command = ["systemctl", "show", f"--property={_PROPERTIES}", *(f"{name}.service" for name in UNITS), SOCKET]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_WITHIN_S, check=False)  # noqa: S603 - ours
    except (OSError, subprocess.TimeoutExpired) as error:
        yield unseen("units", f"systemctl does not answer: {error}", _BY_HAND)
        return
    if shown.returncode:
        yield unseen("units", f"systemctl does not answer: {shown.stderr.strip()}", _BY_HAND)
        return
    for unit in blocks(shown.stdout):
        if (finding := judge(unit)) is not None:
            yield finding


_BY_HAND = f"`systemctl status {' '.join(UNITS)}`"


def blocks(text: str) -> Iterator[dict[str, str]]:
    """The properties of each unit, as `systemctl show` prints them: a line each, units apart by an empty one."""
    for block in text.split("\n\n"):
        if unit := dict(line.split("=", 1) for line in block.splitlines() if "=" in line):
            yield unit


def judge(unit: Mapping[str, str]) -> Finding | None:
    """What is to be said of one; None of one that is not installed, or is none of ours and is not used."""
    name = unit["Id"].removesuffix(".service")
    load, active = unit.get("LoadState", ""), unit.get("ActiveState", "")
    if load == "not-found":
        return None
    if load == "masked":
        return warning("units", f"{name} is masked: nobody can start it", f"`sudo systemctl unmask {name}`, or leave it so")
    if load != "loaded":
        return failed("units", f"{name} cannot be loaded: {load}", f"`systemctl status {name}` says why")
    if unit.get("SubState") == "auto-restart":
        seen = f"{name} ends and is started again, {unit.get('NRestarts')} times so far ({unit.get('Result')})"
        return failed("units", seen, f"`journalctl -u {name} -n 50` says why")
    if active == "failed":
        seen = f"{name} has failed ({unit.get('Result')})"
        return failed("units", seen, f"`journalctl -u {name} -n 50` says why; then `sudo systemctl restart {name}`")
    return _running(name, unit) if active in ("active", "reloading") else _resting(name, unit)


def _resting(name: str, unit: Mapping[str, str]) -> Finding | None:
    state = unit.get("ActiveState")
    if unit.get("UnitFileState") in ("enabled", "enabled-runtime"):
        return failed("units", f"{name} is enabled, and {state}", f"`sudo systemctl start {name}`")
    if name not in OURS:
        return None
    return warning(
        "units", f"{name} is installed, {state} and not enabled", f"`sudo systemctl enable --now {name}`, or leave it so"
    )


def _running(name: str, unit: Mapping[str, str]) -> Finding:
    restarts, watchdog = int(unit.get("NRestarts") or 0), unit.get("WatchdogUSec", "0")
    if unit.get("UnitFileState") not in _STARTS_BY_ITSELF:
        return warning("units", f"{name} runs, and will not after a restart of the machine", f"`sudo systemctl enable {name}`")
    if restarts >= MANY_RESTARTS:
        return warning("units", f"{name} runs, and was started again {restarts} times", f"`journalctl -u {name}` says why")
    if name in OURS and watchdog in ("0", "infinity"):
        seen = f"{name} runs without a watchdog: one that hangs would not be started again"
        return warning("units", seen, f"WatchdogSec=30 with `sudo systemctl edit {name}`")
    watched = f", watchdog {watchdog}" if name in OURS else ""
    return ok("units", f"{name} runs{watched}, started again {restarts} times" if restarts else f"{name} runs{watched}")
