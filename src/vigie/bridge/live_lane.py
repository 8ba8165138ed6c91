"""The live lane: rows that are on the disk and in a hurry, kept in memory as well, so that they go up past any backlog."""

import asyncio
from collections import deque
from collections.abc import Sequence

from vigie.bridge.spool_file import SpooledRow

MAX_ROWS = 2000
MAX_BYTES = 4 * 1024 * 1024
LIVE_FOR_S = 10.0
"""A row that has not gone up by then is a matter of the backlog, which keeps the order of arrival."""


class LiveLane:
    """Bounded by rows and by bytes. What it does not take, or gives back, is the backlog's."""

    def __init__(self) -> None:
        self._rows: deque[SpooledRow] = deque()
        self._size_bytes = 0
        self._filled = asyncio.Event()

    def put(self, rows: Sequence[SpooledRow]) -> int:
        """Takes the first of these rows, as many as there is room for; returns how many."""
        taken = 0
        for row in rows:
            if len(self._rows) >= MAX_ROWS or self._size_bytes + len(row.item) > MAX_BYTES:
                break
            self._rows.append(row)
            self._size_bytes += len(row.item)
            taken += 1
        if taken:
            self._filled.set()
        return taken

    async def next(self, max_items: int, max_bytes: int) -> list[SpooledRow]:
        """Waits for rows, then gives the oldest within the limits, at least one."""
        while not self._rows:
            self._filled.clear()
            await self._filled.wait()
        batch: list[SpooledRow] = []
        size_bytes = 0
        while self._rows and len(batch) < max_items:
            size_bytes += len(self._rows[0].item) + 16
            if batch and size_bytes > max_bytes:
                break
            batch.append(self._rows.popleft())
        self._size_bytes -= sum(len(row.item) for row in batch)
        return batch
