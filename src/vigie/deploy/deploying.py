"""`vigie deploy` and `vigie uninstall`: looks a machine over, decides what it is to become, and has it done there (`target/`)."""

import shutil
import socket
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from vigie.deploy import broker_control
from vigie.deploy.broker_control import CannotReload
from vigie.deploy.bundle import NoLine
from vigie.deploy.plan import HUB, Facts, extras, objections, own_name, packages, python_version, roles
from vigie.deploy.provision import checked
from vigie.deploy.repack import CannotRepack, repack
from vigie.deploy.role_files import agent_files, hub_files
from vigie.deploy.site import BadName, FilesGone, Site, default_broker_user
from vigie.deploy.site_record import PAGE_PORT, DeviceRecord, SiteRecord, SiteUnreadable, read_record
from vigie.deploy.target.order import FILE_NAME, WHEELS, Order, Removal, TargetFile
from vigie.deploy.target.roles import STATE
from vigie.deploy.transport import Here, NoWay, Ssh, Transport
from vigie.runtime.claim import FolderInUse, FolderUnusable, claim
from vigie.runtime.clock import Clock

_MOSQUITTO_FILE = Path("/etc/mosquitto/mosquitto.conf")
_SET_UP_LINK = STATE / "server" / "set-up-link"


class Refused(Exception):
    """Not done, and why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the owner has asked for. `name`, `camera`, `key_switch`: of the device, for the role agent."""

    target: str
    role: str
    site: Path
    name: str | None = None
    camera: str | None = None
    key_switch: bool = False
    hub: tuple[str, ...] | None = None
    wheel: Path | None = None
    wheels: Path | None = None
    ssh_config: Path | None = None
    simulate: bool = False
    dry_run: bool = False


def deploy(wish: Wish, clock: Clock) -> int:
    """Does it, and prints what has changed; 1 with the reason where it could not."""
    return _reported("deploy", lambda: _deploy(wish, clock))


def uninstall(target: str, ssh_config: Path | None, *, purge: bool, dry_run: bool, wheel: Path | None) -> int:
    """Takes Vigie off a machine, and prints what has changed; 1 with the reason where it could not."""

    def work() -> int:
        with _way_to(target, ssh_config) as transport, _parcel(wheel, None) as folder:
            _look(transport)
            return _send(transport, folder, Removal(purge=purge, dry_run=dry_run))

    return _reported("uninstall", work)


def _deploy(wish: Wish, clock: Clock) -> int:
    with _way_to(wish.target, wish.ssh_config) as transport, _parcel(wish.wheel, wish.wheels) as folder:
        if wish.role == HUB and not transport.is_here:
            raise Refused("the hub keeps the site's authority: call this on the hub itself, `vigie deploy localhost --role hub`")
        facts = _look(transport)
        if reasons := objections(facts):
            raise Refused(f"{transport.name}: {'; '.join(reasons)}")
        order = Order(
            wheel=next(folder.glob("vigie-*.whl")).name,
            constraints=(resources.files("vigie.deploy") / "constraints.txt").read_text(encoding="ascii"),
            simulate=wish.simulate,
            dry_run=wish.dry_run,
        )
        # The broker first: without Mosquitto there is no user whose files it could be given.
        if wish.role == HUB and (status := _send(transport, folder, replace(order, packages=packages(HUB, None, facts)))):
            return status
        with _site(wish, facts, transport, clock) as (site, restarts):
            name = wish.name or own_name(facts)
            camera = site.record.devices[name].camera if wish.role == "agent" else None
            order = replace(
                order,
                roles=roles(wish.role),
                extras=extras(wish.role, camera),
                packages=() if wish.role == HUB else packages(wish.role, camera, facts),
                files=tuple(_files(site, wish.role, name, facts, transport)),
                restarts=restarts,
            )
        status = _send(transport, folder, order)
        if status == 0 and not wish.dry_run:
            _say_next(wish, site, transport)
        return status


@contextmanager
def _site(wish: Wish, facts: Facts, transport: Transport, clock: Clock) -> Iterator[tuple[Site, tuple[str, ...]]]:
    """The site with the machine in it, written, and the units of others that have to read something new.

    Where nothing is to be done it is a copy, which nobody else sees. Raises `Refused` and what `Site` raises.
    """
    with tempfile.TemporaryDirectory(prefix="vigie-dry-") as copy:
        folder = wish.site
        if wish.dry_run:
            folder = Path(copy) / "site"
            if wish.site.exists():
                shutil.copytree(wish.site, folder)
        with claim(folder, "provision", mend="wait until it is done"):
            site = Site(folder, _record(wish, folder, facts, transport), clock.now())
            if wish.role == "agent":
                name = wish.name or own_name(facts)
                before = site.record.devices.get(name, DeviceRecord())
                fields = {"camera": wish.camera or before.camera, "key_switch": wish.key_switch or before.key_switch}
                site.enrol(name, before.model_copy(update=fields))
            changes = site.write()
            is_restarted = wish.role == HUB and (
                "mosquitto.conf" in changes.broker or not broker_control.reads(site.pid_file, _MOSQUITTO_FILE)
            )
            if not wish.dry_run and not is_restarted:
                broker_control.reload(site.pid_file)
        yield site, ("mosquitto.service",) if is_restarted else ()


