"""A disk of a few megabytes that only a test and its programs see: a tmpfs in a mount namespace of its own."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Self

_AS_ROOT_INSIDE = [] if os.geteuid() == 0 else ["--map-root-user"]
_AS_USER_OF_IT = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]


def fill_disk(ballast: Path) -> None:
    """Makes this file grow until its disk has not one byte left."""
    with ballast.open("ab", buffering=0) as file:
        size = 2**20
        while size:
            try:
                if file.write(bytes(size)) < size:
                    size //= 16
            except OSError:
                size //= 16


class SmallDisk:
    """`folder` names it inside; `path` is the same folder as the test reaches it. Needs root, or user namespaces."""

    def __init__(self, folder: Path, size_bytes: int, *, max_files: int = 1000) -> None:
        folder.mkdir(parents=True)
        mount = f"mount -t tmpfs -o size={size_bytes},nr_inodes={max_files} vigie-test {folder} && echo mounted && exec cat"
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", *_AS_ROOT_INSIDE, "sh", "-c", mount],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "mounted\n", "no tmpfs: run as root, or allow user namespaces"
        self.within = ["nsenter", "--target", str(self._holder.pid), "--mount", *_AS_USER_OF_IT]
        self.folder = folder
        self.path = Path(f"/proc/{self._holder.pid}/root{folder}")
        self._ballast = self.path / "ballast"

    def fill(self) -> None:
        """Not one byte is left."""
        fill_disk(self._ballast)

    def leave(self, free_bytes: int) -> None:
        """Something else takes all but so much."""
        found = os.statvfs(self.path)
        with self._ballast.open("ab") as file:
            file.write(bytes(found.f_bavail * found.f_frsize - free_bytes))

    def use_up_files(self) -> None:
        """Not even an empty file or folder can be made any more."""
        number = 0
        with suppress(OSError):
            while True:
                (self.path / f"file-{number}").touch(exist_ok=False)
                number += 1

    def free(self) -> None:
        """Room again."""
        for path in [self._ballast, *self.path.glob("file-*")]:
            path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._holder.communicate()
