"""`vigie uninstall`: takes Vigie off a machine."""

from pathlib import Path

from vigie.deploy.parcel import CANNOT, failed, look, parcel, send, way_to
from vigie.deploy.target.order import Removal


def uninstall(target: str, ssh_config: Path | None, *, purge: bool, dry_run: bool) -> int:
    """Does it, and prints what has changed; 1 with the reason where it could not."""
    try:
        with way_to(target, ssh_config) as transport, parcel() as folder:
            look(transport)
            return send(transport, folder, Removal(purge=purge, dry_run=dry_run))
    except CANNOT as error:
        return failed("uninstall", error)
