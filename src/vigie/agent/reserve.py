"""Room on the disk that is kept for the moment when there is none left: a file that can be given up at once."""

import os
from contextlib import suppress
from pathlib import Path

RESERVE_BYTES = 2 * 1024 * 1024
KEEP_FREE_BYTES = 1024 * 1024
"""What the log itself leaves free once the reserve is given up: without it not even a transaction that deletes has room."""


class Reserve:
    """The reserve beside one event log: enough for thousands of events, and for the transaction that prunes or drops others."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def intact(self) -> bool:
        """Whether it is there, whole."""
        try:
            return self._path.stat().st_size >= RESERVE_BYTES
        except OSError:
            return False

    def disk_free_bytes(self) -> int:
        """What its disk has left; 0 where the disk does not even tell that."""
        try:
            found = os.statvfs(self._path.parent)
        except OSError:
            return 0
        return found.f_bavail * found.f_frsize

    def give_up(self) -> bool:
        """Frees its room; False when it is gone already."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def restore(self) -> bool:
        """Takes the room again where there is more than just that; False when there is not."""
        if self.intact:
            return True
        try:
            if self.disk_free_bytes() < RESERVE_BYTES + KEEP_FREE_BYTES:
                return False
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)  # glibc writes it where the file system cannot
        except OSError:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            return False
        return True
