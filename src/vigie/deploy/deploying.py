"""`vigie deploy`: looks a machine over, decides what it is to become, and has it done there (`target/`)."""

import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from vigie.deploy import broker_control
from vigie.deploy.bundle import NoLine
from vigie.deploy.parcel import CANNOT, add_wheel, failed, look, order_for, parcel, require_fit, send, way_to
from vigie.deploy.plan import HUB, Facts, extras, own_name, packages, roles
from vigie.deploy.provision import checked
from vigie.deploy.role_files import agent_files, hub_files
from vigie.deploy.site import BadName, Site, default_broker_user
from vigie.deploy.site_record import PAGE_PORT, DeviceRecord, SiteRecord, read_record
from vigie.deploy.site_work import Refused, at_work
from vigie.deploy.target.order import TargetFile
from vigie.deploy.target.roles import STATE
from vigie.deploy.transport import Transport
from vigie.runtime.clock import Clock

_MOSQUITTO_FILE = Path("/etc/mosquitto/mosquitto.conf")
_SET_UP_LINK = STATE / "server" / "set-up-link"


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
    try:
        return _deploy(wish, clock)
    except (Refused, BadName, NoLine, *CANNOT) as error:
        return failed("deploy", error)


def _deploy(wish: Wish, clock: Clock) -> int:
    with way_to(wish.target, wish.ssh_config) as transport, parcel() as folder:
        if wish.role == HUB and not transport.is_here:
            raise Refused("the hub keeps the site's authority: call this on the hub itself, `vigie deploy localhost --role hub`")
        facts = look(transport)
        require_fit(facts, transport.name)
        add_wheel(folder, wish.wheel, wish.wheels)
        order = order_for(folder, simulate=wish.simulate, dry_run=wish.dry_run)
        # The broker first: without Mosquitto there is no user whose files it could be given.
        if wish.role == HUB and (status := send(transport, folder, replace(order, packages=packages(HUB, None, facts)))):
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
        status = send(transport, folder, order)
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
        with at_work(folder, clock):
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
