"""`vigie backup`: one file with all that cannot be made anew, while everything runs."""

import hashlib
import io
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from vigie import __version__
from vigie.owner.backup import inventory, last_backup
from vigie.owner.backup.archive import MANIFEST, Packer
from vigie.owner.backup.copying import copy_database, schema_of
from vigie.owner.backup.errors import BackupError
from vigie.owner.backup.inventory import Inventory, Item
from vigie.owner.backup.manifest import Entry, Kind, Manifest, Program
from vigie.owner.backup.redaction import forget_secrets, without_secrets
from vigie.owner.findings import figure, printable, size
from vigie.runtime.claim import FolderInUse, FolderUnusable, claim
from vigie.runtime.clock import Clock

_STAGING = ".backup-"
_SEALED_LACKS = "people sign in again after a restore"
_OPEN_LACKS = (
    "passwords, PINs, tokens: after a restore, `vigie user password NAME`, `vigie pin set NAME`, `vigie token add NAME`. "
    "With --passphrase they are in it, and all of it is encrypted"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for. With a `passphrase` all of it, sealed; without one no secret is in the file."""

    target: Path
    data: Path | None = None
    configs: Sequence[Path] = ()
    with_recordings: bool = False
    force: bool = False
    passphrase: str | None = None


def run(wanted: Wanted, environ: Mapping[str, str], clock: Clock) -> int:
    """Makes the file and says what is in it, and what is not; 1 where it could not be made or lacks a database."""
    try:
        making = make(wanted, environ, clock)
    except (BackupError, FolderInUse, FolderUnusable) as error:
        return refused(error)
    except OSError as error:
        return refused(f"no backup was made: {error}")
    for line in making.report():
        print(printable(line))
    return 1 if making.damaged else 0


def refused(reason: Exception | str) -> int:
    """Says why there is no backup."""
    print(f"vigie backup: {reason}", file=sys.stderr)
    return 1


def make(wanted: Wanted, environ: Mapping[str, str], clock: Clock) -> "_Making":
    """The backup, safe on the disk under its name. Raises `BackupError`, `ConfigError`, `OSError`, and what `claim` raises."""
    if wanted.target.exists() and not wanted.force:
        raise BackupError(f"{wanted.target} is there already; choose another name, or write over it with --force")
    found = inventory.take(wanted.data, wanted.configs, environ)
    with ExitStack() as stack:
        for root in found.roots:
            if root.is_dir():
                stack.enter_context(claim(root, "backup", mend="wait until it is done"))
                _belongs_as(root, root / "backup.lock")
        staging = stack.enter_context(_staging(found.roots[0] if found.roots[0].is_dir() else wanted.target.absolute().parent))
        making = _Making(wanted, found, staging, clock)
        with _whole_or_nothing(wanted.target, force=wanted.force) as file:
            making.write(file)
        for item in found.items:
            if item.kind is Kind.DATABASE and item.path.startswith(f"{Program.SERVER}/"):
                _note(item.source.parent, making.made_at, wanted)
    return making


class _Making:
    """One backup as it comes to be. `damaged`: databases that could not be copied."""

    def __init__(self, wanted: Wanted, found: Inventory, staging: Path, clock: Clock) -> None:
        self.made_at = clock.now()
        self.damaged: list[str] = []
        self._wanted = wanted
        self._found = found
        self._staging = staging
        self._left_out = list(found.left_out)
        self._secrets_left_out: list[str] = []
        self._entries: list[Entry] = []

    @property
    def _keeps_secrets(self) -> bool:
        return self._wanted.passphrase is not None

    def write(self, file: BinaryIO) -> None:
        """Everything, the manifest last. Raises `OSError`, `BackupError`."""
        sealed = None
        if self._wanted.passphrase is not None:
            from vigie.owner.backup.sealed import SealedWriter  # libsodium, for who wants it

            sealed = SealedWriter(file, self._wanted.passphrase)
        packer = Packer(sealed or file)
        for item in self._found.items:
            self._add(packer, item)
        self._left_out = [*self.damaged, *self._secrets_left_out, *self._left_out]
        manifest = self._manifest().model_dump_json(indent=1).encode()
        packer.add(MANIFEST, io.BytesIO(manifest), len(manifest))
        packer.close()
        if sealed is not None:
            sealed.close()

    def report(self) -> Iterator[str]:
        """What an owner needs to know of it."""
        packed = [entry for entry in self._entries if entry.is_packed]
        target = self._wanted.target
        how = "sealed with the passphrase" if self._keeps_secrets else "no secrets in it"
        yield f"{target}: {size(target.stat().st_size)}, {how}"
        for kind in Kind:
            chosen = [entry for entry in packed if entry.kind is kind]
            if chosen:
                yield f"  {kind.value}: {figure(len(chosen))}, {size(sum(entry.size for entry in chosen))}"
        if listed := len(self._entries) - len(packed):
            yield f"  {figure(listed, 'recording')} by their hashes only; --with-recordings takes them in"
        for line in self._left_out:
            yield f"  not in it: {line}"
        yield f"  not in it: sessions; {_SEALED_LACKS if self._keeps_secrets else _OPEN_LACKS}"
        yield "keep it on another machine, and try it: `vigie restore FILE --dry-run`"

    def _manifest(self) -> Manifest:
        return Manifest(
            vigie=__version__,
            made_at=self.made_at,
            host=socket.gethostname(),
            layout=self._found.layout,
            has_secrets=self._keeps_secrets,
            devices=self._found.devices,
            files=tuple(self._entries),
            left_out=tuple(self._left_out),
        )

    def _add(self, packer: Packer, item: Item) -> None:
        match item.kind:
            case Kind.DATABASE:
                self._add_database(packer, item)
            case Kind.RECORDING:
                self._add_recording(packer, item)
            case Kind.SECRET if not self._keeps_secrets:
                self._secrets_left_out.append(f"{item.source} (a secret)")
            case _:
                self._add_small(packer, item)

    def _add_database(self, packer: Packer, item: Item) -> None:
        copy = self._staging / "copy.db"
        needed = _size_with_companions(item.source) * (1 if self._keeps_secrets else 2)  # written anew, without what was deleted
        if needed > shutil.disk_usage(self._staging).free:
            raise BackupError(f"{item.source} needs {size(needed)} free beside it while it is copied; make room")
        try:
            copy_database(item.source, copy)
            if item.path.startswith(f"{Program.SERVER}/"):
                forget_secrets(copy, keeps_hashes=self._keeps_secrets)
            version = schema_of(copy)
        except sqlite3.Error as error:
            self.damaged.append(f"{item.source}: IT CANNOT BE COPIED: {error}; see `vigie doctor`")
            return
        with copy.open("rb") as file:
            self._pack(packer, item, file, copy.stat().st_size, version)
        copy.unlink()

    def _add_recording(self, packer: Packer, item: Item) -> None:
        try:
            with item.source.open("rb") as file:
                length = os.fstat(file.fileno()).st_size
                if self._wanted.with_recordings:
                    self._pack(packer, item, file, length)
                else:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                    self._note(item, length, digest, is_packed=False)
        except FileNotFoundError:  # the oldest go while we read
            return

    def _add_small(self, packer: Packer, item: Item) -> None:
        """A configuration file, or a secret that may be in it."""
        content = item.source.read_bytes()
        if not self._keeps_secrets and item.source.suffix == ".toml":
            shown = without_secrets(content.decode("utf-8", "replace"))
            if shown is None:
                self._secrets_left_out.append(f"{item.source} (its secrets cannot be told apart from the rest)")
                return
            if shown.encode() != content:
                self._secrets_left_out.append(f"{item.source}: the passwords and tokens in it")
            content = shown.encode()
        self._pack(packer, item, io.BytesIO(content), len(content))

    def _pack(self, packer: Packer, item: Item, file: BinaryIO, length: int, version: str | None = None) -> None:
        self._note(item, length, packer.add(item.path, file, length), version=version)

    def _note(self, item: Item, length: int, digest: str, *, version: str | None = None, is_packed: bool = True) -> None:
        self._entries.append(
            Entry(
                path=item.path,
                kind=item.kind,
                size=length,
                sha256=digest,
                was=str(item.source.absolute()),
                device_id=item.device_id,
                schema_version=version,
                is_packed=is_packed,
            )
        )


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder for one copy at a time, where the databases are anyway: a stick must not get what is to be sealed in clear."""
    for left in folder.glob(f"{_STAGING}*"):  # of one that was killed: the folder is claimed
        shutil.rmtree(left, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _whole_or_nothing(target: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A new file of its owner's alone, which gets its name once all of it is on the disk. Raises `OSError`, `BackupError`."""
    making = target.with_name(f".{target.name}.making")
    making.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists() and not force:
            raise BackupError(f"{target} has come to be meanwhile; choose another name")
        making.replace(target)
    finally:
        making.unlink(missing_ok=True)
    folder = os.open(target.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _note(folder: Path, made_at: datetime, wanted: Wanted) -> None:
    with suppress(OSError):  # the backup itself is whole
        last_backup.note_backup(folder, made_at, wanted.target.absolute(), sealed=wanted.passphrase is not None)
        _belongs_as(folder, folder / last_backup.NOTE)


def _belongs_as(folder: Path, path: Path) -> None:
    """What root makes in a program's folder is the program's user's: they make the next backup, perhaps."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _size_with_companions(path: Path) -> int:
    return sum(part.stat().st_size for part in (path, path.with_name(f"{path.name}-wal")) if part.exists())
