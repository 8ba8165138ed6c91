"""Takes Vigie off a machine."""

import pwd
from contextlib import suppress

from vigie.deploy.target.machine import CommandFailed, Machine
from vigie.deploy.target.roles import BROKER_FILE, BROKER_UNIT, COMMAND, ETC, OPT, ROLES, STATE, UNDO_UNIT, UNITS


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
            drop_in = UNITS / f"{name}.d" / "simulate.conf"
            if drop_in.exists():
                machine.remove(drop_in)
                with suppress(OSError):  # the owner's own are in it
                    drop_in.parent.rmdir()
    if (UNITS / UNDO_UNIT).exists() and machine.change(f"remove {UNDO_UNIT}"):
        machine.run("systemctl", "disable", "--quiet", UNDO_UNIT)
        (UNITS / UNDO_UNIT).unlink()
    if COMMAND.is_symlink() and COMMAND.readlink().is_relative_to(OPT):
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
    kept = BROKER_FILE.with_name(f"{BROKER_FILE.name}.before-vigie")
    if kept.exists() and machine.change(f"put {BROKER_FILE} back as it was before Vigie"):
        kept.replace(BROKER_FILE)
        machine.run("systemctl", "try-restart", BROKER_UNIT)
