"""Release folders: /opt/vigie/releases/NAME is a whole environment, /opt/vigie/current the one that runs.

A release is made beside the one that runs, is whole when its mark is there, and is switched to by one rename: whenever the
power goes, `current` names a whole release. The one before stays, to go back to.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from vigie.deploy.target.machine import CommandFailed, Machine
from vigie.deploy.target.order import WHEELS
from vigie.deploy.target.whole_file import sync_folder, write

_PYTHON = "/usr/bin/python3"
_MARK = ".whole"
_EXTRAS = ".extras"
_CONSTRAINTS = "vigie/deploy/constraints.txt"

Extras = Mapping[str, tuple[str, ...]]
"""Role -> extras of the wheel."""


class Releases:
    """The releases below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._all = folder / "releases"
        self._current, self._previous = folder / "current", folder / "previous"

    @property
    def current(self) -> str | None:
        """The name of the one that runs."""
        return self._current.readlink().name if self._current.is_symlink() else None

    def path(self, name: str) -> Path:
        return self._all / name

    def program(self, name: str) -> str:
        """Its `vigie`."""
        return str(self._all / name / "bin" / "vigie")

    def extras(self) -> dict[str, tuple[str, ...]]:
        """Of the one that runs: a role that is added takes none away."""
        with suppress(FileNotFoundError, ValueError):
            found = json.loads((self._current / _EXTRAS).read_text(encoding="ascii"))
            return {role: tuple(names) for role, names in found.items()}
        return {}

    def make(self, machine: Machine, wheel: Path, extras: Extras, constraints: str) -> str:
        """The release of this wheel with these extras, made where it is not there: its name. Raises `CommandFailed`, `OSError`."""
        constraints = _constraints_of(wheel) or constraints
        name = _name(wheel, extras, constraints, machine.run(_PYTHON, "-VV"))
        folder = self._all / name
        if (folder / _MARK).exists():
            return name
        if machine.change(f"install Vigie {_version(wheel)} [{','.join(_names(extras))}] as release {name}"):
            shutil.rmtree(folder, ignore_errors=True)  # what an interrupted run has left
            try:
                self._fill(folder, machine, wheel, extras, constraints)
            except (CommandFailed, OSError):
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return name

    def _fill(self, folder: Path, machine: Machine, wheel: Path, extras: Extras, constraints: str) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        machine.run(_PYTHON, "-m", "venv", "--system-site-packages", str(folder))
        limits = folder / "constraints.txt"
        limits.write_text(constraints, encoding="utf-8")
        wheels = wheel.parent / WHEELS
        source = ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "--no-input"]
        # Wheels alone: nothing that is fetched may run as root while it is installed, and no Pi compiles for an hour.
        what = ["--only-binary", ":all:", "--constraint", str(limits), f"{wheel}[{','.join(_names(extras))}]"]
        machine.run(*pip, "install", "--quiet", *source, *what, limit_s=None)
        machine.run(self.program(folder.name), "--version")
        (folder / _EXTRAS).write_text(json.dumps(dict(extras)), encoding="ascii")
        os.sync()  # all of it before its mark
        write(folder / _MARK, b"", 0o644)

    def switch(self, name: str) -> None:
        """Makes it the one that runs from the next start on. Raises `OSError`."""
        before = self.current
        if before != name:
            if before is not None:
                _point(self._previous, Path("releases") / before)
            _point(self._current, Path("releases") / name)

    def run_none(self) -> None:
        """After a first release that did not live. Raises `OSError`."""
        self._current.unlink(missing_ok=True)

    def forget_others(self) -> None:
        """Keeps the one that runs and the one before. Raises `OSError`."""
        kept = {link.readlink().name for link in (self._current, self._previous) if link.is_symlink()}
        for folder in self._all.iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder)


def _names(extras: Extras) -> list[str]:
    return sorted({name for names in extras.values() for name in names})


def _version(wheel: Path) -> str:
    return wheel.name.split("-")[1]


def _constraints_of(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as content, suppress(KeyError):
        return content.read(_CONSTRAINTS).decode()
    return ""


def _name(wheel: Path, extras: Extras, constraints: str, python: str) -> str:
    """The same for the same content, so that a second deployment finds it done."""
    digest = hashlib.sha256(wheel.read_bytes())
    digest.update("\n".join((json.dumps(dict(extras), sort_keys=True), constraints, python)).encode())
    return f"{_version(wheel)}-{digest.hexdigest()[:12]}"


def _point(link: Path, target: Path) -> None:
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    sync_folder(link.parent)
