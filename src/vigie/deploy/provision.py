"""`vigie provision`: takes machines into the site and out of it, and tells the broker. Says what has changed, and what to do."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from vigie.deploy import broker_control, bundle
from vigie.deploy.private_files import put
from vigie.deploy.site import BadName, Changes, Site, default_broker_user
from vigie.deploy.site_record import DeviceRecord, SiteRecord, read_record
from vigie.deploy.site_work import Refused, at_work, bring_about, is_deployed
from vigie.runtime.clock import Clock
from vigie.runtime.config_error import ConfigError

M = TypeVar("M", bound=BaseModel)

_OPTIONS = {
    "hub": "--hub",
    "listen": "--listen",
    "broker_user": "--broker-user",
    "etc": "--etc",
    "camera": "--camera",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the owner has asked for. None: as it is already."""

    folder: Path
    device_id: str | None = None
    hub: tuple[str, ...] | None = None
    etc: Path | None = None
    camera: str | None = None
    key_switch: bool = False
    rotate: bool = False
    rotate_hub: bool = False
    revoke: bool = False
    boot_file: Path | None = None
    install_broker: Path | None = None
    tls_port: int | None = None
    local_port: int | None = None
    listen: str | None = None
    broker_user: str | None = None


def run(wish: Wish, clock: Clock) -> int:
    """Does it, prints what it did; 1 with one line where it could not. Raises `ConfigError` for what was asked wrongly."""
    try:
        with at_work(wish.folder, clock):
            _provision(wish, clock)
    except BadName as error:
        raise ConfigError("DEVICE", str(error)) from error
    except Refused as error:
        print(f"vigie provision: {error}", file=sys.stderr)
        return 1
    return 0


def _provision(wish: Wish, clock: Clock) -> None:
    if wish.install_broker is not None and not wish.install_broker.parent.is_dir():
        raise Refused(f"there is no {wish.install_broker.parent}: is Mosquitto installed? sudo apt install mosquitto")
    site = Site(wish.folder, _record(wish), clock.now())
    is_new = wish.device_id is not None and wish.device_id not in site.record.devices
    if wish.rotate_hub:
        site.rotate_hub()
    if wish.device_id is not None:
        _change(site, wish, wish.device_id)
    changes, was_told = bring_about(site)
    if wish.revoke and wish.device_id is not None:
        _say_revoked(site, wish.device_id, was_told=was_told, clock=clock)
    if wish.boot_file is not None and wish.device_id is not None:
        _write_boot_file(site, wish.device_id, wish.boot_file)
    _say(site, changes, was_told=was_told, new=wish.device_id if is_new else None)
    if wish.device_id is None:
        _list(site)


def _record(wish: Wish) -> SiteRecord:
    given: dict[str, object] = {
        "hub": wish.hub,
        "installed_at": wish.install_broker,
        "tls_port": wish.tls_port,
        "local_port": wish.local_port,
        "listen": wish.listen,
        "broker_user": wish.broker_user,
    }
    given = {key: value for key, value in given.items() if value is not None}
    record = read_record(wish.folder)
    if record is not None:
        return checked(SiteRecord, {**record.model_dump(), **given})
    if wish.hub is None:
        what = f"{wish.folder} holds no site yet; to begin one, say what the Pis call this machine, e.g. hub.local,192.168.1.50"
        raise ConfigError("--hub", what)
    if wish.revoke or wish.rotate or wish.rotate_hub:
        raise Refused(f"{wish.folder} holds no site yet")
    return checked(SiteRecord, {"broker_user": default_broker_user(), **given})


def checked(model: type[M], values: Mapping[str, object]) -> M:
    """Raises `ConfigError` with the option that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        option = _OPTIONS.get(str(fault["loc"][0]), str(fault["loc"][0]))
        raise ConfigError(option, f"{fault['msg'].removeprefix('Value error, ')} (got {fault['input']!r})") from error


def _change(site: Site, wish: Wish, device_id: str) -> None:
    if wish.revoke:
        site.revoke(device_id)
        return
    before = site.record.devices.get(device_id, DeviceRecord())
    wanted = {"etc": wish.etc, "camera": wish.camera, "key_switch": wish.key_switch or None}
    device = checked(DeviceRecord, {**before.model_dump(), **{key: value for key, value in wanted.items() if value}})
    if wish.rotate:
        site.rotate(device_id)
    site.enrol(device_id, device)


def _write_boot_file(site: Site, device_id: str, path: Path) -> None:
    """Never over somebody else's: an imager's own user-data holds the Pi's users and its Wi-Fi."""
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(bundle.BOOT_FILE_BEGINS):
        raise Refused(f"{path} is there and not ours; write to another file, and take its write_files over into that one")
    text = bundle.boot_file(device_id, site.record.devices[device_id].etc, site.device_files(device_id))
    if put(path, text.encode()):
        print(f"{path}: everything for {device_id}; it holds secrets")


def _say_revoked(site: Site, device_id: str, *, was_told: bool, clock: Clock) -> None:
    print(f"{device_id}: revoked; its password opens nothing any more")
    if was_told:
        asyncio.run(broker_control.forget(device_id, site.record.local_port, site.hub_folder / "provision.password", clock))
        print(f"{device_id}: cut off, and forgotten by the broker")


def _say(site: Site, changes: Changes, *, was_told: bool, new: str | None) -> None:
    say: Callable[[str], None] = print
    for device_id, names in changes.devices.items():
        etc, folder = site.record.devices[device_id].etc, site.device_folder(device_id)
        if device_id == new:
            say(f"{device_id}: new; carry {folder} to {etc} on that machine")
        elif names:
            say(f"{device_id}: {', '.join(names)} in {folder}; deploy to it again, or carry them to {etc} there and restart it")
    for device_id, device in site.record.devices.items():
        if device.camera and site.has_files(device_id) and bundle.lacks_certificate(site.agent_file(device_id)):
            etc = device.etc
            say(f'{device_id}: its [camera] needs tls_certificate = "{etc}/camera.crt" and tls_key = "{etc}/camera.key"')
    if changes.hub:
        mend = "sudo vigie deploy localhost --role hub puts them in their place" if is_deployed(site) else "restart what reads them"
        say(f"hub: {', '.join(changes.hub)} in {site.hub_folder}; {mend}")
    if changes.broker:
        say(f"broker: {', '.join(changes.broker)} in {site.broker_folder}")
        say("broker: told to read them" if was_told else f"broker: does not run; mosquitto -c {site.broker_folder}/mosquitto.conf")
        if was_told and "mosquitto.conf" in changes.broker:
            say("broker: its listeners and limits hold from its next start on: sudo systemctl restart mosquitto")
    if not changes:
        say("nothing has changed")


def _list(site: Site) -> None:
    for device_id, device in sorted(site.record.devices.items()):
        until = site.expires_at(device_id)
        parts = [
            f"camera {device.camera}, certificate until {until:%Y-%m-%d}" if device.camera and until else "",
            "key switch" if device.key_switch else "",
            "" if site.has_files(device_id) else "files carried away",
        ]
        print(f"{device_id}  {'; '.join(part for part in parts if part) or 'enrolled'}")
    for device_id, at in sorted(site.record.revoked.items()):
        print(f"{device_id}  revoked {at:%Y-%m-%d}")
