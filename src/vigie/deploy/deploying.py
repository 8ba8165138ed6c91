"""`vigie deploy`: looks a machine over, decides what it is to become, and has it done there (`target/`)."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from vigie.deploy import broker_control
from vigie.deploy.bundle import NoLine
from vigie.deploy.parcel import CANNOT, add_wheel, failed, look, order_for, parcel, require_fit, send, way_to
from vigie.deploy.plan import HUB, Facts, device_in, extras, own_name, own_names, packages, roles
from vigie.deploy.provision import checked
from vigie.deploy.role_files import agent_files, broker_files, hub_files
from vigie.deploy.site import BadName, Changes, FilesGone, Site, default_broker_user
from vigie.deploy.site_record import PAGE_PORT, DeviceRecord, SiteRecord, read_record
from vigie.deploy.site_work import Refused, at_work
from vigie.deploy.target.order import TargetFile
from vigie.deploy.target.roles import BROKER_FILE, ETC, STATE
from vigie.deploy.transport import Transport
from vigie.runtime.clock import Clock

_IN_MEMORY = "/run"
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
    replace: bool = False
    simulate: bool = False
    dry_run: bool = False


def deploy(wish: Wish, clock: Clock) -> int:
    """Does it, and prints what has changed; 1 with the reason where it could not."""
    try:
        return _deploy(wish, clock)
    except (Refused, BadName, NoLine, FilesGone, *CANNOT) as error:
        return failed("deploy", error)


def _deploy(wish: Wish, clock: Clock) -> int:
    with way_to(wish.target, wish.ssh_config) as transport, parcel() as folder:
        if wish.role == HUB and not transport.is_here:
            raise Refused("the hub keeps the site's authority: call this on the hub itself, `vigie deploy localhost --role hub`")
        facts = look(transport)
        require_fit(facts, transport.name)
        add_wheel(folder, wish.wheel, wish.wheels)
        order = order_for(folder, simulate=wish.simulate, dry_run=wish.dry_run)
        from_apt = partial(packages, facts=facts, simulate=wish.simulate)
        # The broker first: without Mosquitto there is no user whose files it could be given.
        first = replace(order, packages=from_apt(HUB, None))
        if wish.role == HUB and (status := send(transport, folder, first)):
            return status
        with _site(wish, facts, transport, clock) as (site, changes):
            name = _name(wish, facts)
            camera = site.record.devices[name].camera if wish.role == "agent" else None
            wanted = _roles(site, wish.role)
            order = replace(
                order,
                roles=wanted,
                extras=extras(wish.role, camera, wanted),
                packages=() if wish.role == HUB else from_apt(wish.role, camera),
                files=tuple(_files(site, wish.role, name, facts, transport)),
            )
        status = send(transport, folder, order)
        if wish.dry_run:
            return status
        _say_what_else(wish, name, changes)
        if status == 0:
            _conclude(wish, site)
            _say_next(wish, site, transport)
        return status


@contextmanager
def _site(wish: Wish, facts: Facts, transport: Transport, clock: Clock) -> Iterator[tuple[Site, Changes]]:
    """The site with the machine in it, written, and what that has changed.

    Where nothing is to be done it is a copy in memory, which nobody else sees. Raises `Refused`, `BadName`.
    """
    with tempfile.TemporaryDirectory(prefix="vigie-dry-", dir=_IN_MEMORY) as copy:
        folder = wish.site
        if wish.dry_run:
            folder = Path(copy) / "site"
            if wish.site.exists():
                shutil.copytree(wish.site, folder)
        with at_work(folder, clock):
            site = Site(folder, _record(wish, folder, facts, transport), clock.now(), named=wish.site)
            if wish.role == "agent":
                _take_in(site, wish, facts, transport)
            changes = site.write(install=False)
            if not wish.dry_run:
                broker_control.reload(site.pid_file)
        yield site, changes


def _take_in(site: Site, wish: Wish, facts: Facts, transport: Transport) -> None:
    """The machine as its device. Raises `Refused` where another machine is that device, `BadName`."""
    name = _name(wish, facts)
    if not transport.is_here and {name, f"{name}.local"} & set(site.record.hub_names):
        raise Refused(f"{name} is what the hub is called, for which the Pi would get a certificate; --name another one")
    before = site.record.devices.get(name)
    is_same = before is None or facts["machine_id"] == before.machine or device_in(facts) == name
    if before is not None and not is_same:
        if not wish.replace:
            raise Refused(
                f"the site has a {name} already, and this is not known to be that machine; --name for another name, or "
                f"--replace to put it in the place of the one that there is, which is then cut off"
            )
        site.rotate(name)
    known = before or DeviceRecord()
    fields = {
        "etc": ETC,
        "camera": wish.camera or known.camera,
        "key_switch": wish.key_switch or known.key_switch,
        "machine": facts["machine_id"] or None,
    }
    site.enrol(name, known.model_copy(update=fields))


def _name(wish: Wish, facts: Facts) -> str:
    """As which the machine is taken in: what was asked for, what it is already, else what it calls itself."""
    return wish.name or device_in(facts) or own_name(facts)


def _record(wish: Wish, folder: Path, facts: Facts, transport: Transport) -> SiteRecord:
    record = read_record(folder)
    given: dict[str, object] = {} if wish.hub is None else {"hub": wish.hub}
    if wish.role == "server":
        given["page"] = () if transport.is_here else own_names(facts)
    if record is None and wish.role != HUB:
        raise Refused(f"{wish.site} holds no site yet; begin with the hub: `vigie deploy localhost --role hub`")
    if record is None:
        return checked(SiteRecord, {"hub": own_names(facts), "broker_user": default_broker_user(), **given})
    return checked(SiteRecord, {**record.model_dump(), **given})


def _files(site: Site, role: str, name: str, facts: Facts, transport: Transport) -> Iterator[TargetFile]:
    before: Mapping[str, str] = facts["configurations"]
    if role == "agent":
        yield from agent_files(site, name, before.get("agent.toml"))
        return
    if role == HUB:
        yield from broker_files(site)
    for one in _roles(site, role):
        yield from hub_files(site, one, before, on_hub=transport.is_here)


def _roles(site: Site, role: str) -> tuple[str, ...]:
    return roles(role, page_is_elsewhere=bool(site.record.page))


def _conclude(wish: Wish, site: Site) -> None:
    """From now on `vigie provision` keeps the broker's own file the same."""
    if wish.role == HUB and site.record.installed_at != BROKER_FILE:
        site.record = site.record.model_copy(update={"installed_at": BROKER_FILE})
        site.write()


def _say_what_else(wish: Wish, name: str, changes: Changes) -> None:
    """Other machines' files that are new with this one."""
    if changes.hub and wish.role in ("agent", "server"):
        print("hub: it has to know of that: sudo vigie deploy localhost --role hub")
    for device_id, files in changes.devices.items():
        if files and device_id != name:
            print(f"{device_id}: it has to know of that: deploy to it again")


def _say_next(wish: Wish, site: Site, transport: Transport) -> None:
    page = f"https://{(site.record.page or site.record.hub)[0]}:{PAGE_PORT}"
    if wish.role in (HUB, "server"):
        link = _SET_UP_LINK.read_text(encoding="utf-8").strip() if transport.is_here and _SET_UP_LINK.exists() else ""
        print(f"page: {page}")
        if not transport.is_here:
            print(f"its first account: the link is in {_SET_UP_LINK} there, for root to read")
        if link:
            print(f"nobody has an account yet; make the first one: {page}/set-up#{urlsplit(link).fragment}")
        print(f"your phone trusts the page once it trusts {site.hub_folder / 'ca.crt'}")
    if wish.role == HUB:
        print(f"the Pis call this machine {site.record.hub[0]}; next: sudo vigie deploy pi@raspberry-01.local --role agent")
