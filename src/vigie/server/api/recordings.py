"""`/api/recordings`, `/api/stills` and `/api/incidents`: what the cameras have kept."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime
from starlette.responses import FileResponse, StreamingResponse

from vigie.protocol.camera import MEDIA_ID_PATTERN
from vigie.protocol.topics import DEVICE_PATTERN
from vigie.runtime.byte_range import BadRange, parse_range
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Asking, Wired
from vigie.server.api.recording_schemas import MediaRoom, Recording, RecordingDays, RecordingList, RecordingLock, Still, StillList
from vigie.server.media_errors import NotThatRange
from vigie.server.store.media import MediaQuery

router = APIRouter(tags=["recordings"])

EVENT_ID_PATTERN = r"^[A-Za-z0-9._:-]{1,64}$"

Id = Annotated[str, Path(pattern=MEDIA_ID_PATTERN)]
Before = Annotated[str | None, Query(pattern=MEDIA_ID_PATTERN, description="Only older than this one: the next page.")]
DeviceFilter = Annotated[str | None, Query(pattern=DEVICE_PATTERN, description="Only of this device.")]
EventFilter = Annotated[
    str | None,
    Query(pattern=EVENT_ID_PATTERN, description="Only those that this event has caused, or that show its device at its moment."),
]
Since = Annotated[AwareDatetime | None, Query(description="Began at or after.")]
Until = Annotated[AwareDatetime | None, Query(description="Began at or before.")]
Limit = Annotated[int, Query(ge=1, le=1000)]


def _file(media_type: str, *, with_ranges: bool = False) -> dict[int | str, dict[str, Any]]:
    content = {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}
    ranges: dict[int | str, dict[str, Any]] = (
        {206: {"description": "The range that was asked for.", **content}} if with_ranges else {}
    )
    return {200: content, **ranges}


@router.get("/api/recordings", operation_id="list_recordings", responses=problems(404, 422, 503))
async def list_recordings(
    parts: Wired,
    *,
    device_id: DeviceFilter = None,
    since: Since = None,
    until: Until = None,
    event_id: EventFilter = None,
    before: Before = None,
    limit: Limit = 100,
) -> RecordingList:
    """Recordings, newest first; those that are deleted are among them, with the reason."""
    query = MediaQuery(device_id=device_id, since=since, until=until, event_id=event_id, before=before, limit=limit)
    return await parts.recordings.page(query)


@router.get("/api/recordings/days", operation_id="count_recordings_per_day", responses=problems(422, 503))
async def count_recordings_per_day(
    parts: Wired,
    since: Since = None,
    until: Until = None,
    device_id: DeviceFilter = None,
    utc_offset_min: Annotated[int, Query(ge=-14 * 60, le=14 * 60, description="Of whoever looks, east of Greenwich.")] = 0,
) -> RecordingDays:
    """How many there are on each day, and how long; the days are those of `utc_offset_min`."""
    return await parts.recordings.days(MediaQuery(device_id=device_id, since=since, until=until), utc_offset_min)


@router.get("/api/recordings/{recording_id}", operation_id="get_recording", responses=problems(404, 422, 503))
async def get_recording(parts: Wired, recording_id: Id) -> Recording:
    """One recording."""
    return await parts.recordings.one(recording_id)


@router.get(
    "/api/recordings/{recording_id}/video",
    operation_id="get_recording_video",
    response_class=Response,
    responses={**_file("video/mp4", with_ranges=True), **problems(404, 409, 416, 422, 503)},
)
async def get_recording_video(
    parts: Wired,
    request: Request,
    recording_id: Id,
    download: Annotated[bool, Query(description="To be saved, under a name that says what it is.")] = False,
) -> Response:
    """The video, with Range; before it is finished as much of it as is here. Where it could not be made an MP4: MPEG-TS."""
    video = await parts.recordings.video(recording_id)
    try:
        parse_range(request.headers.get("Range"), video.size_bytes)
    except BadRange as error:  # what follows would answer some of them with the whole file
        raise NotThatRange(recording_id, str(error)) from error
    disposition = "attachment" if download else "inline"
    return FileResponse(video.path, media_type=video.media_type, filename=video.name, content_disposition_type=disposition)


@router.get(
    "/api/recordings/{recording_id}/poster.jpg",
    operation_id="get_recording_poster",
    response_class=Response,
    responses={**_file("image/jpeg"), **problems(404, 409, 422, 503)},
)
async def get_recording_poster(parts: Wired, recording_id: Id) -> Response:
    """A small picture of the moment of the trigger."""
    return FileResponse(await parts.recordings.poster(recording_id), media_type="image/jpeg")


@router.delete("/api/recordings/{recording_id}", operation_id="delete_recording", responses=problems(404, 409, 422, 503))
async def delete_recording(parts: Wired, by: Asking, recording_id: Id) -> Recording:
    """Deletes the video; that there was one stays known. Not while it is locked."""
    return await parts.recordings.delete(recording_id, by.author)


@router.post("/api/recordings/{recording_id}/lock", operation_id="lock_recording", responses=problems(400, 404, 409, 422, 503))
async def lock_recording(parts: Wired, by: Asking, recording_id: Id, body: RecordingLock) -> Recording:
    """Keeps it from being deleted, or no longer."""
    return await parts.recordings.lock(recording_id, by.author, locked=body.locked)


@router.get("/api/stills", operation_id="list_stills", responses=problems(404, 422, 503))
async def list_stills(
    parts: Wired, event_id: EventFilter = None, device_id: DeviceFilter = None, before: Before = None, limit: Limit = 100
) -> StillList:
    """Stills, newest first."""
    return await parts.recordings.stills(MediaQuery(device_id=device_id, event_id=event_id, before=before, limit=limit))


@router.get("/api/stills/{still_id}", operation_id="get_still", responses=problems(404, 422, 503))
async def get_still(parts: Wired, still_id: Id) -> Still:
    """One still."""
    return await parts.recordings.still(still_id)


@router.get(
    "/api/stills/{still_id}/picture.jpg",
    operation_id="get_still_picture",
    response_class=Response,
    responses={**_file("image/jpeg"), **problems(404, 422, 503)},
)
async def get_still_picture(parts: Wired, still_id: Id) -> Response:
    """The picture."""
    return FileResponse(await parts.recordings.picture(still_id), media_type="image/jpeg")


@router.get("/api/media-room", operation_id="get_media_room", responses=problems(503))
async def get_media_room(parts: Wired) -> MediaRoom:
    """How much room recordings and stills take, and for how long there is more."""
    return await parts.recordings.room()


@router.get(
    "/api/incidents/{event_id}/export.zip",
    operation_id="export_incident",
    response_class=Response,
    responses={**_file("application/zip"), **problems(404, 422, 503)},
)
async def export_incident(parts: Wired, by: Asking, event_id: Annotated[str, Path(pattern=EVENT_ID_PATTERN)]) -> Response:
    """Everything about one event in a ZIP: clips, stills, the events around it with their decisions, SHA-256 of each file."""
    incident = await parts.recordings.incident(event_id, by.author)
    name = f"vigie-{incident.at:%Y%m%d-%H%M%S}.zip"
    return StreamingResponse(
        incident.stream(), media_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
