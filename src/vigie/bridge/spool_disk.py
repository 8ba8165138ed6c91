"""The disk under the spool: its file on a thread of its own, so that an fsync never holds up the event loop, and its fault."""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from vigie.bridge.spool_file import SpoolError, SpoolFile

log = logging.getLogger(__name__)

T = TypeVar("T")

_NO_ROOM_BYTES = 1024 * 1024


class SpoolDisk:
    """`fault` says what is wrong with the disk, or None; `failing` is set while something is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._file: SpoolFile | None = None
        self._error: SpoolError | None = None
        self.failing = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether there is a file."""
        return self._file is not None

    @property
    def fault(self) -> str | None:
        """What is wrong, or None."""
        return str(self._error) if self._error else None

    @property
    def damaged_files(self) -> Sequence[Path]:
        """Spool files that had to be set aside since the start."""
        return self._file.set_aside if self._file else ()

    @property
    def is_out_of_room(self) -> bool:
        """Whether the disk has next to nothing left."""
        try:
            disk = os.statvfs(self._path.parent)
        except OSError:
            return False
        return disk.f_bavail * disk.f_frsize < _NO_ROOM_BYTES

    async def open(self) -> None:
        """Opens or makes the file. Raises `SpoolError`."""
        self._file = await asyncio.get_running_loop().run_in_executor(self._thread, SpoolFile, self._path)

    async def do(self, work: Callable[[SpoolFile], T]) -> T:
        """What `work` returns, in the order of the calls. Raises `SpoolError`."""
        if self._file is None:
            raise self._error or SpoolError(self._path, "not open yet")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, self._file)

    async def prove_alive(self) -> None:
        """Returns once the thread has done all that it was asked before; it need not have a disk that takes anything."""
        with suppress(SpoolError):
            await self.do(lambda _file: None)

    def failed(self, error: SpoolError) -> None:
        """Notes what is wrong; told in the log once."""
        if self._error is None:
            log.error("%s; events go straight to the server until it works again, or wait at the broker", error)
        self._error = error
        self.failing.set()

    def works(self) -> None:
        """The disk has taken something."""
        if self._error is not None:
            log.warning("the spool takes events again")
        self._error = None
        self.failing.clear()

    async def close(self) -> None:
        """Finishes what is under way and closes the file."""
        if self._file is not None:
            await self.do(lambda file: file.close())
        self._thread.shutdown()
