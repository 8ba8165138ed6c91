"""Files that hold secrets: whole or not there, never readable by others for a moment, unchanged where nothing changes."""

import os
from contextlib import suppress
from pathlib import Path

from vigie.deploy.target.whole_file import write

SECRET = 0o600
SHARED = 0o640
"""For the group that a service runs in."""
PUBLIC = 0o644


def put(path: Path, content: bytes, mode: int = SECRET, group: int | None = None) -> bool:
    """Makes the file hold `content`, with this mode and group; False where it did already. Raises `OSError`."""
    with suppress(FileNotFoundError):
        if path.read_bytes() == content:
            return _set_access(path, mode, group)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(path, content, mode, gid=-1 if group is None else group)
    return True


def make_folder(path: Path, mode: int, group: int | None = None) -> None:
    """A folder with this mode and group, also where it was there with others. Raises `OSError`."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _set_access(path, mode, group)


def _set_access(path: Path, mode: int, group: int | None) -> bool:
    found = path.stat()
    is_other = found.st_mode & 0o7777 != mode or (group is not None and found.st_gid != group)
    if is_other:
        if group is not None:
            os.chown(path, -1, group)
        path.chmod(mode)
    return is_other
