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
    """A file that `unit` reads (nobody: empty); it belongs to root, and `group` may read it. None as content: it is not there.

    A secret is right as it is sent, for whoever it is shown to knows it already: no roll-back brings an old one back.
    """

    path: str
    content: bytes | None
    mode: int
    group: str
    unit: str
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """`roles` are those that are asked for now; the others of this machine stay. `extras`: of the wheel, for each of them.

    `constraints`: the versions to install, where the wheel itself has none.
    """

    roles: tuple[str, ...] = ()
    wheel: str = ""
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constraints: str = ""
    packages: tuple[str, ...] = ()
    files: tuple[TargetFile, ...] = ()
    simulate: bool = False
    dry_run: bool = False

    def as_json(self) -> str:
        """For `read`."""
        fields = asdict(self)
        for file in fields["files"]:
            file["content"] = None if file["content"] is None else base64.b64encode(file["content"]).decode()
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
    extras = {role: tuple(names) for role, names in fields.pop("extras").items()}
    fields |= {name: tuple(fields[name]) for name in ("roles", "packages")}
    return Order(files=files, extras=extras, **fields)


def _file(fields: Mapping[str, Any]) -> TargetFile:
    content = fields["content"]
    return TargetFile(**{**fields, "content": None if content is None else base64.b64decode(content)})
