"""The machine, changed step by step: each step looks first, does only what is missing, says what it did, and can be undone
where a roll-back needs it.
"""

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_COMMAND_LIMIT_S = 900.0
_LAST_LINES = 15


class CommandFailed(Exception):
    """A command of the system did not do its work."""

    def __init__(self, command: Sequence[str], status: int, said: str) -> None:
        last = "\n".join(f"    {line}" for line in said.strip().splitlines()[-_LAST_LINES:])
        super().__init__(f"`{' '.join(command)}` failed with status {status}\n{last}".rstrip())


@dataclass(frozen=True, slots=True)
class _Before:
    content: bytes
    mode: int
    uid: int
    gid: int


class Machine:
    """`say` gets a line for every change. With `dry_run` nothing is done, and every line says what would be.

    Files belong to `owner`.
    """

    def __init__(self, say: Callable[[str], None], *, dry_run: bool, owner: int = 0) -> None:
        self.dry_run = dry_run
        self.changes = 0
        self._say = say
        self._owner = owner
        self._before: dict[Path, _Before | None] = {}
        self._planned: set[Path] = set()

    def change(self, what: str) -> bool:
        """Counts and says a change; False where it is not to be made."""
        self.changes += 1
        self._say(f"would {what}" if self.dry_run else what)
        return not self.dry_run

    def run(self, *command: str) -> str:
        """What it printed, errors too. Raises `CommandFailed`."""
        ours = {"PYTHONPATH"}  # the tool's own; a release must find nothing but itself
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        environment = {**kept, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=_COMMAND_LIMIT_S,
                env=environment,
            )
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(command, -1, f"not done after {_COMMAND_LIMIT_S:g} s") from error
        if done.returncode:
            raise CommandFailed(command, done.returncode, done.stdout)
        return done.stdout

    def packages(self, names: Sequence[str]) -> None:
        """Debian's packages. Raises `CommandFailed`."""
        missing = [name for name in names if not _is_installed(name)]
        if missing and self.change(f"install {' '.join(missing)} (apt)"):
            self.run("apt-get", "update", "-q")
            self.run("apt-get", "install", "-q", "-y", "--no-install-recommends", *missing)

    def user(self, name: str, groups: Sequence[str]) -> None:
        """A user of the system's own kind, in these groups; they are made where the machine lacks them. Raises `CommandFailed`."""
        try:
            pwd.getpwnam(name)
        except KeyError:
            if not self.change(f"make the user {name}"):
                return
            self.run("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name)
        for group in groups:
            members = _members(group)
            if members is None and self.change(f"make the group {group}"):
                self.run("groupadd", "--system", group)
            if name not in (members or ()) and self.change(f"put {name} into the group {group}"):
                self.run("usermod", "--append", "--groups", group, name)

    def folder(self, path: Path, mode: int = 0o755) -> None:
        """Also one that is there with another mode. Raises `OSError`."""
        if path in self._planned:
            return
        if path.is_dir():
            if path.stat().st_mode & 0o7777 != mode and self.change(f"give {path} the mode {mode:o}"):
                path.chmod(mode)
            return
        self._planned.add(path)
        if self.change(f"make {path}"):
            path.mkdir(parents=True)
            path.chmod(mode)

    def file(self, path: Path, content: bytes, mode: int = 0o644, group: str = "root") -> bool:
        """The file, whole or not at all; whether that was a change. Raises `OSError`."""
        gid = self._group(group)
        before = _read(path)
        if before == _Before(content, mode, self._owner, gid):
            return False
        if self.change(f"write {path}"):
            self._before.setdefault(path, before)
            _write(path, _Before(content, mode, self._owner, gid))
        return True

    def link(self, path: Path, target: Path) -> None:
        """Raises `OSError`."""
        if not (path.is_symlink() and path.readlink() == target) and self.change(f"link {path}"):
            path.unlink(missing_ok=True)
            path.symlink_to(target)

    def remove(self, path: Path) -> None:
        """A file or a whole folder. Raises `OSError`."""
        if (path.is_symlink() or path.exists()) and self.change(f"remove {path}"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def no_file(self, path: Path) -> bool:
        """Takes a file away that `undo_files` brings back; whether it was there. Raises `OSError`."""
        if not path.is_file():
            return False
        if self.change(f"remove {path}"):
            self._before.setdefault(path, _read(path))
            path.unlink()
        return True

    def undo_files(self) -> None:
        """Every file as it was before the first `file` or `no_file` of it. Raises `OSError`."""
        for path, before in self._before.items():
            if before is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, before)
        self._before.clear()

    def _group(self, name: str) -> int:
        try:
            return grp.getgrnam(name).gr_gid
        except KeyError:
            if self.dry_run:  # the user of that name is not made either
                return -1
            raise


def _members(group: str) -> list[str] | None:
    """None: there is no such group."""
    try:
        return grp.getgrnam(group).gr_mem
    except KeyError:
        return None


def _is_installed(package: str) -> bool:
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout == "installed"


def _read(path: Path) -> _Before | None:
    with suppress(FileNotFoundError):
        found = path.stat()
        return _Before(path.read_bytes(), found.st_mode & 0o7777, found.st_uid, found.st_gid)
    return None


def _write(path: Path, state: _Before) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(state.content)
        file.flush()
        os.fchown(file.fileno(), state.uid, state.gid)
        os.fchmod(file.fileno(), state.mode)
        os.fsync(file.fileno())
    fresh.replace(path)
