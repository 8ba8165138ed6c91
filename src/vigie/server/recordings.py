"""What browsers ask of recordings and stills: pages, days, files, locks, deletion, the room, the newest picture."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from vigie.protocol.camera import CAMERA, DeletionReason, MediaKind
from vigie.protocol.times import from_unix_ms
from vigie.server.api.recording_schemas import MediaRoom, Recording, RecordingDays, RecordingList, Still, StillList
from vigie.server.api.schemas import AuditAction
from vigie.server.devices import Devices
from vigie.server.incident import Incident, gather
from vigie.server.keeper import Keeper
from vigie.server.live_view import LiveView
from vigie.server.media_errors import NoRoom, RecordingLocked, RecordingNotThere, UnknownRecording, UnknownStill
from vigie.server.media_files import TRIAL
from vigie.server.remux import RemuxFailed, RemuxHasNoRoom, remux
from vigie.server.shelf import Shelf
from vigie.server.store.audit import Author, Deed, note
from vigie.server.store.media import (
    MediaQuery,
    MediaRow,
    count_days,
    newest_still,
    page_of_media,
    recording_of,
    still_of,
)

PREVIEW_AFTER_S = 15.0
"""A preview is made anew when there is more to see, but not while a player still reads the one of before."""


@dataclass(frozen=True, slots=True)
class Video:
    """A file to send, and the name under which a person may keep it."""

    path: Path
    media_type: str
    name: str
    size_bytes: int


class Recordings:
    """Answers browsers."""

    def __init__(self, shelf: Shelf, keeper: Keeper, devices: Devices, live_view: LiveView) -> None:
        self._shelf = shelf
        self._keeper = keeper
        self._devices = devices
        self._live_view = live_view
        self._previews = asyncio.Lock()

    async def page(self, query: MediaQuery) -> RecordingList:
        """Newest first. Raises `UnknownRecording` for a `before` that never was."""
        rows, following = await self._shelf.store.read(lambda connection: page_of_media(connection, MediaKind.CLIP, query))
        return RecordingList(recordings=[await self._shown(row) for row in rows], next=following)

    async def days(self, query: MediaQuery, utc_offset_min: int) -> RecordingDays:
        """Per day of whoever looks."""
        return RecordingDays(days=await self._shelf.store.read(lambda connection: count_days(connection, query, utc_offset_min)))

    async def one(self, recording_id: str) -> Recording:
        """Raises `UnknownRecording`."""
        return await self._shown(await self._require(recording_id))

    async def video(self, recording_id: str) -> Video:
        """Raises `UnknownRecording`, `RecordingNotThere`."""
        row = await self._require(recording_id)
        if row.state == "deleted":
            raise RecordingNotThere(recording_id, "deleted", f"it was deleted ({row.deleted_reason or 'no reason known'})")
        container, path = row.container or "mp4", self._shelf.files.mp4(recording_id)
        if row.state == "finished" and container == "ts":
            path = self._shelf.files.whole(recording_id, MediaKind.CLIP)
        elif row.state != "finished":
            path = await self._preview(row)
        size_bytes = await self._shelf.on_disk(lambda: _size_bytes(path))
        if size_bytes is None:
            raise RecordingNotThere(recording_id, "lost", f"its file {path.name} is not in the data folder any more")
        return Video(path, "video/mp4" if container == "mp4" else "video/mp2t", f"{file_name(row)}.{container}", size_bytes)

    async def poster(self, recording_id: str) -> Path:
        """Raises `UnknownRecording`, `RecordingNotThere`."""
        row = await self._require(recording_id)
        if not row.has_poster or row.state == "deleted":
            raise RecordingNotThere(recording_id, "no_poster", "there is no poster of it, or not yet")
        return self._shelf.files.poster(recording_id)

    async def delete(self, recording_id: str, by: Author) -> Recording:
        """Raises `UnknownRecording`, `RecordingLocked`, and `RecordingNotThere` where it is gone already."""
        async with self._shelf.lock(recording_id):
            row = await self._require(recording_id)
            if row.locked:
                raise RecordingLocked(recording_id)
            if row.state == "deleted":
                raise RecordingNotThere(recording_id, "deleted", "it was deleted already")
            deed = Deed(AuditAction.RECORDING_DELETED, by, _named(row))
            return await self._shown(await self._keeper.delete(row, DeletionReason.BY_HAND, deed))

    async def lock(self, recording_id: str, by: Author, *, locked: bool) -> Recording:
        """Raises `UnknownRecording`, and `RecordingNotThere` for one that is gone."""
        async with self._shelf.lock(recording_id):
            row = await self._require(recording_id)
            if row.state == "deleted":
                raise RecordingNotThere(recording_id, "deleted", "it was deleted")
            if row.locked != locked:
                action = AuditAction.RECORDING_LOCKED if locked else AuditAction.RECORDING_UNLOCKED
                row = replace(row, locked=locked)
                await self._shelf.save(row, Deed(action, by, _named(row)))
            return await self._shown(row)

    async def stills(self, query: MediaQuery) -> StillList:
        """Newest first."""
        rows, _ = await self._shelf.store.read(lambda connection: page_of_media(connection, MediaKind.STILL, query))
        return StillList(stills=[still_of(row) for row in rows])

    async def still(self, still_id: str) -> Still:
        """Raises `UnknownStill`."""
        row = await self._shelf.row(still_id)
        if row is None or row.kind != MediaKind.STILL or row.state != "finished":
            raise UnknownStill(still_id)
        return still_of(row)

    async def picture(self, still_id: str) -> Path:
        """Raises `UnknownStill`."""
        await self.still(still_id)
        return self._shelf.files.whole(still_id, MediaKind.STILL)

    async def snapshot(self, device_id: str) -> tuple[bytes, datetime | None]:
        """The newest picture of the device that is here, and when it was taken.

        Raises `UnknownDevice`, `NoSuchPart`, `UnknownStill`.
        """
        self._devices.require_part(device_id, CAMERA)
        newest = None if self._live_view.is_private(device_id) else self._live_view.newest(device_id)
        if newest is not None:
            jpeg, age_s = newest
            return jpeg, self._shelf.clock.now() - timedelta(seconds=age_s)
        row = await self._shelf.store.read(lambda connection: newest_still(connection, device_id))
        if row is None:
            raise UnknownStill(f"of {device_id}")
        jpeg = await self._shelf.on_disk(self._shelf.files.whole(row.id, MediaKind.STILL).read_bytes)
        return jpeg, None if row.started_at_ms is None else from_unix_ms(row.started_at_ms)

    async def room(self) -> MediaRoom:
        """The gauge."""
        return await self._keeper.room()

    async def incident(self, event_id: str, by: Author) -> Incident:
        """Everything about an event, to be sent. Raises `UnknownIncident`."""
        incident = await self._shelf.store.read(lambda connection: gather(connection, self._shelf.files, event_id))
        deed = Deed(AuditAction.INCIDENT_EXPORTED, by, {"event_id": event_id, "files": len(incident.files)})
        now = self._shelf.clock.now()
        await self._shelf.store.write(lambda connection: note(connection, deed, now))
        return incident

    async def _require(self, recording_id: str) -> MediaRow:
        row = await self._shelf.row(recording_id)
        if row is None or row.kind != MediaKind.CLIP:
            raise UnknownRecording(recording_id)
        return row

    async def _shown(self, row: MediaRow) -> Recording:
        return recording_of(row, await self._shelf.received_bytes(row))

    async def _preview(self, row: MediaRow) -> Path:
        """As much of a clip as is here, for a player."""
        files = self._shelf.files
        preview = files.preview(row.id)
        async with self._previews:
            if await self._shelf.on_disk(lambda: _is_recent(preview, self._shelf.clock.now())):
                return preview
            source = files.part(row.id, MediaKind.CLIP)
            if not await self._shelf.on_disk(source.exists):
                source = files.whole(row.id, MediaKind.CLIP)
            if not await self._shelf.on_disk(source.exists):
                raise RecordingNotThere(row.id, row.state, "nothing of it has arrived yet")
            trial = preview.with_name(preview.name + TRIAL)
            try:
                await remux(source, trial, None)
            except RemuxFailed as error:
                raise RecordingNotThere(row.id, row.state, f"what has arrived so far is no whole picture yet ({error})") from error
            except RemuxHasNoRoom as error:
                raise NoRoom(str(error)) from error
            await self._shelf.on_disk(lambda: trial.replace(preview))
            return preview


def file_name(row: MediaRow) -> str:
    """What a person may call it: `raspberry-01_2026-11-23T19-14-12Z_motion`."""
    moment = from_unix_ms(row.at_ms).strftime("%Y-%m-%dT%H-%M-%SZ")
    zone = re.sub(r"[^A-Za-z0-9_-]", "-", row.cause_zone or row.cause_kind)
    return f"{row.device_id}_{moment}_{zone}"


def _named(row: MediaRow) -> dict[str, str]:
    return {"recording_id": row.id, "device_id": row.device_id}


def _is_recent(path: Path, now: datetime) -> bool:
    try:
        made_at_s = path.stat().st_mtime
    except FileNotFoundError:
        return False
    return 0 <= now.timestamp() - made_at_s < PREVIEW_AFTER_S


def _size_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
