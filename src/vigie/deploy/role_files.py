"""The files that a role has on its machine, out of the site. Each program can read its own alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.deploy import bundle
from vigie.deploy.private_files import PUBLIC, SHARED
from vigie.deploy.target.order import TargetFile
from vigie.deploy.target.roles import ETC, ROLES

if TYPE_CHECKING:  # brings cryptography, which a Pi does not have
    from vigie.deploy.site import Site

_SECRETS = {
    "bridge": ("bridge.password", bundle.INGEST_TOKEN, bundle.AUTHORITY_FILE),
    "server": ("server-mode.key", "web.crt", "web.key", bundle.INGEST_TOKEN, bundle.VIEWER_TOKEN, bundle.AUTHORITY_FILE),
}
_PUBLIC = {bundle.AUTHORITY_FILE, "web.crt", bundle.CAMERA_CERTIFICATE}


def agent_files(site: "Site", device_id: str, before: str | None) -> tuple[TargetFile, ...]:
    """Of a device; the owner's part is that of `before`, the machine's own. Raises `NoDevice`, `FilesGone`, `NoLine`, `OSError`."""
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
        else bundle.server_file(folder, site.record, before.get(name), signs=on_hub and site.folder == bundle.ROOTS_SITE)
    )
    secrets = (file_of(role, folder / secret, (site.hub_folder / secret).read_bytes()) for secret in _SECRETS[role])
    return (file_of(role, ETC / name, text.encode()), *secrets)


def file_of(role: str, path: Path, content: bytes) -> TargetFile:
    """With the access that it needs: who runs the role may read it."""
    if path.name in _PUBLIC:
        return TargetFile(str(path), content, PUBLIC, "root", role)
    return TargetFile(str(path), content, SHARED, ROLES[role].user, role)
