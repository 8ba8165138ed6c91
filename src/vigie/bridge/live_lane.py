"""The live lane: rows that are on the disk and in a hurry, kept in memory as well, so that they go up past any backlog."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable
from itertools import takewhile

from vigie.bridge.spool_file import SpooledRow

MAX_ROWS = 2000
MAX_BYTES = 4 * 1024 * 1024
LIVE_FOR_S = 10.0
"""A row that has not gone up by then is a matter of the backlog, which keeps the order of arrival."""


class LiveLane:
    """Bounded by rows and by bytes. What it does not take, or gives back, is the backlog's.

    Rows of a device's log may overtake each other: their numbers order them. The others keep the order of arrival of their
    device, whichever lane they take.
    """

    def __init__(self) -> None:
        self._rows: deque[SpooledRow] = deque()
        self._on_their_way: Counter[str] = Counter()  # device -> rows that were taken and not let go yet
        self._size_bytes = 0
        self._filled = asyncio.Event()

    def take(self, new: Iterable[SpooledRow], waiting: Callable[[str], int]) -> list[SpooledRow]:
        """Takes those of these rows that are in a hurry and may be, while there is room.

        `waiting` says how many rows of a device were there before these, in any lane.
        """
        taken: list[SpooledRow] = []
        behind: set[str] = set()
        for row in new:
            if row.is_numbered and not row.is_live:  # nearly every row of a backlog
                continue
            device_id = row.device_id
            in_backlog = device_id in behind or waiting(device_id) > self._on_their_way[device_id]
            if row.is_live and (row.is_numbered or not in_backlog) and self._has_room(row):
                self._rows.append(row)
                self._size_bytes += len(row.item)
                taken.append(row)
            elif not row.is_numbered:
                behind.add(device_id)
        self._on_their_way.update(row.device_id for row in taken)
        if taken:
            self._filled.set()
        return taken

    def _has_room(self, row: SpooledRow) -> bool:
        return len(self._rows) < MAX_ROWS and self._size_bytes + len(row.item) <= MAX_BYTES

    def let_go(self, rows: Iterable[SpooledRow]) -> bool:
        """These rows are on the server, or the backlog's. Whether any of them was taken."""
        live = Counter(row.device_id for row in rows if row.is_live)
        self._on_their_way -= live
        return bool(live)

    def not_overtaking(self, backlog: Iterable[SpooledRow]) -> list[SpooledRow]:
        """The first of these rows, but nothing without a number while earlier rows of its device are on their way here."""
        return list(takewhile(lambda row: row.is_numbered or not self._on_their_way[row.device_id], backlog))

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
