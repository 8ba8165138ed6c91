"""The way in for clips and stills: announce, append, complete. A bridge may die at any point and go on from our offset."""

import asyncio
import contextlib
import logging
from dataclasses import replace

from vigie.protocol.camera import Media, MediaKind, MediaOffset
from vigie.server.errors import BodyTooLarge, StoreUnavailable
from vigie.server.keeper import Keeper
from vigie.server.media_errors import MediaOfAnother, MediaTooLarge, UnknownMedia, WrongHash, WrongOffset
from vigie.server.shelf import Shelf
from vigie.server.store.clip_changes import announced
from vigie.server.store.media import REMUX, MediaRow, open_media

log = logging.getLogger(__name__)

MAX_CHUNK_BYTES = 1024 * 1024
MAX_BYTES = {MediaKind.CLIP: 1024**3, MediaKind.STILL: 16 * 1024**2}
"""Five minutes, the longest clip, at 25 Mbit/s."""
SILENT_AFTER_S = 60.0
WATCH_INTERVAL_S = 10.0
STALLED = "nothing of it has come for a minute: the camera, or the way to it, is gone; what is here can be seen, the rest may come"


class MediaDesk:
    """Takes what bridges bring. `work` is set when a clip can be finished."""

    def __init__(self, shelf: Shelf, keeper: Keeper, work: asyncio.Event) -> None:
        self._shelf = shelf
        self._keeper = keeper
        self._work = work
        self._heard_at: dict[str, float] = {}

    async def announce(self, media: Media) -> MediaOffset:
        """Takes in what the Pi says of it; answers what is here. Raises `MediaOfAnother`, `MediaTooLarge`, `StoreUnavailable`."""
        if media.size_bytes > MAX_BYTES[media.kind]:
            raise MediaTooLarge(media.id, MAX_BYTES[media.kind])
        async with self._shelf.lock(media.id):
            old = await self._shelf.row(media.id)
            if old is not None and (old.device_id, old.kind) != (media.device_id, media.kind):
                raise MediaOfAnother(media.id, old.device_id)
            row = announced(old, media, self._shelf.now_ms())
            if row.is_open:
                self._heard_at[row.id] = self._shelf.clock.monotonic()
            if row != old:
                await self._shelf.save(row)
            return await self._offset(row)

    async def append(self, media_id: str, offset: int, data: bytes) -> MediaOffset:
        """Stores the next bytes, on the disk when it returns. Raises `WrongOffset`, `NoRoom`, `UnknownMedia`."""
        if len(data) > MAX_CHUNK_BYTES:
            raise BodyTooLarge(MAX_CHUNK_BYTES)
        async with self._shelf.lock(media_id):
            row = await self._require(media_id)
            at = await self._offset(row)
            if not row.is_open:
                raise WrongOffset(media_id, at, f"it is {at.state}, nothing more is wanted of it")
            if offset != at.offset:
                raise WrongOffset(media_id, at, f"{at.offset} bytes are here, these begin at {offset}")
            kind = MediaKind(row.kind)
            if offset + len(data) > MAX_BYTES[kind]:
                raise MediaTooLarge(media_id, MAX_BYTES[kind])
            self._heard_at[media_id] = self._shelf.clock.monotonic()
            if not data:
                return at
            await self._keeper.require_room(len(data))
            end = await self._shelf.on_disk(lambda: self._shelf.files.append(media_id, kind, offset, data))
            self._shelf.has_received(media_id, end)
            return MediaOffset(offset=end, state=at.state)

    async def complete(self, media_id: str, sha256: str, size_bytes: int) -> MediaOffset:
        """All was sent: checks it. Raises `WrongOffset` where bytes are missing, `WrongHash` where they are others."""
        async with self._shelf.lock(media_id):
            row = await self._require(media_id)
            at = await self._offset(row)
            if not row.is_open:
                return at
            kind = MediaKind(row.kind)
            if at.offset < size_bytes:
                raise WrongOffset(media_id, at, f"{at.offset} of {size_bytes} bytes are here")
            await self._check(row, kind, sha256, size_bytes, surplus=at.offset - size_bytes)
            await self._accept(replace(row, sha256=sha256, size_bytes=size_bytes, note=None), kind)
            return MediaOffset(offset=size_bytes, state="finished")

    async def watch_for_ever(self) -> None:
        """Says in words that nothing more comes of what should be on its way."""
        while True:
            await self._shelf.clock.sleep(WATCH_INTERVAL_S)
            with contextlib.suppress(StoreUnavailable):  # the site's page says so; it is looked at again
                await self._note_silence()

    async def _note_silence(self) -> None:
        for row in await self._shelf.store.read(open_media):
            if row.is_open and row.note is None and self._is_silent(row.id):
                async with self._shelf.lock(row.id):
                    if await self._shelf.row(row.id) == row and self._is_silent(row.id):
                        await self._shelf.save(replace(row, state="uploading", note=STALLED))

    def take_changes(self, rows: list[MediaRow]) -> None:
        """What `clip` events have changed."""
        for row in rows:
            self._heard_at[row.id] = self._shelf.clock.monotonic()
            self._shelf.tell(row)
            if row.work is not None:
                self._work.set()

    async def _check(self, row: MediaRow, kind: MediaKind, sha256: str, size_bytes: int, *, surplus: int) -> None:
        """A Pi that lost its power may have less than it has sent before: then the surplus goes."""
        files = self._shelf.files
        if surplus:
            await self._shelf.on_disk(lambda: files.cut(row.id, kind, size_bytes))
        if await self._shelf.on_disk(lambda: files.sha256(row.id, kind)) != sha256:
            await self._shelf.on_disk(lambda: files.cut(row.id, kind, 0))
            self._shelf.has_received(row.id, 0)
            log.warning("another SHA-256 than the Pi's, thrown away: id=%s device_id=%s", row.id, row.device_id)
            raise WrongHash(row.id, MediaOffset(offset=0, state="uploading"))

    async def _accept(self, row: MediaRow, kind: MediaKind) -> None:
        self._heard_at.pop(row.id, None)
        await self._shelf.on_disk(lambda: self._shelf.files.accept(row.id, kind))
        if kind is MediaKind.STILL:
            await self._shelf.save(replace(row, state="finished"))
        else:
            await self._shelf.save(replace(row, state="uploading", work=REMUX))
            self._work.set()
        self._keeper.look_soon()

    async def _require(self, media_id: str) -> MediaRow:
        row = await self._shelf.row(media_id)
        if row is None:
            raise UnknownMedia(media_id)
        return row

    async def _offset(self, row: MediaRow) -> MediaOffset:
        """To a bridge, what is all here is finished, also while it is still made an MP4."""
        if row.work is not None:
            return MediaOffset(offset=row.size_bytes, state="finished")
        offset = await self._shelf.received_bytes(row)
        return MediaOffset(offset=offset, state=row.state)

    def _is_silent(self, media_id: str) -> bool:
        now_s = self._shelf.clock.monotonic()
        return now_s - self._heard_at.setdefault(media_id, now_s) >= SILENT_AFTER_S
