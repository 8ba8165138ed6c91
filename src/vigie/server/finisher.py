"""Makes of a clip that has arrived a recording: MP4, poster, row. Does again at a start what a dead server has not finished."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from vigie.protocol.camera import DeletionReason, MediaKind
from vigie.runtime.clock import wait_for_event
from vigie.server.errors import StoreUnavailable
from vigie.server.keeper import Keeper
from vigie.server.media_errors import MediaDiskFailing, NoRoom
from vigie.server.media_files import PART, TRIAL
from vigie.server.remux import Remuxed, RemuxFailed, RemuxHasNoRoom, remux
from vigie.server.shelf import Shelf
from vigie.server.store.media import REMUX, MediaRow, ids_known, open_media

log = logging.getLogger(__name__)

RETRY_S = 30.0
_AT_A_TIME = 500


class Finisher:
    """One clip at a time: it is not urgent, and a small machine has other work. `work` says that there is some."""

    def __init__(self, shelf: Shelf, keeper: Keeper, work: asyncio.Event) -> None:
        self._shelf = shelf
        self._keeper = keeper
        self._work = work
        self.waiting = 0
        """Clips that wait for their turn."""

    async def finish_for_ever(self) -> None:
        """Sweeps, then finishes what there is, and what comes."""
        is_swept = False
        while True:
            self._work.clear()
            try:
                if not is_swept:
                    await self._sweep()
                is_swept = True
                await self._finish_all()
            except (StoreUnavailable, NoRoom, MediaDiskFailing) as error:
                log.warning("clips cannot be finished now reason=%s", error)
            await wait_for_event(self._work, RETRY_S, self._shelf.clock)

    async def _finish_all(self) -> None:
        rows = [row for row in await self._shelf.store.read(open_media) if row.work == REMUX]
        self.waiting = len(rows)
        for row in rows:
            await self._finish(row.id)
            self.waiting -= 1

    async def _finish(self, media_id: str) -> None:
        """Not under the lock while the MP4 is made: bridge and browsers would wait for it."""
        files = self._shelf.files
        async with self._shelf.lock(media_id):
            row = await self._shelf.row(media_id)
            if row is None or row.work != REMUX:
                return
            await self._shelf.on_disk(lambda: files.accept(media_id, MediaKind.CLIP))
            if not await self._shelf.on_disk(files.whole(media_id, MediaKind.CLIP).exists):
                await self._finish_without(row)
                return
        target = files.mp4(media_id)
        trial, poster = target.with_name(target.name + TRIAL), target.with_name(f"{media_id}.jpg{TRIAL}")
        made, why = await self._make(row, trial, poster)
        async with self._shelf.lock(media_id):
            current = await self._shelf.row(media_id)
            if current is None or current.work != REMUX:  # somebody has deleted it meanwhile
                await self._shelf.on_disk(lambda: _unlink(trial, poster))
            elif made is None:
                note = f"it could not be made an MP4 ({why}): the MPEG-TS is kept as it came, VLC or ffplay may read it"
                await self._done(replace(current, note=note), "ts")
            else:
                await self._shelf.on_disk(lambda: files.take_mp4(media_id, trial, poster if made.has_poster else None))
                duration_ms = round(made.duration_s * 1000)
                await self._done(replace(current, duration_ms=duration_ms, width=made.width, height=made.height), "mp4")
                await self._shelf.on_disk(lambda: files.let_go_of_clip(media_id))

    async def _finish_without(self, row: MediaRow) -> None:
        """There are no bytes to make it from."""
        if await self._shelf.on_disk(self._shelf.files.mp4(row.id).exists):
            await self._done(row, "mp4")  # it was made, and the database is one of before
        else:
            reason = DeletionReason(row.deleted_reason) if row.deleted_reason else DeletionReason.EMPTY
            await self._keeper.delete(row, reason)

    async def _make(self, row: MediaRow, trial: Path, poster: Path) -> tuple[Remuxed | None, str]:
        """What was made, or why nothing; raises `NoRoom`."""
        source = self._shelf.files.whole(row.id, MediaKind.CLIP)
        try:
            return await remux(source, trial, poster, poster_at_s=row.triggered_after_ms / 1000), ""
        except RemuxHasNoRoom as error:
            raise NoRoom(str(error)) from error
        except RemuxFailed as error:
            log.warning("a clip could not be made an MP4, its MPEG-TS is kept id=%s reason=%s", row.id, error)
            return None, str(error)

    async def _done(self, row: MediaRow, container: str) -> None:
        files = self._shelf.files
        path = files.mp4(row.id) if container == "mp4" else files.whole(row.id, MediaKind.CLIP)
        size_bytes = (await self._shelf.on_disk(path.stat)).st_size
        has_poster = await self._shelf.on_disk(files.poster(row.id).exists)
        done = replace(row, state="finished", work=None, container=container, size_bytes=size_bytes, has_poster=has_poster)
        await self._shelf.save(replace(done, deleted_reason=None))
        self._keeper.look_soon()

    async def _sweep(self) -> None:
        """Removes what a dead server was making or deleting. Files of no known id stay: a restored backup knows fewer."""
        await self._shelf.on_disk(self._shelf.files.make_folders)
        names = await self._shelf.on_disk(self._shelf.files.names)
        strange = 0
        for start in range(0, len(names), _AT_A_TIME):
            some = names[start : start + _AT_A_TIME]
            ids = list({name.partition(".")[0] for name, _ in some})
            known = await self._shelf.store.read(lambda connection, ids=ids: ids_known(connection, ids))  # type: ignore[misc]
            for name, kind in some:
                row = known.get(name.partition(".")[0])
                strange += row is None
                if name.endswith((TRIAL, f".mp4{PART}")) or (row is not None and _is_left_over(name, row)):
                    await self._shelf.on_disk(lambda name=name, kind=kind: self._shelf.files.remove(name, kind))  # type: ignore[misc]
        if strange:
            log.warning("files of no known recording or still were left where they are count=%d", strange)


def _is_left_over(name: str, row: MediaRow) -> bool:
    if row.state == "deleted":
        return True
    return row.state == "finished" and (name.endswith(PART) or (row.container == "mp4" and name.endswith(".ts")))


def _unlink(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
