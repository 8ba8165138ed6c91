"""`/api/media`: the way in for clips, stills and live pictures. For bridges."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from vigie.protocol.camera import MEDIA_ID_PATTERN, Media, MediaOffset
from vigie.protocol.topics import DEVICE_PATTERN
from vigie.runtime.multipart import NotPictures
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Wired
from vigie.server.api.recording_schemas import MediaComplete
from vigie.server.media_errors import UnreadablePictures

router = APIRouter(tags=["media"])

Id = Annotated[str, Path(pattern=MEDIA_ID_PATTERN)]
_BYTES = {
    "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
_PICTURES = {
    "requestBody": {"required": True, "content": {"multipart/x-mixed-replace": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post(
    "/api/media/live/{device_id}",
    operation_id="relay_live",
    status_code=204,
    response_class=Response,
    responses=problems(400, 410, 422),
    openapi_extra=_PICTURES,
)
async def relay_live(parts: Wired, request: Request, device_id: Annotated[str, Path(pattern=DEVICE_PATTERN)]) -> Response:
    """Pictures as they come, a multipart body without an end; 410 as soon as nobody looks any more."""
    try:
        await parts.live_view.relay(device_id, request.stream())
    except NotPictures as error:
        raise UnreadablePictures(str(error)) from error
    return Response(status_code=204)


@router.put("/api/media/{media_id}", operation_id="announce_media", responses=problems(400, 409, 413, 422, 503))
async def announce_media(parts: Wired, media_id: Id, body: Media) -> MediaOffset:
    """Says that there is a clip or a still, or what has become of it; answers which byte of it comes next."""
    if body.id != media_id:
        raise RequestValidationError([{"loc": ("body", "id"), "msg": "not the id of the path", "type": "value_error"}])
    return await parts.media.announce(body)


@router.patch(
    "/api/media/{media_id}",
    operation_id="append_media",
    responses=problems(400, 404, 409, 413, 422, 503, 507),
    openapi_extra=_BYTES,
)
async def append_media(parts: Wired, request: Request, media_id: Id, offset: Annotated[int, Query(ge=0, le=2**40)]) -> MediaOffset:
    """Bytes of it, at most 1 MiB, from `offset` on. They are on the disk before this answers."""
    return await parts.media.append(media_id, offset, await request.body())


@router.post("/api/media/{media_id}/complete", operation_id="complete_media", responses=problems(400, 404, 409, 413, 422, 503, 507))
async def complete_media(parts: Wired, media_id: Id, body: MediaComplete) -> MediaOffset:
    """Says that all of it was sent. Where the SHA-256 is another, everything is thrown away: 409, and begin again."""
    return await parts.media.complete(media_id, body.sha256, body.size_bytes)
