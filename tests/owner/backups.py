"""Backups as an owner makes them, and archives as somebody who means harm would."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any
from unittest import mock

from vigie.owner.backup import making, restoring, sealed
from vigie.owner.backup.manifest import Manifest
from vigie.owner.backup.reading import unpack
from vigie.owner.backup.sealed import Costs
from vigie.runtime.clock import Clock, SystemClock

PASSPHRASE = "correct horse battery"
CHEAP = Costs(ops=1, kib=8)
"""A container says itself what it cost. What it really costs is asserted in `test_backup_sealed.py`."""


def back_up(target: Path, data: Path | None, clock: Clock | None = None, environ: dict[str, str] | None = None, **wanted: Any):
    with mock.patch.object(sealed, "COSTS", CHEAP):
        return making.make(making.Wanted(target=target, data=data, **wanted), environ or {}, clock or SystemClock())


def restore(file: Path, folder: Path, passphrase: str = PASSPHRASE, clock: Clock | None = None, **wanted: Any) -> list[str]:
    """What the owner is told."""
    asked = restoring.Wanted(file=file, folder=folder, ask=lambda: passphrase, **wanted)
    return list(restoring.restore(asked, clock or SystemClock()))


def manifest_of(file: Path, folder: Path) -> Manifest:
    folder.mkdir()
    return unpack(file, folder, lambda: PASSPHRASE)


def entry(path: str, data: bytes, **changes: Any) -> dict[str, Any]:
    kind = {"kind": "configuration", "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "was": "/x"}
    return {"path": path, **kind, **changes}


def write_archive(file: Path, contents: dict[str, bytes], *more: tarfile.TarInfo, **manifest: Any) -> Path:
    """An archive with these files, odd members behind them, and a manifest that fits unless told otherwise."""
    files = [entry(path, data) for path, data in contents.items()]
    told = {"format": 1, "vigie": "0.1.0", "made_at": "2026-11-29T12:00:00Z", "host": "h", "layout": "house", "has_secrets": False}
    text = json.dumps({**told, "files": files, **manifest}).encode()
    with gzip.open(file, "wb") as stream, tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, data in contents.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for member in more:
            tar.addfile(member, io.BytesIO(b"\0" * member.size))
        member = tarfile.TarInfo("manifest.json")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    return file


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
