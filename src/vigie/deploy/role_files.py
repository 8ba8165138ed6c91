"""The files that a role has on its machine, out of the site. Each program can read its own alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.deploy import bundle
from vigie.deploy.private_files import PUBLIC, SHARED
from vigie.deploy.target.order import TargetFile
from vigie.deploy.target.roles import BROKER_FILE, BROKER_UNIT, ETC, ROLES

if TYPE_CHECKING:  # brings cryptography, which a Pi does not have
    from vigie.deploy.site import Site

_SECRETS = {
    "bridge": ("bridge.password", bundle.INGEST_TOKEN, bundle.AUTHORITY_FILE),
    "server": ("server-mode.key", "web.crt", "web.key", bundle.INGEST_TOKEN, bundle.VIEWER_TOKEN, bundle.AUTHORITY_FILE),
}
_PUBLIC = {bundle.AUTHORITY_FILE, "web.crt", bundle.CAMERA_CERTIFICATE}


def agent_files(site: "Site", device_id: str, before: str | None) -> tuple[TargetFile, ...]:
    """Of a device; the owner's part is that of `before`, the machine's own. Raises `NoDevice`, `FilesGone`, `NoLine`, `OSError`.

    Where the site has its secrets no more, since they were carried away, the machine's own stay.
    """
    files: dict[str, bytes] = {}
    if site.has_files(device_id) or before is None:
        files = {name: content for name, (content, _) in site.device_files(device_id).items()}
    if before is not None:
        files[bundle.AGENT_FILE] = bundle.agent_file(device_id, site.record.devices[device_id], site.record, before).encode()
    return tuple(file_of("agent", ETC / name, content) for name, content in files.items())


def hub_files(site: "Site", role: str, before: Mapping[str, str], *, on_hub: bool) -> tuple[TargetFile, ...]:
    """Of bridge or server, with the owner's part of the configuration `before`. Raises `NoLine`, `OSError`."""
    name, folder = ROLES[role].configuration, ETC / role
    text = (
        bundle.bridge_file(folder, site.record, before.get(name), on_hub=on_hub)
        if role == "bridge"
        else bundle.server_file(folder, site.record, before.get(name), signs=on_hub and site.named == bundle.ROOTS_SITE)
    )
    secrets = (file_of(role, folder / secret, (site.hub_folder / secret).read_bytes()) for secret in _SECRETS[role])
    return (file_of(role, ETC / name, text.encode()), *secrets)


def broker_files(site: "Site") -> tuple[TargetFile, ...]:
    """Mosquitto's configuration in the place of Debian's, of which the first one that was there is kept. Raises `OSError`."""
    ours = (site.broker_folder / BROKER_FILE.name).read_bytes()
    found = [TargetFile(str(BROKER_FILE), ours, PUBLIC, "root", BROKER_UNIT)]
    kept = BROKER_FILE.with_name(f"{BROKER_FILE.name}.before-vigie")
    if BROKER_FILE.exists() and not kept.exists() and BROKER_FILE.read_bytes() != ours:
        found.append(TargetFile(str(kept), BROKER_FILE.read_bytes(), PUBLIC, "root", ""))
    return tuple(found)


def file_of(role: str, path: Path, content: bytes) -> TargetFile:
    """With the access that it needs: who runs the role may read it."""
    unit, is_secret = ROLES[role].unit, path.suffix != ".toml"
    if path.name in _PUBLIC:
        return TargetFile(str(path), content, PUBLIC, "root", unit, is_secret)
    return TargetFile(str(path), content, SHARED, ROLES[role].user, unit, is_secret)