def _record(wish: Wish, folder: Path, facts: Facts, transport: Transport) -> SiteRecord:
    record = read_record(folder)
    given: dict[str, object] = {} if wish.hub is None else {"hub": wish.hub}
    if wish.role == HUB:
        given["installed_at"] = _MOSQUITTO_FILE
    if wish.dry_run:
        given["installed_at"] = None  # the copy must not write there
    if wish.role == "server":
        given["page"] = () if transport.is_here else (transport.name,)
    if record is None and wish.role != HUB:
        raise Refused(f"{wish.site} holds no site yet; begin with the hub: `vigie deploy localhost --role hub`")
    if record is None:
        given = {"hub": wish.hub or own_names(facts), "broker_user": default_broker_user(), **given}
        return checked(SiteRecord, given)
    return checked(SiteRecord, {**record.model_dump(), **given})


def _files(site: Site, role: str, name: str, facts: Facts, transport: Transport) -> Iterator[TargetFile]:
    before: Mapping[str, str] = facts["configurations"]
    if role == "agent":
        yield from agent_files(site, name, before.get("agent.toml"))
    else:
        for one in roles(role):
            yield from hub_files(site, one, before, on_hub=transport.is_here)


def own_names(facts: Facts) -> tuple[str, ...]:
    """How this machine can be called: by multicast DNS, which Raspberry Pi OS and phones speak, by name, by its address of now."""
    name = own_name(facts)
    names = [f"{name}.local", name]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks which address would
            names.append(probe.getsockname()[0])
        except OSError:
            pass
    return tuple(names)


def _say_next(wish: Wish, site: Site, transport: Transport) -> None:
    page = f"https://{(site.record.page or site.record.hub)[0]}:{PAGE_PORT}"
    if wish.role in (HUB, "server"):
        link = _SET_UP_LINK.read_text(encoding="utf-8").strip() if transport.is_here and _SET_UP_LINK.exists() else ""
        print(f"page: {page}")
        if link:
            print(f"nobody has an account yet; make the first one: {page}/set-up#{urlsplit(link).fragment}")
        print(f"your phone trusts the page once it trusts {site.hub_folder / 'ca.crt'}")
    if wish.role == HUB:
        print(f"the Pis call this machine {site.record.hub[0]}; next: sudo vigie deploy pi@raspberry-01.local --role agent")


def _look(transport: Transport) -> Facts:
    facts = transport.probe()
    print(f"{transport.name}: {facts['os_name']}, Python {python_version(facts)}, {facts['machine']}", flush=True)
    return facts


@contextmanager
def _way_to(target: str, ssh_config: Path | None) -> Iterator[Transport]:
    if target == Here.name:
        yield Here()
    else:
        with Ssh(target, ssh_config) as way:
            yield way


@contextmanager
def _parcel(wheel: Path | None, wheels: Path | None) -> Iterator[Path]:
    """A folder with the wheel, and with all others where they are given. Raises `Refused`, `CannotRepack`."""
    with tempfile.TemporaryDirectory(prefix="vigie-parcel-") as name:
        folder = Path(name)
        if wheel is None:
            repack(folder)
        elif wheel.is_file() and wheel.name.startswith("vigie-") and wheel.suffix == ".whl":
            shutil.copy(wheel, folder)
        else:
            raise Refused(f"{wheel} is no wheel of Vigie")
        _pack_tool(folder / "tool.zip")
        if wheels is not None:
            if not any(wheels.glob("*.whl")):
                raise Refused(f"there are no wheels in {wheels}")
            shutil.copytree(wheels, folder / WHEELS)
        yield folder


def _pack_tool(path: Path) -> None:
    """What runs there: of this version, whatever version it installs."""
    package = resources.files("vigie")
    target = package / "deploy" / "target"
    with zipfile.ZipFile(path, "w") as tool:
        tool.writestr("vigie/__init__.py", (package / "__init__.py").read_bytes())
        tool.writestr("vigie/deploy/__init__.py", "")
        for module in target.iterdir():
            if module.name.endswith(".py"):
                tool.writestr(f"vigie/deploy/target/{module.name}", module.read_bytes())


def _send(transport: Transport, folder: Path, order: Order | Removal) -> int:
    path = folder / FILE_NAME
    path.touch(mode=0o600)
    path.write_text(order.as_json(), encoding="utf-8")
    return transport.perform(folder)


def _reported(command: str, work: Callable[[], int]) -> int:
    try:
        return work()
    except (
        *(Refused, NoWay, CannotRepack, SiteUnreadable, BadName, FilesGone),
        *(NoLine, FolderInUse, FolderUnusable, CannotReload),
    ) as error:
        print(f"vigie {command}: {error}", file=sys.stderr)
    except OSError as error:
        print(f"vigie {command}: {error.filename or 'the disk'}: {error.strerror}", file=sys.stderr)
    return 1
