"""What uv.lock installs on a machine that is not this one, and the wheels that there are for it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import Marker, default_environment
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).parents[1]
_NEWEST_GLIBC = 34  # of Debian 12's 2.36, what the wheels may ask for
_OLDEST_GLIBC = 17


@dataclass(frozen=True)
class Machine:
    """A Linux of `machine` (`aarch64`) with a CPython (`3.13`)."""

    python: str
    machine: str

    @property
    def tags(self) -> frozenset[Tag]:
        """The wheels that pip takes there."""
        version = tuple(map(int, self.python.split(".")))
        platforms = [
            *(f"manylinux_2_{minor}_{self.machine}" for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1)),
            *(f"{name}_{self.machine}" for name in ("manylinux2014", "linux")),
        ]
        interpreter = "cp" + self.python.replace(".", "")
        return frozenset((*cpython_tags(version, platforms=platforms), *compatible_tags(version, interpreter, platforms)))

    def wants(self, marker: str) -> bool:
        """Whether a dependency with this marker is one there."""
        there = {"python_version": self.python, "python_full_version": f"{self.python}.0", "platform_machine": self.machine}
        return Marker(marker).evaluate({**default_environment(), **there})


@dataclass(frozen=True)
class Locked:
    """A package in the version of the lock; `wheel` is its hash, None where there is none for the machine."""

    name: str
    version: str
    wheel: str | None

    @property
    def requirement(self) -> str:
        """A line that lets pip take this file alone."""
        return f"{self.name}=={self.version} --hash={self.wheel}"


def locked(machine: Machine, extras: tuple[str, ...], others: tuple[str, ...] = ()) -> list[Locked]:
    """What these extras of Vigie, and these other packages of the lock, install there, by name."""
    packages = {package["name"]: package for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]}
    ours = packages["vigie"]
    roots = [*ours["dependencies"], *({"name": name} for name in others)]
    reached = _reached(packages, machine, [*roots, *(one for extra in extras for one in ours["optional-dependencies"][extra])])
    return [Locked(name, packages[name]["version"], _wheel(packages[name], machine)) for name in sorted(reached)]


def without_wheel(machine: Machine, extras: tuple[str, ...]) -> list[str]:
    """The names of those that would have to be compiled there."""
    return [one.name for one in locked(machine, extras) if one.wheel is None]


def _reached(packages: dict[str, Any], machine: Machine, wanted: list[dict[str, Any]]) -> set[str]:
    seen: set[tuple[str, str]] = set()
    while wanted:
        one = wanted.pop()
        if "marker" in one and not machine.wants(one["marker"]):
            continue
        for key in ((one["name"], extra) for extra in ("", *one.get("extra", ()))):
            if key not in seen:
                seen.add(key)
                wanted += _dependencies(packages[key[0]], key[1])
    return {name for name, _ in seen}


def _dependencies(package: dict[str, Any], extra: str) -> Iterator[dict[str, Any]]:
    yield from package["optional-dependencies"][extra] if extra else package.get("dependencies", ())


def _wheel(package: dict[str, Any], machine: Machine) -> str | None:
    tags = machine.tags
    for wheel in package.get("wheels", ()):
        name = wheel["url"].rpartition("/")[2]
        if parse_wheel_filename(name)[3] & tags:
            return str(wheel["hash"])
    return None
