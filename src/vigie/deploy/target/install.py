"""Makes a machine what an order says: packages, users, release, files, units; starts it, and goes back where it does not live."""

import fcntl
import os
import signal
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

from vigie.deploy.target import health
from vigie.deploy.target.machine import CommandFailed, Machine
from vigie.deploy.target.order import FILE_NAME, Order, Removal, read
from vigie.deploy.target.releases import Releases
from vigie.deploy.target.removal import remove
from vigie.deploy.target.roles import AGENT, COMMAND, ETC, OPT, ROLES, STATE, UNITS, Role

_LOG_LINES = "20"
_SIMULATE = """\
# Written by `vigie deploy --simulate`: mock pins. Deploy without it for real ones.
[Service]
ExecStart=
ExecStart=/opt/vigie/current/bin/vigie agent --config /etc/vigie/agent.toml --simulate
"""


class Unhealthy(Exception):
    """What was started does not stay up."""

    def __init__(self, units: list[str], log: str) -> None:
        lasting = f"up for {health.STEADY_S:g} s, and connected where it was, within {health.LIMIT_S:g} s"
        super().__init__(f"{', '.join(units)}: not {lasting}\n{log}".rstrip())
        self.units = units


def main(folder: Path) -> int:
    """0 done (or nothing to do), 1 not done and everything as it was."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a connection that breaks must not leave the work half done
    order = read((folder / FILE_NAME).read_text(encoding="utf-8"))
    machine = Machine(_say, dry_run=order.dry_run)
    try:
        with open("/run/lock/vigie-deploy", "w", encoding="ascii") as lock:  # noqa: PTH123 - held, not read
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if isinstance(order, Removal):
                remove(machine, purge=order.purge)
            else:
                _Installation(machine, order, folder).run()
    except BlockingIOError:
        return _failed("another `vigie deploy` is at work on this machine; wait until it is done")
    except (CommandFailed, Unhealthy) as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"{error.filename or 'the disk'}: {error.strerror}")
    if not machine.changes and (isinstance(order, Removal) or order.roles):
        _say("nothing has changed")
    return 0


class _Installation:
    def __init__(self, machine: Machine, order: Order, folder: Path) -> None:
        self._machine = machine
        self._order = order
        self._folder = folder
        self._releases = Releases(OPT)
        self._roles = {name: role for name, role in ROLES.items() if name in order.roles or (UNITS / role.unit).exists()}
        """Those that are asked for, and those that the machine has: the release and its units are for all of them."""
        self._extras = tuple(sorted({*order.extras, *self._releases.extras()}))

    def run(self) -> None:
        """Raises `CommandFailed`, `Unhealthy`, `OSError`; then what runs is what ran before."""
        machine, order = self._machine, self._order
        machine.packages(order.packages)
        if not order.roles:
            return
        for role in self._roles.values():
            machine.user(role.user, role.groups)
        machine.folder(OPT)
        release = self._releases.make(machine, self._folder / order.wheel, self._extras, order.constraints)
        try:
            changed = self._write_files()
            if not machine.dry_run:
                self._check_configurations(release)
        except (CommandFailed, OSError):
            machine.undo_files()
            raise
        self._start(release, changed)

    def _write_files(self) -> set[str]:
        """The units that have something new to read."""
        machine, changed = self._machine, set[str]()
        machine.folder(ETC)
        machine.folder(STATE)
        machine.link(COMMAND, OPT / "current" / "bin" / "vigie")
        for file in self._order.files:
            path = Path(file.path)
            machine.folder(path.parent)
            if machine.file(path, file.content, file.mode, file.group):
                changed.add(ROLES[file.role].unit)
        for role in self._roles.values():
            if self._write_units(role):
                changed.add(role.unit)
        if "agent" in self._order.roles and self._write_drop_in():
            changed.add(AGENT.unit)
        return changed

    def _write_drop_in(self) -> bool:
        drop_in = UNITS / f"{AGENT.unit}.d" / "simulate.conf"
        if not self._order.simulate:
            return self._machine.no_file(drop_in)
        self._machine.folder(drop_in.parent)
        return self._machine.file(drop_in, _SIMULATE.encode())

    def _write_units(self, role: Role) -> bool:
        """Those of the release, which may be older than whoever puts it here."""
        with zipfile.ZipFile(self._folder / self._order.wheel) as wheel:
            found = {name: wheel.read(f"vigie/deploy/systemd/{name}") for name in (role.unit, *self._helpers(role))}
        written = [self._machine.file(UNITS / name, content) for name, content in found.items()]
        return any(written)

    def _helpers(self, role: Role) -> tuple[str, ...]:
        return role.helpers if "provision" in self._extras else ()

    def _check_configurations(self, release: str) -> None:
        """By the release that is to run with them. Raises `CommandFailed`."""
        for role in self._roles.values():
            self._machine.run(self._releases.program(release), "check-config", str(ETC / role.configuration))

    def _start(self, release: str, changed: set[str]) -> None:
        """Starts what is new, or does not run; goes back where that does not stay up. Raises `Unhealthy`."""
        machine = self._machine
        ours, helpers = self._units()
        is_new = self._releases.current != release
        due = [unit for unit in ours if is_new or unit in changed or not health.state_of(unit).is_up]
        due = [*self._order.restarts, *due]
        if is_new:
            machine.change(f"switch to release {release}")
        if due:
            machine.change(f"start {' '.join(due)}")
        if machine.dry_run or not due:
            return
        connected = [unit for unit in due if health.state_of(unit).is_connected]
        before = self._releases.switch(release)
        self._restart(due)
        machine.run("systemctl", "enable", "--quiet", *ours, *helpers)
        for name in helpers:
            machine.run("systemctl", "restart", name)
        if failing := health.failing(due, connected):
            log = _last_words(failing)
            self._go_back(before, due)
            raise Unhealthy(failing, log)
        with suppress(OSError):  # the next deployment tries again
            self._releases.forget_others()
        for unit in due:
            if status := health.state_of(unit).status:
                _say(f"{unit}: {status}")

    def _units(self) -> tuple[list[str], list[str]]:
        """The programs', and those that are enabled beside them."""
        roles = self._roles.values()
        return [role.unit for role in roles], [name for role in roles for name in self._helpers(role)[:1]]

    def _restart(self, units: list[str]) -> None:
        self._machine.run("systemctl", "daemon-reload")
        self._machine.run("systemctl", "restart", "--no-block", *units)

    def _go_back(self, before: str | None, units: list[str]) -> None:
        if before is None:
            ours, helpers = self._units()
            self._machine.run("systemctl", "disable", "--quiet", "--now", *ours, *helpers)
        self._machine.undo_files()
        if before is None:
            self._releases.run_none()
            COMMAND.unlink(missing_ok=True)
            self._machine.run("systemctl", "daemon-reload")
            _say("rolled back: nothing ran here before, and nothing runs now")
            return
        self._releases.switch(before)
        self._restart(units)
        still = health.failing(units)
        _say(
            f"rolled back to release {before}, " + (f"where {', '.join(still)} does not stay up either" if still else "which is up")
        )


def _last_words(units: list[str]) -> str:
    journal = ["journalctl", "--no-pager", "--quiet", "--output=cat", "--lines", _LOG_LINES]
    machine = Machine(_say, dry_run=False)
    lines = []
    for unit in units:
        with suppress(CommandFailed):
            lines += [f"    {line}" for line in machine.run(*journal, "--unit", unit).splitlines()]
    return "\n".join(lines)


def _failed(why: str) -> int:
    _say(f"not done: {why}")
    return 1


def _say(line: str) -> None:
    """To whoever still listens."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
