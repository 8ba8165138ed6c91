"""The agent of this very machine, whose files are in /etc/vigie by a code or off its boot partition: installed and started."""

import tomllib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vigie.deploy.bundle import AGENT_FILE, DEVICE_FILES
from vigie.deploy.parcel import CANNOT, add_wheel, failed, look, order_for, parcel, require_fit, send
from vigie.deploy.plan import extras, packages
from vigie.deploy.role_files import file_of
from vigie.deploy.target.roles import ETC
from vigie.deploy.transport import Here


def is_taken_in() -> bool:
    """Whether this machine has the files of a device."""
    return (ETC / AGENT_FILE).is_file()


def install(*, wheel: Path | None = None, wheels: Path | None = None, simulate: bool = False, dry_run: bool = False) -> int:
    """Does it, and prints what has changed; 1 with the reason where it could not."""
    try:
        with parcel() as folder:
            way = Here()
            facts = look(way)
            require_fit(facts, way.name)
            add_wheel(folder, wheel, wheels)
            there = [ETC / name for name in sorted(DEVICE_FILES) if (ETC / name).is_file()]
            camera = _camera()
            order = replace(
                order_for(folder, simulate=simulate, dry_run=dry_run),
                roles=("agent",),
                extras=extras("agent", camera, ("agent",)),
                packages=packages("agent", camera, facts, simulate=simulate),
                files=tuple(file_of("agent", path, path.read_bytes()) for path in there),
            )
            return send(way, folder, order)
    except CANNOT as error:
        return failed("deploy", error)


def _camera() -> str | None:
    """Its source, as far as the file can be read; what is wrong with it the agent's own check says."""
    with suppress(tomllib.TOMLDecodeError, UnicodeDecodeError):
        camera = tomllib.loads((ETC / AGENT_FILE).read_text(encoding="utf-8")).get("camera")
        return str(camera.get("source")) if isinstance(camera, dict) else None
    return None
