"""What a machine is to become, as its deployer sends it: a folder with `order.json`, `tool.zip` (this
package), the wheel, and maybe all other wheels.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

FILE_NAME = "order.json"
WHEELS = "wheels"
"""Folder beside the order: with it nothing is fetched from an index."""


@dataclass(frozen=True, slots=True)
class TargetFile:
    """A file that a role needs. `group` may read it; it belongs to root."""

    path: str
    content: bytes
    mode: int
    group: str
    role: str


@dataclass(frozen=True, slots=True)
class Order:
    """`roles` are those that are asked for now; the others of this machine stay. `extras`: of the wheel, for these roles."""

    roles: tuple[str, ...] = ()
    wheel: str = ""
    extras: tuple[str, ...] = ()
    constraints: str = ""
    packages: tuple[str, ...] = ()
    files: tuple[TargetFile, ...] = ()
    restarts: tuple[str, ...] = ()
    """Units that are not ours and read something new."""
    simulate: bool = False
    dry_run: bool = False

    def as_json(self) -> str:
        """For `read`."""
        fields = asdict(self)
        for file in fields["files"]:
            file["content"] = base64.b64encode(file["content"]).decode()
        return json.dumps(fields)


@dataclass(frozen=True, slots=True)
class Removal:
    """`purge`: also configuration, secrets, data and users."""

    purge: bool = False
    dry_run: bool = False
    kind: str = field(default="removal", init=False)

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def read(text: str) -> Order | Removal:
    """Raises `ValueError`, `KeyError`, `TypeError` for what is no order of this version."""
    fields: dict[str, Any] = json.loads(text)
    if fields.pop("kind", "") == "removal":
        return Removal(**fields)
    files = tuple(_file(one) for one in fields.pop("files"))
    fields |= {name: tuple(fields[name]) for name in ("roles", "extras", "packages", "restarts")}
    return Order(files=files, **fields)


def _file(fields: Mapping[str, Any]) -> TargetFile:
    return TargetFile(**{**fields, "content": base64.b64decode(fields["content"])})
