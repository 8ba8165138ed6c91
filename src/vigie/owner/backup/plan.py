"""Which files of a backup go where below the folder that is restored into. Pure."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vigie.owner.backup.errors import BackupError
from vigie.owner.backup.manifest import Entry, Kind, Manifest, Program

_IDENTITY = (Kind.CONFIGURATION, Kind.SECRET)


def everything(manifest: Manifest) -> dict[str, Entry]:
    """Each file by its path in the folder, as its programs look for it."""
    depth = {Program.HOUSE: 1} if manifest.layout == "house" else {Program.SERVER: 1, Program.BRIDGE: 1, Program.AGENT: 2}
    return {_without(entry.path, depth.get(entry.program, 0)): entry for entry in manifest.files}


def identity_of(manifest: Manifest, device_id: str) -> dict[str, Entry]:
    """What makes a Pi the one it was: its configuration, keys and passwords. Not its event log: it begins a new one.

    From a backup of that Pi, or of a machine that has its files. Raises `BackupError` where they are not in it.
    """
    own = [entry for entry in manifest.files if entry.device_id == device_id and entry.kind in _IDENTITY]
    configurations = [entry for entry in own if entry.path.endswith(".toml")]
    if not configurations:
        known = ", ".join(sorted({entry.device_id for entry in manifest.files if entry.device_id and entry.path.endswith(".toml")}))
        raise BackupError(f"no configuration of {device_id!r} is in it; there are those of: {known or 'nobody'}")
    # The files that the owner named come first: a program's folder may hold an older copy.
    configurations.sort(key=lambda entry: entry.program is not Program.CONFIG)
    folders = [str(PurePosixPath(entry.path).parent) for entry in configurations]
    chosen: dict[str, Entry] = {}
    for entry in sorted(own, key=lambda entry: entry.program is not Program.CONFIG):
        chosen.setdefault(_below(entry.path, folders), entry)
    return chosen


def databases(chosen: dict[str, Entry]) -> Iterator[tuple[str, Entry]]:
    """Those among them."""
    return ((path, entry) for path, entry in chosen.items() if entry.kind is Kind.DATABASE)


def _below(path: str, folders: list[str]) -> str:
    for folder in folders:
        if path.startswith(f"{folder}/"):
            return path.removeprefix(f"{folder}/")
    return PurePosixPath(path).name


def _without(path: str, depth: int) -> str:
    return "/".join(path.split("/")[depth:]) if depth else path
