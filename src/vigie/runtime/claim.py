"""One program per data folder: a lock that the kernel drops with its holder, however that ends (flock(2))."""

import errno
import fcntl
import os
from contextlib import ExitStack
from pathlib import Path

_LOCKS = Path("/proc/locks")
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
"""What the kernel says when nothing more fits on the disk."""


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


def claim(folder: Path, program: str, *, mend: str = "set VIGIE_DATA to another folder") -> ExitStack:
    """Makes `folder`, and makes it ours until the returned stack is closed.

    `program` is its name in the lock file and in the errors, `mend` what the owner can do. Where not even a lock file fits
    on the disk any more the folder itself is locked: then no other program can have it either. Raises `FolderUnusable`,
    `FolderInUse`.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            own = _open(folder, os.O_DIRECTORY, stack)
            lock = _lock_file(folder / f"{program}.lock", stack)
        except OSError as error:
            raise FolderUnusable(folder, error.strerror or str(error), mend) from error
        try:
            # The folder too, shared: so it notices one who has it alone.
            fcntl.flock(own, (fcntl.LOCK_EX if lock is None else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            if lock is not None:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderInUse(folder, program, mend) from error
        return stack.pop_all()


def _lock_file(path: Path, stack: ExitStack) -> int | None:
    try:
        return _open(path, os.O_RDWR | os.O_CREAT, stack)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        return None


def _open(path: Path, flags: int, stack: ExitStack) -> int:
    file = os.open(path, flags | os.O_CLOEXEC, 0o666)
    stack.callback(os.close, file)
    return file


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
