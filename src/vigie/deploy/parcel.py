"""What goes to a machine that is deployed to, and the way there: for whoever deploys. Knows no site."""

import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from vigie.deploy.plan import Facts, objections, python_version
from vigie.deploy.repack import CannotRepack, repack
from vigie.deploy.target.order import FILE_NAME, WHEELS, Order, Removal
from vigie.deploy.target.roles import TOOL, UNDO_UNIT
from vigie.deploy.transport import Here, NoWay, Ssh, Transport


class Unfit(Exception):
    """The machine is not fit for Vigie, or what was given is none of its wheels."""


CANNOT = (Unfit, NoWay, CannotRepack, OSError)
"""What may keep a machine from being worked on."""


def look(transport: Transport) -> Facts:
    """What the machine is, which is printed. Raises `NoWay`."""
    facts = transport.probe()
    print(f"{transport.name}: {facts['os_name']}, Python {python_version(facts)}, {facts['machine']}", flush=True)
    return facts


def require_fit(facts: Facts, name: str) -> None:
    """Raises `Unfit` where nothing can be deployed to such a machine."""
    if reasons := objections(facts):
        raise Unfit(f"{name}: {'; '.join(reasons)}")


def order_for(folder: Path, *, simulate: bool, dry_run: bool) -> Order:
    """With the wheel that is in the parcel, and the versions of the lock file."""
    constraints = (resources.files("vigie.deploy") / "constraints.txt").read_text(encoding="ascii")
    return Order(wheel=next(folder.glob("vigie-*.whl")).name, constraints=constraints, simulate=simulate, dry_run=dry_run)


@contextmanager
def way_to(target: str, ssh_config: Path | None) -> Iterator[Transport]:
    """Open for as long as it is needed. Raises `NoWay`."""
    if target == Here.name:
        yield Here()
    else:
        with Ssh(target, ssh_config) as way:
            yield way


@contextmanager
def parcel() -> Iterator[Path]:
    """A folder with what does the work there."""
    with tempfile.TemporaryDirectory(prefix="vigie-parcel-") as name:
        folder = Path(name)
        _pack_tool(folder / TOOL.name)
        yield folder


def add_wheel(folder: Path, wheel: Path | None, wheels: Path | None) -> None:
    """The release, else what runs here; and all others, where they are given. Raises `Unfit`, `CannotRepack`, `OSError`."""
    if wheel is None:
        repack(folder)
    elif wheel.name.startswith("vigie-") and wheel.suffix == ".whl" and zipfile.is_zipfile(wheel):
        shutil.copy(wheel, folder)
    else:
        raise Unfit(f"{wheel} is no wheel of Vigie")
    if wheels is not None:
        if not any(wheels.glob("*.whl")):
            raise Unfit(f"there are no wheels in {wheels}")
        shutil.copytree(wheels, folder / WHEELS)


def _pack_tool(path: Path) -> None:
    """What runs there: of this version, whatever version it installs."""
    package = resources.files("vigie")
    target = package / "deploy" / "target"
    with zipfile.ZipFile(path, "w") as tool:
        contents = {"vigie/__init__.py": (package / "__init__.py").read_bytes(), "vigie/deploy/__init__.py": b""}
        for module in target.iterdir():
            if module.name.endswith(".py"):
                contents[f"vigie/deploy/target/{module.name}"] = module.read_bytes()
        contents[UNDO_UNIT] = (package / "deploy" / "systemd" / UNDO_UNIT).read_bytes()
        for name, content in sorted(contents.items()):
            tool.writestr(zipfile.ZipInfo(name), content)  # whose time is always the same


def send(transport: Transport, folder: Path, order: Order | Removal) -> int:
    """Has it done; the exit status. Raises `NoWay`."""
    path = folder / FILE_NAME
    path.touch(mode=0o600)
    path.write_text(order.as_json(), encoding="utf-8")
    return transport.perform(folder)


def failed(command: str, error: Exception) -> int:
    """Says why a command could not do its work; its exit status."""
    reason = f"{error.filename or 'the disk'}: {error.strerror}" if isinstance(error, OSError) else str(error)
    print(f"vigie {command}: {reason}", file=sys.stderr)
    return 1
