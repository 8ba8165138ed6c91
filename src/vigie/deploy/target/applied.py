"""What each unit was last started with, by digest: so a run that was cut off before the restart is noticed by the next one."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from vigie.deploy.target.whole_file import write


def digest(release: str, files: Iterable[tuple[str, bytes | None]]) -> str:
    """Of a release and the files (path, content) that a unit reads."""
    found = hashlib.sha256(release.encode())
    for path, content in sorted(files):
        found.update(f"\0{path}\0".encode())
        found.update(b"none" if content is None else hashlib.sha256(content).digest())
    return found.hexdigest()


def read(record: Path) -> dict[str, str]:
    """Unit -> digest; empty where none is known. Raises `OSError`."""
    try:
        found = json.loads(record.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(unit): str(value) for unit, value in found.items()}


def save(record: Path, digests: Mapping[str, str]) -> None:
    """Raises `OSError`."""
    write(record, json.dumps(dict(digests)).encode(), 0o600)
