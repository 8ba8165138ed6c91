"""`vigie restore`: puts a backup in place of a folder, once all of it has been checked. What was there is moved aside."""

import hashlib
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vigie.agent.drafts import Drafts
from vigie.agent.gap_events import GapEvents
from vigie.agent.health import WallClock
from vigie.agent.log_file import LogFile
from vigie.agent.log_room import LogRoom
from vigie.owner.backup import plan
from vigie.owner.backup.errors import BackupError, NoBackup
from vigie.owner.backup.last_backup import note_backup
from vigie.owner.backup.manifest import Entry, Kind, Manifest, Program
from vigie.owner.backup.reading import require_usable, unpack
from vigie.owner.backup.redaction import LEFT_OUT, people_without_secrets
from vigie.owner.findings import figure, printable, size
from vigie.protocol.times import iso_ms
from vigie.runtime.claim import holder
from vigie.runtime.clock import Clock

_LOCKS = ("*.lock", "*/*.lock", "agents/*/*.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for. `only`: of this device what it needs to be itself. `ask`: for the passphrase of a sealed backup."""

    file: Path
    folder: Path
    dry_run: bool = False
    only: str | None = None
    ask: Callable[[], str]


def run(wanted: Wanted, clock: Clock) -> int:
    """Restores, or says what it would do; 1 where it cannot, and then nothing is changed."""
    try:
        for line in restore(wanted, clock):
            print(printable(line), flush=True)
    except NoBackup as error:
        print(f"vigie restore: {wanted.file} cannot be used: {error}; nothing was changed", file=sys.stderr)
    except sqlite3.Error as error:
        print(
            f"vigie restore: a database in {wanted.file} is not as its program made it: {error}; nothing was changed",
            file=sys.stderr,
        )
    except (BackupError, OSError) as error:
        print(f"vigie restore: {error}; nothing was changed", file=sys.stderr)
    else:
        return 0
    return 1


def restore(wanted: Wanted, clock: Clock) -> Iterator[str]:
    """Does it; what to tell the owner. Raises `BackupError`, `OSError`: then the folder is as it was."""
    folder = wanted.folder.resolve()
    if not wanted.dry_run:
        require_idle(folder)
    with _staging(folder) as staging:
        unpacked, fresh = staging / "unpacked", staging / "fresh"
        unpacked.mkdir()
        manifest = unpack(wanted.file, unpacked, wanted.ask)
        chosen = plan.everything(manifest) if wanted.only is None else plan.identity_of(manifest, wanted.only)
        for _, entry in plan.databases(chosen):
            require_usable(entry, unpacked / entry.path)
        yield f"{wanted.file}: whole; made {iso_ms(manifest.made_at)} on {manifest.host} by Vigie {manifest.vigie}"
        kept = _arrange(chosen, unpacked, fresh, folder)
        lines = list(_summary(manifest, chosen, kept))
        if wanted.dry_run:
            yield from lines
            yield from _would(folder)
            return
        _renew_logs(chosen, fresh, clock)
        lines += _next_steps(manifest, chosen, fresh, wanted.file.absolute())
        _settle(fresh, folder)
        require_idle(folder)
        aside = _swap(fresh, folder, clock)
    yield from lines
    if wanted.only is not None:
        yield f"to do: keep the old card of {wanted.only} off: two Pis under one name throw each other out"
    if aside is not None:
        yield f"what was in {folder} is in {aside}, as it was; delete it when all is well"
    yield f"restored into {folder}"


def require_idle(folder: Path) -> None:
    """Raises `BackupError` while a program works in this folder."""
    for pattern in _LOCKS:
        for lock in sorted(folder.glob(pattern)):
            if (pid := holder(lock)) is not None:
                name = lock.name.removesuffix(".lock")
                program = "server" if name == "vigie.db" else "vigie up" if name == "up" else name
                raise BackupError(f"{program} (pid {pid}) runs on {lock.parent}: stop it first")


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Beside the folder, on the same disk: what is checked there takes its place by one rename."""
    if not folder.parent.is_dir():
        raise BackupError(f"there is no folder {folder.parent} to make {folder.name} in")
    if folder.is_mount():
        raise BackupError(f"{folder} is a disk of its own, and cannot be moved aside: name a folder in it with --data")
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.restoring-", dir=folder.parent))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _arrange(chosen: Mapping[str, Entry], unpacked: Path, fresh: Path, folder: Path) -> set[str]:
    """Builds the new folder. Recordings of which it has the hashes are linked from the old one, where they are the same."""
    fresh.mkdir(mode=0o700)
    kept = set()
    for path, entry in chosen.items():
        target = fresh / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if entry.is_packed:
            (unpacked / entry.path).rename(target)
        elif _is_same(folder / path, entry):
            os.link(folder / path, target)
            kept.add(path)
    return kept


def _is_same(path: Path, entry: Entry) -> bool:
    try:
        if path.is_symlink() or path.stat().st_size != entry.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
    except OSError:
        return False


def _summary(manifest: Manifest, chosen: Mapping[str, Entry], kept: set[str]) -> Iterator[str]:
    for path, entry in chosen.items():
        if entry.kind is not Kind.RECORDING:
            yield f"  {path}: {entry.kind.value}, {size(entry.size)}; was {entry.was}"
    recordings = [path for path, entry in chosen.items() if entry.kind is Kind.RECORDING]
    if recordings:
        packed = sum(chosen[path].is_packed for path in recordings)
        gone = len(recordings) - packed - len(kept)
        yield f"  {figure(len(recordings), 'recording')}: {packed} in it, {len(kept)} still in the folder, {gone} gone"
    for line in manifest.left_out:
        yield f"  not in it: {line}"


def _would(folder: Path) -> Iterator[str]:
    try:
        require_idle(folder)
    except BackupError as error:
        yield f"before it can be restored: {error}"
    if _holds_something(folder):
        yield f"{folder} would be moved aside"
    yield "nothing was changed: this was a dry run"


def _renew_logs(chosen: Mapping[str, Entry], fresh: Path, clock: Clock) -> None:
    """An event log that comes back alone is older than what its server knows: it goes on under a new stream from the start.

    Where the server comes back with it the two agree, and it goes on as it was.
    """
    restored = list(plan.databases(dict(chosen)))
    if any(entry.program is Program.SERVER for _, entry in restored):
        return
    for path, entry in restored:
        if entry.program is Program.AGENT:
            file = LogFile(fresh / path)
            try:
                LogRoom(file, GapEvents(Drafts(WallClock(clock), clock))).fork()
            finally:
                file.close()


def _next_steps(manifest: Manifest, chosen: Mapping[str, Entry], fresh: Path, file: Path) -> Iterator[str]:
    """After what a restored server has to know of itself: how old its backup is."""
    for path, entry in chosen.items():
        if entry.program is Program.SERVER and entry.kind is Kind.DATABASE:
            note_backup((fresh / path).parent, manifest.made_at, file, sealed=manifest.has_secrets)
            asked = people_without_secrets(fresh / path)
            for name in asked.get("users", []):
                yield f"to do: vigie user password {name}"
            for name in asked.get("people", []):
                yield f"to do: vigie pin set {name}"
            if not manifest.has_secrets:
                yield "to do: vigie token add NAME, for each program that had a token"
    for path, entry in chosen.items():
        if entry.path.endswith(".toml") and LEFT_OUT.encode() in (fresh / path).read_bytes():
            yield f"to do: write the passwords and tokens into {path}, where it says {LEFT_OUT}"
    if any(path.startswith(f"{Program.CONFIG}/") for path in chosen):
        yield "to do: put the configuration files back where they were, or start the programs with these"


def _settle(fresh: Path, folder: Path) -> None:
    """On the disk, and whose it was: what root restores is for the users of the programs."""
    if folder.is_dir():
        fresh.chmod(folder.stat().st_mode & 0o7777)
    elif os.geteuid() == 0:
        fresh.chmod(0o755)  # each program has its own user, and a folder of its own in it
    for where, _, names in os.walk(fresh):
        for path in (Path(where), *(Path(where) / name for name in names)):
            if os.geteuid() == 0:
                owner = _owner(path, fresh, folder)
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
            _sync(path)


def _owner(path: Path, fresh: Path, folder: Path) -> os.stat_result:
    """Of what had this place before; where there was nothing, of the folder that it is in."""
    before = folder / path.relative_to(fresh)
    if before.exists():
        return before.stat()
    return folder.parent.stat() if path == fresh else path.parent.stat()


def _swap(fresh: Path, folder: Path, clock: Clock) -> Path | None:
    """Two renames; the first one is undone where the second fails. Where the old folder is now."""
    aside = None
    if _holds_something(folder):
        aside = folder.with_name(f"{folder.name}.before-restore-{clock.now():%Y%m%dT%H%M%SZ}")
        if aside.exists():
            raise BackupError(f"{aside} is there already")
        folder.rename(aside)
    elif folder.exists():
        folder.rmdir()
    try:
        fresh.rename(folder)
    except OSError:
        if aside is not None:
            aside.rename(folder)
        raise
    _sync(folder.parent)
    return aside


def _holds_something(folder: Path) -> bool:
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
