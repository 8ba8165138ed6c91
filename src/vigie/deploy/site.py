"""A site's folder: its authority, its users, what the broker, the hub and each Pi get. Makes, rotates and revokes; changes
nothing that is right already.

    site.json           `SiteRecord`
    authority/          the private authority. Its key is nowhere else
    broker/             Mosquitto's configuration, whole
    hub/                for bridge, server and owner on the broker's machine
    devices/DEVICE/     for one Pi. May be deleted once it is there: the broker needs the hash alone
"""

import getpass
import grp
import os
import pwd
import secrets
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from vigie.deploy import bundle, mosquitto, pki
from vigie.deploy.private_files import PUBLIC, SECRET, SHARED, make_folder, put
from vigie.deploy.site_record import FILE_NAME, DeviceRecord, SiteRecord, SiteUnreadable
from vigie.protocol.topics import is_device_id
from vigie.runtime.mode_keys import make_key, read_key
from vigie.runtime.tokens import new_token

_HUB_USERS = (mosquitto.BRIDGE, mosquitto.OPERATOR, mosquitto.PROVISION)
_HUB_TOKENS = (bundle.INGEST_TOKEN, bundle.VIEWER_TOKEN)
_HUB_WRITERS = ("server", "operator")
_MOSQUITTO = "mosquitto"


class BadName(Exception):
    """No device can be called so."""


class NoDevice(Exception):
    """The site has no device of that name."""

    def __init__(self, device_id: str, known: Collection[str]) -> None:
        super().__init__(f"no device {device_id!r}; this site has {', '.join(sorted(known)) or 'none yet'}")


class FilesGone(Exception):
    """The files of a device are not here any more."""

    def __init__(self, device_id: str) -> None:
        super().__init__(f"the files of {device_id} are not here any more; --rotate makes new ones")


@dataclass(slots=True)
class Changes:
    """What `Site.write` has changed: files of the broker and of the hub, and per device."""

    broker: list[str] = field(default_factory=list)
    hub: list[str] = field(default_factory=list)
    devices: dict[str, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.broker or self.hub or any(self.devices.values()))


