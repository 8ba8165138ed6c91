"""One program per data folder: a lock that the kernel drops with its holder, however that ends (flock(2))."""

import fcntl
from pathlib import Path
from typing import TextIO

_LOCKS = Path("/proc/locks")


class FolderUnusable(Exception):
    """The data folder cannot be made or written."""

    def __init__(self, folder: Path, reason: str, mend: str) -> None:
        super().__init__(f"data folder {folder} cannot be written ({reason}); {mend}")
        self.folder = folder


class FolderInUse(Exception):
    """Another process of the same program works in this folder: each would undo what the other does."""

    def __init__(self, folder: Path, program: str, mend: str) -> None:
        super().__init__(f"another {program} already uses {folder}; stop it, or {mend}")
        self.folder = folder


def claim(folder: Path, program: str, *, mend: str = "set VIGIE_DATA to another folder") -> TextIO:
    """Makes `folder`, and makes it ours for as long as the returned file is open.

    `program` is its name in the lock file and in the errors, `mend` what the owner can do. Raises `FolderUnusable`,
    `FolderInUse`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f"{program}.lock").open("w", encoding="utf-8")
    except OSError as error:
        raise FolderUnusable(folder, error.strerror or str(error), mend) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise FolderInUse(folder, program, mend) from error
    return lock


def holder(lock: Path) -> int | None:
    """The process that holds this lock file; None when nobody does. Looks only: trying the lock could keep its owner out.

    Raises `OSError` where the kernel tells nothing of locks. By the file's number alone: btrfs has devices of its own there.
    """
    listed = _LOCKS.read_text(encoding="ascii").splitlines()
    try:
        inode = lock.stat().st_ino
    except FileNotFoundError:
        return None
    for fields in map(str.split, listed):
        if fields[1] == "FLOCK" and fields[3] == "WRITE" and fields[5].rpartition(":")[2] == str(inode):
            return int(fields[4])
    return None
