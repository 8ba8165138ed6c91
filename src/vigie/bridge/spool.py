"""The spool: what the broker gave us and the server does not have yet. The async face of `spool_file`, and its counts.

All of SQLite happens in one thread of its own, so that an fsync never holds up the event loop.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

from vigie.bridge.spool_file import Received, SpooledRow, SpoolFile
from vigie.runtime.clock import Clock

T = TypeVar("T")


class Spool:
    """Rows in the order of their arrival. Made by `await Spool.open(…)`; the methods raise `SpoolError` on a bad disk."""

    def __init__(self, file: SpoolFile, thread: ThreadPoolExecutor, boot_id: str, clock: Clock) -> None:
        self._file = file
        self._thread = thread
        self._boot_id = boot_id
        self._clock = clock
        self._rows: Counter[str] = Counter()
        self.size_bytes = 0
        self.parked = 0
        self.filled = asyncio.Event()

    @classmethod
    async def open(cls, path: Path, *, boot_id: str, clock: Clock) -> Self:
        """Opens or makes the file. Raises `SpoolError` where the folder cannot be written."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        file = await asyncio.get_running_loop().run_in_executor(thread, SpoolFile, path)
        spool = cls(file, thread, boot_id, clock)
        await spool._recount()
        return spool

    @property
    def depth(self) -> int:
        """How many items wait for the server."""
        return self._rows.total()

    @property
    def damaged_files(self) -> Sequence[Path]:
        """Spool files that had to be set aside since the start."""
        return self._file.set_aside

    def holds(self, device_id: str) -> bool:
        """Whether items of this device still wait here."""
        return self._rows[device_id] > 0

    async def add(self, received: Sequence[Received]) -> None:
        """Stores the rows of these messages, all or none; when it returns they survive a power cut."""
        mono_ms = int(self._clock.monotonic() * 1000)
        files_before = len(self._file.set_aside)
        new = await self._do(lambda: self._file.insert(received, self._boot_id, mono_ms))
        if len(self._file.set_aside) != files_before:
            await self._recount()
            return
        self._rows.update(row.device_id for row in new)
        self.size_bytes += sum(len(row.item) for row in new)
        if new:
            self.filled.set()

    async def oldest(self, max_items: int, max_bytes: int) -> list[SpooledRow]:
        """Waits until there is something, then gives the oldest rows within the limits, at least one."""
        while True:
            self.filled.clear()
            rows = await self._do(lambda: self._file.oldest(max_items, max_bytes))
            if rows:
                return rows
            if self.depth:
                await self._recount()
            await self.filled.wait()

    async def delete(self, rows: Sequence[SpooledRow]) -> None:
        """Removes these rows, which must be neighbours as `oldest` gave them: the server has them."""
        files_before = len(self._file.set_aside)
        await self._do(lambda: self._file.delete(rows[0].id, rows[-1].id))
        if len(self._file.set_aside) != files_before:  # not deleted, carried over: they go up again
            await self._recount()
        else:
            self._gone(rows)

    async def park(self, row: SpooledRow, reason: str) -> None:
        """Sets a row aside that the server takes in no form."""
        await self._do(lambda: self._file.park(row, reason))
        self._gone([row])
        self.parked += 1

    async def forget_deliveries(self) -> None:
        """The broker has a new session for us: none of the old packet ids can come back."""
        await self._do(self._file.forget_deliveries)

    async def close(self) -> None:
        """Finishes what is under way and closes the file."""
        await self._do(self._file.close)
        self._thread.shutdown()

    def late_after(self, row: SpooledRow, limit_s: float) -> bool:
        """Whether the event of this row is older than `limit_s` by now; one of unknown age is."""
        if row.age_ms is None or row.boot_id != self._boot_id:
            return True
        return row.age_ms + self._clock.monotonic() * 1000 - row.received_mono_ms > limit_s * 1000

    def _gone(self, rows: Sequence[SpooledRow]) -> None:
        for row in rows:
            self._rows[row.device_id] -= 1
            if self._rows[row.device_id] <= 0:
                del self._rows[row.device_id]
            self.size_bytes -= len(row.item)

    async def _recount(self) -> None:
        depths = await self._do(self._file.depth_by_device)
        self._rows = Counter({device_id: count for device_id, (count, _) in depths.items()})
        self.size_bytes = sum(size for _, size in depths.values())
        self.parked = await self._do(self._file.parked_count)
        if depths:
            self.filled.set()

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
