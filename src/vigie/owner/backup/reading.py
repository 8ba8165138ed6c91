"""Reading a backup: every byte into a folder beside the data, every promise of its manifest checked, before anything counts."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from vigie.owner.backup.archive import MANIFEST, PLAIN, SEALED, Member, Source, members
from vigie.owner.backup.copying import require_sound, schema_of, workable_since
from vigie.owner.backup.errors import BackupError, NoBackup
from vigie.owner.backup.manifest import MAX_BYTES, Entry, Kind, Manifest, Program, read_manifest
from vigie.owner.findings import size

_SPARE_BYTES = 64 * 1000**2
MAX_FILES = 1_000_000


def unpack(file: Path, folder: Path, ask: Callable[[], str]) -> Manifest:
    """All of it into the empty `folder`; asks for the passphrase of a sealed one. Raises `BackupError`, `OSError`."""
    with file.open("rb") as raw:
        start = raw.read(len(SEALED))
        raw.seek(0)
        source: Source = raw
        if start == SEALED:
            from vigie.owner.backup.sealed import SealedReader  # libsodium, for who needs it

            source = SealedReader(raw, ask())
        elif not start.startswith(PLAIN):
            raise NoBackup("it was not made by `vigie backup`")
        return _unpack(source, folder)


def _unpack(source: Source, folder: Path) -> Manifest:
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    for member in members(source):
        if manifest is not None:
            raise NoBackup("it holds files behind its manifest")
        if member.name == MANIFEST:
            manifest = _manifest_in(member)
            continue
        if len(found) == MAX_FILES:
            raise NoBackup(f"it holds more than {MAX_FILES:,} files")
        found[member.name] = member.size, _write(member, folder)
    if manifest is None:
        raise NoBackup("its manifest, which is the last file of every backup, is missing: it was cut off")
    promised = {entry.path: (entry.size, entry.sha256) for entry in manifest.files if entry.is_packed}
    if wrong := sorted(found.items() ^ promised.items()):
        raise NoBackup(f"{wrong[0][0]} is not as its manifest says: it was changed")
    return manifest


def _manifest_in(member: Member) -> Manifest:
    if member.size > MAX_BYTES:
        raise NoBackup(f"its manifest is said to be {size(member.size)} long")
    return read_manifest(b"".join(member.pieces()))


def _write(member: Member, folder: Path) -> str:
    """Writes a file down, where the disk has room for what it says of itself; its SHA-256."""
    if member.size + _SPARE_BYTES > shutil.disk_usage(folder).free:
        raise BackupError(f"{member.name} in it is {size(member.size)}: {folder.parent} has no room for it")
    path = folder / member.name
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except (FileExistsError, NotADirectoryError) as error:
        raise NoBackup(f"it holds {member.name} as a file and as a folder") from error
    digest = hashlib.sha256()
    with os.fdopen(target, "wb") as file:
        for piece in member.pieces():
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def require_usable(entry: Entry, path: Path) -> None:
    """A database that is sound, and that this version can open. Raises `BackupError`."""
    if entry.kind is not Kind.DATABASE:
        return
    try:
        require_sound(path)
        version = schema_of(path)
        is_known = _is_known(entry.program, version) or _is_known(entry.program, workable_since(path))
    except (sqlite3.Error, ValueError) as error:  # ValueError: the version is no number
        raise NoBackup(f"{entry.path} in it is damaged: {error}") from error
    if not is_known:
        raise BackupError(f"{entry.path} in it was written by a later version of Vigie (schema {version}): install that one first")


def _is_known(program: Program, version: str) -> bool:
    match program:
        case Program.SERVER:
            from vigie.server.store.database import known_revisions  # SQLAlchemy, which a Pi does not have

            return version in known_revisions()
        case Program.BRIDGE:
            from vigie.bridge.spool_schema import VERSION

            return version.isdigit() and int(version) <= VERSION
        case _:
            from vigie.agent.log_schema import SCHEMA_VERSION

            return version.isdigit() and int(version) <= SCHEMA_VERSION
