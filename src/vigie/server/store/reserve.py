"""Room that is kept beside the database. SQLite needs a little to open a file: without it a full disk would end a restart."""

import contextlib
import errno
import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

RESERVE_BYTES = 1024 * 1024
AMPLE_BYTES = 8 * RESERVE_BYTES
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class Reserve:
    """The file `vigie.db.reserve`: given up when the database cannot be opened, made again when there is room."""

    def __init__(self, database: str) -> None:
        self._path = Path(f"{database}.reserve")

    def make(self) -> None:
        """Keeps the room, where enough is left for the database itself; raises nothing."""
        if self._path.exists() or self._free_bytes() < AMPLE_BYTES:
            return
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError as error:
            log.warning("no room could be kept beside the database file=%s reason=%s", self._path, error.strerror or error)
            with contextlib.suppress(OSError):
                self._path.unlink()

    def is_needed(self) -> bool:
        """Whether the disk is so full that want of room explains a database that cannot be opened."""
        return self._free_bytes() < RESERVE_BYTES

    def give_up(self) -> bool:
        """Frees the room; false where none was kept."""
        try:
            self._path.unlink()
        except OSError:
            return False
        log.warning("the disk is full: gave up the room that was kept beside the database file=%s", self._path)
        return True

    def _free_bytes(self) -> int:
        try:
            return shutil.disk_usage(self._path.parent).free
        except OSError:
            return 0
