"""Keeps recordings within their room: deletes by bytes, by days and by free space, and answers how long the room lasts."""

import asyncio
import logging
from dataclasses import replace

from vigie.domain.keeping import Limits, days_left, to_delete
from vigie.protocol.camera import DeletionReason, MediaKind
from vigie.runtime.clock import wait_for_event
from vigie.server.api.recording_schemas import MediaRoom
from vigie.server.errors import StoreUnavailable
from vigie.server.media_errors import MediaDiskFailing, NoRoom
from vigie.server.shelf import Shelf
from vigie.server.store.audit import Deed
from vigie.server.store.media import MediaRow, kept_media

log = logging.getLogger(__name__)

KEEP_INTERVAL_S = 60.0


class Keeper:
    """The only one that deletes."""

    def __init__(self, shelf: Shelf, limits: Limits) -> None:
        self._shelf = shelf
        self._limits = limits
        self._wake = asyncio.Event()
        self._freeing = asyncio.Lock()

    async def keep_for_ever(self) -> None:
        """Looks every minute, and whenever something was added."""
        while True:
            try:
                await self.free()
            except (StoreUnavailable, MediaDiskFailing, NoRoom) as error:
                log.warning("recordings are not tidied now reason=%s", error)
            self._wake.clear()
            await wait_for_event(self._wake, KEEP_INTERVAL_S, self._shelf.clock)

    def look_soon(self) -> None:
        """Something has been added."""
        self._wake.set()

    async def require_room(self, size_bytes: int) -> None:
        """Makes room for so many bytes; raises `NoRoom` where nothing more may go."""
        if await self._has_room(size_bytes):
            return
        await self.free()
        if not await self._has_room(size_bytes):
            floor = self._limits.min_free_bytes
            raise NoRoom(f"less than {floor} bytes of the disk are free (min_free_bytes), and what is left here is locked or new")

    async def free(self) -> None:
        """Deletes what has to go."""
        async with self._freeing:
            kept = await self._shelf.store.read(kept_media)
            free_bytes = await self._shelf.on_disk(self._shelf.files.free_bytes)
            for doomed in to_delete(kept, self._limits, free_bytes=free_bytes, now_ms=self._shelf.now_ms()):
                async with self._shelf.lock(doomed.id):
                    row = await self._shelf.row(doomed.id)
                    if row is not None and row.state != "deleted" and not row.locked:
                        await self.delete(row, doomed.reason)

    async def delete(self, row: MediaRow, reason: DeletionReason, deed: Deed | None = None) -> MediaRow:
        """Deletes it; whoever calls holds its lock. The row comes first: what a crash leaves of the files is swept later."""
        gone = replace(row, state="deleted", work=None, deleted_at_ms=self._shelf.now_ms(), deleted_reason=reason.value)
        await self._shelf.save(gone, deed)
        await self._shelf.on_disk(lambda: self._shelf.files.delete(row.id, MediaKind(row.kind)))
        log.info("deleted %s id=%s reason=%s", row.kind, row.id, reason.value)
        return gone

    async def room(self) -> MediaRoom:
        """How much there is, and for how long."""
        kept = await self._shelf.store.read(kept_media)
        clips = await self._shelf.store.read(lambda connection: kept_media(connection, MediaKind.CLIP))
        free_bytes = await self._shelf.on_disk(self._shelf.files.free_bytes)
        return MediaRoom(
            count=len(clips),
            locked=sum(one.locked for one in kept),
            used_bytes=sum(one.size_bytes for one in kept),
            max_bytes=self._limits.max_bytes,
            free_bytes=free_bytes,
            min_free_bytes=self._limits.min_free_bytes,
            max_days=self._limits.max_days,
            days_left=days_left(kept, self._limits, free_bytes=free_bytes, now_ms=self._shelf.now_ms()),
        )

    async def _has_room(self, size_bytes: int) -> bool:
        try:
            return await self._shelf.on_disk(self._shelf.files.free_bytes) - size_bytes >= self._limits.min_free_bytes
        except MediaDiskFailing:
            return False
