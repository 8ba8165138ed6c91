"""Recordings and stills as the rest of the server works with them: the row, the files, one lock for both, the news."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from vigie.protocol.camera import MediaKind
from vigie.protocol.times import to_unix_ms
from vigie.runtime.clock import Clock
from vigie.server.live import LiveNews, Turn
from vigie.server.media_errors import MediaDiskFailing, NoRoom
from vigie.server.media_files import MediaFiles
from vigie.server.store.audit import Deed, note
from vigie.server.store.media import MediaRow, get_media, put_media, recording_of, still_of
from vigie.server.store.reserve import NO_ROOM
from vigie.server.store.store import Store

T = TypeVar("T")

DISK_THREADS = 2
"""Of their own: a slow disk must not hold up who reads the history."""


class Shelf:
    """Whoever changes a clip or still holds its `lock`; the row is written before files go and after they came."""

    def __init__(self, store: Store, files: MediaFiles, live: LiveNews, clock: Clock) -> None:
        self.store = store
        self.files = files
        self.clock = clock
        self._live = live
        self._disk = ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="media-disk")
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._received: dict[str, int] = {}

    def lock(self, media_id: str) -> asyncio.Lock:
        """The one lock of this clip or still."""
        lock = self._locks.get(media_id)
        if lock is None:
            lock = self._locks[media_id] = asyncio.Lock()
        return lock

    def now_ms(self) -> int:
        """The wall clock."""
        return to_unix_ms(self.clock.now())

    async def row(self, media_id: str) -> MediaRow | None:
        """What is known of it; raises `StoreUnavailable`."""
        return await self.store.read(lambda connection: get_media(connection, media_id))

    async def save(self, row: MediaRow, deed: Deed | None = None) -> None:
        """Writes the row down, with who did it, and tells everybody; raises `StoreUnavailable`."""
        now = self.clock.now()

        def work(connection: Connection) -> None:
            put_media(connection, row)
            if deed is not None:
                note(connection, deed, now)

        await self.store.write(work)
        self.tell(row)

    def tell(self, row: MediaRow) -> None:
        """The news of a row as it is now."""
        if row.kind == MediaKind.CLIP:
            self._live.tell("recording", recording_of(row, self._received.get(row.id, 0)), Turn.FRESH)
        elif row.state == "finished":
            self._live.tell("still", still_of(row), Turn.FRESH)

    async def received_bytes(self, row: MediaRow) -> int:
        """How much of it has arrived."""
        if not row.is_open:
            self._received.pop(row.id, None)
            return 0 if row.state == "deleted" else row.size_bytes
        if row.id not in self._received:
            self._received[row.id] = await self.on_disk(lambda: self.files.received_bytes(row.id, MediaKind(row.kind)))
        return self._received[row.id]

    def has_received(self, media_id: str, size_bytes: int) -> None:
        """So much of it has arrived now."""
        self._received[media_id] = size_bytes

    async def on_disk(self, work: Callable[[], T]) -> T:
        """Runs blocking work with files; raises `NoRoom`, `MediaDiskFailing`."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._disk, work)
        except OSError as error:
            reason = error.strerror or str(error)
            if error.errno in NO_ROOM:
                raise NoRoom(reason) from error
            raise MediaDiskFailing(reason) from error

    def close(self) -> None:
        """Waits for what is being written."""
        self._disk.shutdown()
