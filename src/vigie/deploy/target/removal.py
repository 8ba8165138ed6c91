"""Takes Vigie off a machine."""

import pwd
from contextlib import suppress
from pathlib import Path

from vigie.deploy.target.machine import CommandFailed, Machine
from vigie.deploy.target.roles import COMMAND, ETC, OPT, ROLES, STATE, UNITS

_BROKER_FILE = Path("/etc/mosquitto/mosquitto.conf")


def remove(machine: Machine, *, purge: bool) -> None:
    """Programs and units; with `purge` also what they kept, their secrets and their users. Raises `CommandFailed`, `OSError`."""
    for role in ROLES.values():
        for name in (role.unit, *role.helpers):
            if not (UNITS / name).exists():
                continue
            if machine.change(f"stop {name}"):
                with suppress(CommandFailed):  # a template cannot be stopped
                    machine.run("systemctl", "disable", "--now", name)
            machine.remove(UNITS / name)
            machine.remove(UNITS / f"{name}.d" / "simulate.conf")
    machine.remove(COMMAND)
    machine.remove(OPT)
    if purge:
        _give_the_broker_back(machine)
        machine.remove(ETC)
        machine.remove(STATE)
        for role in ROLES.values():
            with suppress(KeyError):
                pwd.getpwnam(role.user)
                if machine.change(f"remove the user {role.user}"):
                    machine.run("userdel", role.user)
    if machine.changes and not machine.dry_run:
        machine.run("systemctl", "daemon-reload")


def _give_the_broker_back(machine: Machine) -> None:
    """Debian's own configuration, which `vigie provision` has kept."""
    kept = _BROKER_FILE.with_name(f"{_BROKER_FILE.name}.before-vigie")
    if kept.exists() and machine.change(f"put {_BROKER_FILE} back as it was before Vigie"):
        kept.replace(_BROKER_FILE)
        machine.run("systemctl", "try-restart", "mosquitto.service")
