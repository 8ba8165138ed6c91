"""Makes a machine what an order says: packages, users, release, files, units; starts it, and goes back where it does not live."""

import subprocess
import zipfile
from contextlib import suppress
from pathlib import Path

from vigie.deploy.target import applied, health
from vigie.deploy.target.going_back import go_back
from vigie.deploy.target.machine import CommandFailed, Machine
from vigie.deploy.target.order import Order, TargetFile
from vigie.deploy.target.releases import Releases
from vigie.deploy.target.roles import AGENT, APPLIED, COMMAND, ETC, OPT, ROLES, STATE, TOOL, UNDO, UNDO_UNIT, UNITS, Role
from vigie.deploy.target.undo import Undo, forget

_LOG_LINES = "20"
_STAGED = OPT / "staged"
_SIMULATE = b"""\
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


class Installation:
    """Of one order, whose wheel is in `folder`."""

    def __init__(self, machine: Machine, order: Order, folder: Path) -> None:
        self._machine = machine
        self._order = order
        self._folder = folder
        self._releases = Releases(OPT)
        self._roles = {name: role for name, role in ROLES.items() if name in order.roles or (UNITS / role.unit).exists()}
        """Those that are asked for, and those that the machine has: the release and its units are for all of them."""
        self._extras = {**self._releases.extras(), **order.extras}

    def run(self) -> list[str]:
        """The units that run and do not reach the broker. Raises `CommandFailed`, `Unhealthy`, `OSError`; then what runs is what
        ran before.
        """
        machine, order = self._machine, self._order
        machine.packages(order.packages)
        if not order.roles:
            return []
        for role in self._roles.values():
            machine.user(role.user, role.groups)
        for path in (OPT, ETC, STATE, *(Path(file.path).parent for file in order.files)):
            machine.folder(path)
        release = self._releases.make(machine, self._folder / order.wheel, self._extras, order.constraints)
        files = [*order.files, *self._unit_files(), *self._drop_in()]
        for file in files:
            if file.is_secret:
                self._put(file)
        if not machine.dry_run:
            self._check_configurations(release)
        self._prepare_to_go_back()
        return self._settle(release, files)

    def _put(self, file: TargetFile) -> None:
        self._machine.file(Path(file.path), file.content, file.mode, file.group)

    def _unit_files(self) -> list[TargetFile]:
        """Those of the release, which may be older than whoever puts it here. Raises `CommandFailed`."""
        found = []
        with zipfile.ZipFile(self._folder / self._order.wheel) as wheel:
            for role in self._roles.values():
                for name in (role.unit, *self._helpers(role)):
                    try:
                        content = wheel.read(f"vigie/deploy/systemd/{name}")
                    except KeyError:
                        if name == role.unit:
                            raise CommandFailed((f"unit {name}",), 1, "this release has none") from None
                        continue
                    found.append(TargetFile(str(UNITS / name), content, 0o644, "root", role.unit))
        return found

    def _drop_in(self) -> list[TargetFile]:
        if "agent" not in self._order.roles:
            return []
        path = UNITS / f"{AGENT.unit}.d" / "simulate.conf"
        if self._order.simulate:
            self._machine.folder(path.parent)
        return [TargetFile(str(path), _SIMULATE if self._order.simulate else None, 0o644, "root", AGENT.unit)]

    def _helpers(self, role: Role) -> tuple[str, ...]:
        has_site = any("provision" in names for names in self._extras.values())
        return role.helpers if has_site else ()

    def _check_configurations(self, release: str) -> None:
        """By the release that is to run with them, before they are in their place. Raises `CommandFailed`, `OSError`."""
        wanted = {file.path: file.content for file in self._order.files}
        self._machine.remove_quietly(_STAGED)
        _STAGED.mkdir(mode=0o700)
        try:
            for name, role in self._roles.items():
                path = ETC / role.configuration
                content = wanted.get(str(path)) or path.read_bytes()
                staged = _STAGED / role.configuration
                staged.write_bytes(content)
                try:
                    self._machine.run(self._releases.program(release), "check-config", "--for", name, str(staged))
                except CommandFailed as error:
                    raise error.about(str(staged), str(path)) from None
        finally:
            self._machine.remove_quietly(_STAGED)

    def _prepare_to_go_back(self) -> None:
        """What does it at the next boot, were the power to go in between."""
        sent = self._folder / TOOL.name
        self._machine.file(TOOL, sent.read_bytes())
        with zipfile.ZipFile(sent) as tool:
            self._machine.file(UNITS / UNDO_UNIT, tool.read(UNDO_UNIT))

    def _settle(self, release: str, files: list[TargetFile]) -> list[str]:
        """Puts what is new in its place and starts it; goes back where that does not stay up. Raises `Unhealthy`."""
        machine = self._machine
        digests = self._digests(release, files)
        known = applied.read(APPLIED)
        due = [unit for unit in digests if known.get(unit) != digests[unit] or not health.state_of(unit).is_up]
        new = [file for file in files if not machine.is_file(Path(file.path), file.content, file.mode, file.group)]
        if machine.dry_run:
            self._say_what_would_be(release, new, due)
            return []
        if not new and not due and self._releases.current == release:
            self._enable()
            return []
        undo = Undo.begin(UNDO, self._releases.current, [Path(file.path) for file in new])
        try:
            self._start(release, new, due)
        except BaseException:
            go_back(machine, undo, due)
            raise
        applied.save(APPLIED, {**known, **digests})
        forget(UNDO)
        machine.link(COMMAND, OPT / "current" / "bin" / "vigie")
        with suppress(OSError):  # the next deployment tries again
            self._releases.forget_others()
        states = {unit: health.state_of(unit) for unit in due}
        for unit, state in states.items():
            if state.status:
                machine.say(f"{unit}: {state.status}")
        return [unit for unit, state in states.items() if state.status and not state.is_connected]

    def _start(self, release: str, new: list[TargetFile], due: list[str]) -> None:
        machine = self._machine
        before = {unit: health.state_of(unit) for unit in due}
        for file in new:
            self._put(file)
        if self._releases.current != release:
            machine.change(f"switch to release {release}")
            self._releases.switch(release)
        machine.run("systemctl", "daemon-reload")
        self._enable()
        if not due:
            return
        machine.change(f"start {' '.join(due)}")
        machine.run("systemctl", "restart", "--no-block", *due)
        if failing := health.failing(before, [unit for unit in due if before[unit].is_connected]):
            raise Unhealthy(failing, self._last_words(failing))

    def _enable(self) -> None:
        """All that has to start with the machine, and what waits for a call."""
        helpers = [name for role in self._roles.values() for name in self._helpers(role)[:1] if (UNITS / name).exists()]
        for name in (*(role.unit for role in self._roles.values()), *helpers, UNDO_UNIT):
            if not _is("is-enabled", name):
                self._machine.run("systemctl", "enable", "--quiet", name)
        for name in helpers:
            if not _is("is-active", name):
                self._machine.run("systemctl", "restart", name)

    def _digests(self, release: str, files: list[TargetFile]) -> dict[str, str]:
        units = dict.fromkeys([*(file.unit for file in files if file.unit), *(role.unit for role in self._roles.values())])
        ours = {role.unit for role in ROLES.values()}
        return {
            unit: applied.digest(
                release if unit in ours else "", [(file.path, file.content) for file in files if file.unit == unit]
            )
            for unit in units
        }

    def _say_what_would_be(self, release: str, new: list[TargetFile], due: list[str]) -> None:
        for file in new:
            self._machine.change(f"{'remove' if file.content is None else 'write'} {file.path}")
        if self._releases.current != release:
            self._machine.change(f"switch to release {release}")
        if due:
            self._machine.change(f"start {' '.join(due)}")

    def _last_words(self, units: list[str]) -> str:
        journal = ["journalctl", "--no-pager", "--quiet", "--output=cat", "--lines", _LOG_LINES]
        lines = []
        for unit in units:
            with suppress(CommandFailed):
                lines += [f"    {line}" for line in self._machine.run(*journal, "--unit", unit).splitlines()]
        return "\n".join(lines)


def _is(what: str, unit: str) -> bool:
    return subprocess.run(["systemctl", what, "--quiet", unit], check=False).returncode == 0
