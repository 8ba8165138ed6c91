"""The backlog as its upload takes it. While a batch is at the server the next is read, and the one before it is deleted."""

import asyncio
from collections.abc import Sequence

from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import SpooledRow


class Backlog:
    """Batches in their order, for one upload at a time. Of `next` only one call may be under way."""

    def __init__(self, spool: Spool, max_items: int, max_bytes: int) -> None:
        self._spool = spool
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._ahead: asyncio.Task[list[SpooledRow]] | None = None
        self._deleting: asyncio.Task[None] | None = None

    async def next(self) -> list[SpooledRow]:
        """Waits until there is something, then gives the oldest rows that nobody has in hand. Raises `SpoolError`.

        Reads on meanwhile, but only what fills a batch: one that is read too early would be a small one.
        """
        ahead, self._ahead = self._ahead, None
        rows = await (self._read() if ahead is None else ahead)
        if self._spool.unread >= self._max_items:
            self._ahead = asyncio.create_task(self._read(), name="backlog read ahead")
        return rows

    async def delete(self, rows: Sequence[SpooledRow]) -> None:
        """The server has these rows. Returns when those of the call before are deleted: a slow disk is not run away from."""
        before, self._deleting = self._deleting, asyncio.create_task(self._spool.delete(rows), name="backlog delete")
        if before is not None:
            await before

    async def close(self) -> None:
        """Ends what is under way. What the spool's thread has been told to do, it does."""
        tasks = [task for task in (self._ahead, self._deleting) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> list[SpooledRow]:
        return await self._spool.next_backlog(self._max_items, self._max_bytes)
