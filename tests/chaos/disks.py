"""A small disk of its own for each program's data: a tmpfs that can be made full in an instant, and roomy again.

Needs the right to mount: `python -m tests.chaos` gives itself a private mount namespace for it (`namespace.py`).
"""

import os
import subprocess
from pathlib import Path

_PAGE_BYTES = 4096


class DiskError(Exception):
    """A disk cannot be made or changed: the suite cannot do its work here."""


class Disk:
    """A tmpfs on `folder`."""

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self.folder = folder
        self._size_bytes = size_bytes
        folder.mkdir(parents=True)
        _mount("-t", "tmpfs", "-o", f"size={size_bytes},mode=0755", "vigie-chaos", str(folder))

    def fill(self) -> None:
        """Not one block is left, without writing any: the disk shrinks to what is on it."""
        for _ in range(50):
            found = os.statvfs(self.folder)
            used = max(_PAGE_BYTES, (found.f_blocks - found.f_bfree) * found.f_frsize)
            try:
                _mount("-o", f"remount,size={used}", str(self.folder))
            except DiskError:  # a program wrote in between: the disk cannot be smaller than what is on it
                continue
            return
        raise DiskError(f"{self.folder} grows faster than it can be made full")

    def free(self) -> None:
        """As large as at first."""
        _mount("-o", f"remount,size={self._size_bytes}", str(self.folder))


def _mount(*arguments: str) -> None:
    run = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if run.returncode:
        raise DiskError(run.stderr.strip() or f"mount ended with {run.returncode}")