class Site:
    """One site. Every change is in memory, and in the devices' folders, until `write` makes the rest follow."""

    def __init__(self, folder: Path, record: SiteRecord, now: datetime, named: Path | None = None) -> None:
        """`named`: as which it is known to others, where `folder` is a copy of it. Raises `SiteUnreadable` where the authority is
        lost, `OSError`.
        """
        self.folder = folder.absolute()
        self.named = (named or folder).absolute()
        self.record = record
        self._now = now
        self._authority = self._open_authority()

    @property
    def broker_folder(self) -> Path:
        return self.folder / "broker"

    @property
    def hub_folder(self) -> Path:
        return self.folder / "hub"

    def device_folder(self, device_id: str) -> Path:
        return self.folder / "devices" / device_id

    @property
    def pid_file(self) -> Path:
        """Of the broker."""
        if self.record.broker_user == _MOSQUITTO:
            return Path("/run/mosquitto/mosquitto.pid")  # which Debian's unit makes room for
        return self.named / "broker" / "mosquitto.pid"

    def has_files(self, device_id: str) -> bool:
        """Whether what its machine needs is here."""
        return (self.device_folder(device_id) / bundle.PASSWORD_FILE).exists()

    def agent_file(self, device_id: str) -> str:
        """`agent.toml` as it is now. Raises `OSError`."""
        return (self.device_folder(device_id) / bundle.AGENT_FILE).read_text(encoding="utf-8")

    def expires_at(self, device_id: str) -> datetime | None:
        """When its certificate ends; None where there is none here."""
        with suppress(FileNotFoundError, ValueError):
            return pki.expires_at((self.device_folder(device_id) / bundle.CAMERA_CERTIFICATE).read_bytes())
        return None

    def enrol(self, device_id: str, device: DeviceRecord) -> None:
        """Takes a device in, or what has changed of it. Raises `BadName`, `FilesGone`, `OSError`."""
        if device_id in mosquitto.RESERVED_NAMES:
            raise BadName(f"{device_id!r} is a name of Vigie's own; choose another")
        if not is_device_id(device_id):
            raise BadName(f"{device_id!r} cannot be a device: expected [a-z0-9][a-z0-9-]{{0,31}}")
        if device_id not in self.record.devices:
            self._new_password(device_id)
        elif device != self.record.devices[device_id] and not self.has_files(device_id):
            raise FilesGone(device_id)
        if device.key_switch and self.has_files(device_id):
            self._writer(device_id, self.device_folder(device_id) / bundle.MODE_KEY_FILE)
        revoked = {name: at for name, at in self.record.revoked.items() if name != device_id}
        self._update(devices={**self.record.devices, device_id: device}, revoked=revoked)

    def rotate(self, device_id: str) -> None:
        """New secrets for a device, all of them. Raises `NoDevice`, `OSError`."""
        device = self._known(device_id)
        folder = self.device_folder(device_id)
        for name in (bundle.CAMERA_CERTIFICATE, bundle.CAMERA_KEY, bundle.MODE_KEY_FILE):
            (folder / name).unlink(missing_ok=True)
        self._new_password(device_id)
        if device.key_switch:
            self._writer(device_id, folder / bundle.MODE_KEY_FILE)

    def rotate_hub(self) -> None:
        """New passwords and certificates for the broker's machine; authority and keys of the mode stay. Raises `OSError`."""
        for user in _HUB_USERS:
            (self.hub_folder / f"{user}.password").unlink(missing_ok=True)
        for token in _HUB_TOKENS:
            (self.hub_folder / token).unlink(missing_ok=True)
        for path in (self.broker_folder / "server.crt", self.hub_folder / "web.crt"):
            path.unlink(missing_ok=True)

    def revoke(self, device_id: str) -> None:
        """Lets a device in no more, and forgets its secrets. Raises `NoDevice`, `OSError`."""
        if device_id in self.record.revoked:
            return
        self._known(device_id)
        shutil.rmtree(self.device_folder(device_id), ignore_errors=True)
        without = (device_id, mosquitto.tool_user(device_id))
        self._update(
            devices={name: device for name, device in self.record.devices.items() if name != device_id},
            users={user: known for user, known in self.record.users.items() if user not in without},
            mode_writers={name: key for name, key in self.record.mode_writers.items() if name != device_id},
            revoked={**self.record.revoked, device_id: self._now},
        )

    def write(self, *, install: bool = True) -> Changes:
        """Makes every file what it should be; what it was already is left alone. Raises `NoLine`, `OSError`.

        `install`: also the broker's own configuration file, where the site keeps that the same.
        """
        changes = Changes()
        make_folder(self.folder, 0o755)
        make_folder(self.hub_folder, 0o700)
        for name in _HUB_WRITERS:
            self._writer(name, self.hub_folder / f"{name}-mode.key")
        self._write_hub(changes.hub)
        for device_id, device in self.record.devices.items():
            if self.has_files(device_id):
                self._write_device(device_id, device, changes.devices.setdefault(device_id, []))
        put(self.folder / FILE_NAME, self.record.as_file())
        self._write_broker(changes.broker, install=install)
        return changes

    def device_files(self, device_id: str) -> dict[str, tuple[bytes, int]]:
        """What its machine needs: name -> content and mode. Raises `NoDevice`, `FilesGone`, `OSError`."""
        self._known(device_id)
        if not self.has_files(device_id):
            raise FilesGone(device_id)
        paths = sorted(path for path in self.device_folder(device_id).iterdir() if not path.name.startswith("."))
        return {path.name: (path.read_bytes(), SHARED) for path in paths}

    # Below: how.

    def _known(self, device_id: str) -> DeviceRecord:
        if device_id not in self.record.devices:
            raise NoDevice(device_id, self.record.devices)
        return self.record.devices[device_id]

    def _update(self, **values: object) -> None:
        self.record = self.record.model_copy(update=values)

    def _open_authority(self) -> pki.Certified:
        certificate, key = self.folder / "authority" / "ca.crt", self.folder / "authority" / "ca.key"
        try:
            return pki.Certified(certificate.read_bytes(), key.read_bytes())
        except FileNotFoundError:
            if (self.folder / FILE_NAME).exists():
                raise SiteUnreadable(f"{key} is lost: nothing more can be signed; restore it, or make a new site") from None
        made = pki.new_authority(f"Vigie {self.record.hub[0]}"[:64], self._now)
        put(key, made.key)
        put(certificate, made.certificate, PUBLIC)
        return made

    def _new_password(self, device_id: str) -> None:
        make_folder(self.device_folder(device_id), 0o700)
        put(self.device_folder(device_id) / bundle.PASSWORD_FILE, _new_secret())

    def _writer(self, name: str, path: Path) -> None:
        """Somebody who may set the mode, with the key at `path`."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_key(path)
        key = read_key(path)
        assert key is not None
        self._update(mode_writers={**self.record.mode_writers, name: key.public})

    def _admit(self, user: str, password_path: Path) -> None:
        """The broker knows the password that is at `path`."""
        password = password_path.read_text(encoding="ascii").strip()
        known = self.record.users.get(user)
        if known is None or not mosquitto.is_hash_of(known, password):
            self._update(users={**self.record.users, user: mosquitto.password_hash(password, os.urandom(12))})

    def _write_hub(self, changed: list[str]) -> None:
        folder = self.hub_folder
        for user in _HUB_USERS:
            path = folder / f"{user}.password"
            if not path.exists():
                changed += _put(path, _new_secret())
            self._admit(user, path)
        self._admit(mosquitto.tool_user(mosquitto.BRIDGE), folder / "bridge.password")
        for token in _HUB_TOKENS:
            if not (folder / token).exists():
                changed += _put(folder / token, f"{new_token()}\n".encode())
        changed += _put(folder / bundle.AUTHORITY_FILE, self._authority.certificate, PUBLIC)
        changed += self._certify(folder / "web.crt", folder / "web.key", self.record.page_names, pki.WEB)
        signs = self.named == bundle.ROOTS_SITE
        for name, text in (
            (bundle.BRIDGE_FILE, lambda before: bundle.bridge_file(folder, self.record, before)),
            (
                bundle.SERVER_FILE,
                lambda before: bundle.server_file(folder, self.record, before, signs=signs),
            ),
            (bundle.OPERATOR_FILE, lambda _before: bundle.operator_file(folder, self.record)),
        ):
            changed += _rewrite(folder / name, text)

    def _write_device(self, device_id: str, device: DeviceRecord, changed: list[str]) -> None:
        folder = self.device_folder(device_id)
        make_folder(folder, 0o700)
        for user in (device_id, mosquitto.tool_user(device_id)):
            self._admit(user, folder / bundle.PASSWORD_FILE)
        changed += _put(folder / bundle.AUTHORITY_FILE, self._authority.certificate, PUBLIC)
        if device.camera:
            certificate, key = folder / bundle.CAMERA_CERTIFICATE, folder / bundle.CAMERA_KEY
            changed += self._certify(certificate, key, (device_id, f"{device_id}.local"), pki.MACHINE)
        changed += _rewrite(
            folder / bundle.AGENT_FILE, lambda before: bundle.agent_file(device_id, device, self.record, before), SHARED
        )

    def _write_broker(self, changed: list[str], *, install: bool) -> None:
        folder, record = self.broker_folder, self.record
        group = _group_of(record.broker_user)
        make_folder(folder, 0o750, group)
        changed += _put(folder / "ca.crt", self._authority.certificate, SHARED, group)
        names = record.hub_names
        changed += self._certify(folder / "server.crt", folder / "server.key", names, pki.MACHINE, mode=SHARED, group=group)
        plan = mosquitto.BrokerPlan(
            self.named / "broker", record.broker_user, self.pid_file, record.tls_port, record.local_port, record.listen
        )
        texts = {
            "passwd": mosquitto.password_file(record.users),
            "acl": mosquitto.access_list(record.devices),
            "mosquitto.conf": mosquitto.configuration(plan),
        }
        for name, text in texts.items():
            changed += _put(folder / name, text.encode(), SHARED, group)
        if install and record.installed_at is not None:
            changed += _install(texts["mosquitto.conf"].encode(), record.installed_at)

    def _certify(
        self, certificate: Path, key: Path, names: Collection[str], life: pki.Life, *, mode: int = SECRET, group: int | None = None
    ) -> list[str]:
        with suppress(FileNotFoundError):
            if key.exists() and not pki.is_due(certificate.read_bytes(), self._authority, names, life, self._now):
                return [*_put(key, key.read_bytes(), mode, group), *_put(certificate, certificate.read_bytes(), PUBLIC, group)]
        made = pki.issue(self._authority, next(iter(names)), names, life, self._now)
        # A kill in between leaves a key without its certificate: without the old certificate the next run sees that.
        certificate.unlink(missing_ok=True)
        return [*_put(key, made.key, mode, group), *_put(certificate, made.certificate, PUBLIC, group)]


def default_broker_user() -> str:
    """As whom Mosquitto runs here: Debian's user where root sets it up, else whoever does."""
    if os.geteuid() == 0:
        with suppress(KeyError):
            return pwd.getpwnam(_MOSQUITTO).pw_name
    return getpass.getuser()


def _group_of(user: str) -> int | None:
    """The group through which the broker reads its files; None where it runs as we do."""
    if os.geteuid() != 0 or user == getpass.getuser():
        return None
    with suppress(KeyError):
        return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_gid
    return None


def _install(content: bytes, path: Path) -> list[str]:
    """In the place of the distribution's own configuration, of which the first one that was there is kept."""
    kept = path.with_name(f"{path.name}.before-vigie")
    if path.exists() and not kept.exists() and path.read_bytes() != content:
        shutil.copy2(path, kept)
    return _put(path, content, PUBLIC)


def _rewrite(path: Path, text: Callable[[str | None], str], mode: int = SECRET) -> list[str]:
    before = path.read_text(encoding="utf-8") if path.exists() else None
    try:
        return _put(path, text(before).encode(), mode)
    except bundle.NoLine as error:
        raise bundle.NoLine(str(path)) from error


def _put(path: Path, content: bytes, mode: int = SECRET, group: int | None = None) -> list[str]:
    return [path.name] if put(path, content, mode, group) else []


def _new_secret() -> bytes:
    return f"{secrets.token_urlsafe(32)}\n".encode()
