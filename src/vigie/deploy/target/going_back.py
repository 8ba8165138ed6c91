"""Goes back from a deployment: at once where what was started does not live, at the next run or boot where it was cut off."""

from contextlib import suppress

from vigie.deploy.target import health
from vigie.deploy.target.machine import CommandFailed, Machine
from vigie.deploy.target.releases import Releases
from vigie.deploy.target.roles import OPT, ROLES, UNDO, UNITS
from vigie.deploy.target.undo import Undo, forget


def go_back(machine: Machine, undo: Undo, started: list[str]) -> None:
    """Files, units and release as they were, and what was `started` started with them. Raises `CommandFailed`, `OSError`."""
    for unit in started:
        if undo.is_new(UNITS / unit):
            with suppress(CommandFailed):
                machine.run("systemctl", "disable", "--quiet", "--now", unit)
    put_back(undo)
    machine.run("systemctl", "daemon-reload")
    again = [unit for unit in started if not undo.is_new(UNITS / unit)]
    still = []
    if again:
        before = {unit: health.state_of(unit) for unit in again}
        machine.run("systemctl", "restart", "--no-block", *again)
        still = health.failing(before)
    forget(UNDO)
    if undo.release is None:
        machine.say("rolled back: Vigie did not run here before, and does not now")
    else:
        end = f"where {', '.join(still)} does not stay up either" if still else "which is up"
        machine.say(f"rolled back to release {undo.release}, {end}")


def put_back(undo: Undo) -> None:
    """Files and release, nothing started. Raises `OSError`."""
    undo.restore_files()
    releases = Releases(OPT)
    if undo.release is None:
        releases.run_none()
    elif releases.path(undo.release).is_dir():
        releases.switch(undo.release)


def finish(machine: Machine) -> None:
    """A deployment before this one was cut off and never judged: back. Raises `CommandFailed`, `OSError`."""
    undo = Undo.left(UNDO)
    if undo is not None and machine.change("go back from a deployment that was cut off"):
        go_back(machine, undo, [role.unit for role in ROLES.values() if (UNITS / role.unit).exists()])


def finish_at_boot() -> None:
    """The same before anything of ours has started. Raises `OSError`."""
    undo = Undo.left(UNDO)
    if undo is not None:
        put_back(undo)
        forget(UNDO)
