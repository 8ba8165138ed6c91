"""The machine, changed step by step: each step looks first, does only what is missing, and says what it did."""

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from vigie.deploy.target.whole_file import write

_COMMAND_LIMIT_S = 900.0
_LAST_LINES = 15
# Another apt may be at work, as on each fresh card; and a half-configured package would stop every later run.
_APT = ("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=600", "-o", "Dpkg::Options::=--force-confold")


class CommandFailed(Exception):
    """A command of the system did not do its work."""

    def __init__(self, command: Sequence[str], status: int, said: str) -> None:
        last = "\n".join(f"    {line}" for line in said.strip().splitlines()[-_LAST_LINES:])
        super().__init__(f"`{' '.join(command)}` failed with status {status}\n{last}".rstrip())

    def about(self, path: str, real: str) -> "CommandFailed":
        """The same, of the file that stood in for a real one."""
        self.args = (str(self).replace(path, real),)
        return self


class Machine:
    """`say` gets a line for every change. With `dry_run` nothing is done, and every line says what would be.

    Files belong to `owner`.
    """

    def __init__(self, say: Callable[[str], None], *, dry_run: bool, owner: int = 0) -> None:
        self.dry_run = dry_run
        self.changes = 0
        self.say = say
        self._owner = owner
        self._planned: set[Path] = set()

    def change(self, what: str) -> bool:
        """Counts and says a change; False where it is not to be made."""
        self.changes += 1
        self.say(f"would {what}" if self.dry_run else what)
        return not self.dry_run

    def run(self, *command: str, limit_s: float | None = _COMMAND_LIMIT_S) -> str:
        """What it printed, errors too. Raises `CommandFailed`."""
        ours = {"PYTHONPATH"}  # the tool's own; a release must find nothing but itself
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                check=False,
                timeout=limit_s,
                env={**kept, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
            )
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(command, -1, f"not done after {limit_s} s") from error
        if done.returncode:
            raise CommandFailed(command, done.returncode, done.stdout)
        return done.stdout

    def packages(self, names: Sequence[str]) -> None:
        """Debian's packages. Raises `CommandFailed`."""
        missing = [name for name in names if not _is_installed(name)]
        if missing and self.change(f"install {' '.join(missing)} (apt)"):
            self.run(*_APT, "update", limit_s=None)
            self.run(*_APT, "install", "--no-install-recommends", *missing, limit_s=None)

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

    def is_file(self, path: Path, content: bytes | None, mode: int, group: str) -> bool:
        """Whether the file is so already. Raises `OSError`."""
        try:
            found = path.stat()
            has = path.read_bytes()
        except FileNotFoundError:
            return content is None
        return content is not None and (has, found.st_mode & 0o7777, found.st_uid, found.st_gid) == (
            content,
            mode,
            self._owner,
            self._group(group),
        )

    def file(self, path: Path, content: bytes | None, mode: int = 0o644, group: str = "root") -> None:
        """The file, whole or not at all; None: no file. Raises `OSError`."""
        if self.is_file(path, content, mode, group):
            return
        if content is None:
            self.remove(path)
        elif self.change(f"write {path}"):
            write(path, content, mode, self._owner, self._group(group))

    def link(self, path: Path, target: Path) -> None:
        """Not over what is another's. Raises `OSError`."""
        if path.is_symlink() and path.readlink() == target:
            return
        if path.is_symlink() or path.exists():
            self.say(f"{path} is not ours and stays; ours is {target}")
        elif self.change(f"link {path}"):
            path.symlink_to(target)

    def remove(self, path: Path) -> None:
        """A file or a whole folder. Raises `OSError`."""
        if (path.is_symlink() or path.exists()) and self.change(f"remove {path}"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def remove_quietly(self, path: Path) -> None:
        """A folder of our own, which nobody need hear of."""
        shutil.rmtree(path, ignore_errors=True)

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
