"""`/api/cameras/{id}/live` and `…/snapshot.jpg`: pictures of now."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from vigie.protocol.camera import LIVE_BOUNDARY
from vigie.protocol.times import iso_ms
from vigie.protocol.topics import DEVICE_PATTERN
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Wired
from vigie.server.live_view import PictureStream

router = APIRouter(tags=["cameras"])

Id = Annotated[str, Path(pattern=DEVICE_PATTERN)]
MULTIPART = f"multipart/x-mixed-replace; boundary={LIVE_BOUNDARY}"


@router.get(
    "/api/cameras/{device_id}/live",
    operation_id="watch_live",
    response_class=Response,
    responses={
        200: {"content": {"multipart/x-mixed-replace": {"schema": {"type": "string", "format": "binary"}}}},
        **problems(404, 409, 422, 503),
    },
)
async def watch_live(parts: Wired, device_id: Id) -> Response:
    """JPEGs as they come, until you leave. Each part says its number at the camera (`X-Frame`) and its age (`X-Age-Ms`).

    While no new one comes the last one is sent again every 2 s, with its growing age.
    """
    return PictureStream(await parts.live_view.watch(device_id), media_type=MULTIPART)


@router.get(
    "/api/cameras/{device_id}/snapshot.jpg",
    operation_id="get_snapshot",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}, **problems(404, 422, 503)},
)
async def get_snapshot(parts: Wired, device_id: Id) -> Response:
    """The newest picture that is here: of the live view while somebody looks, else the last still. `X-Taken-At` says of when."""
    jpeg, taken_at = await parts.recordings.snapshot(device_id)
    headers = {"Cache-Control": "no-store", **({} if taken_at is None else {"X-Taken-At": iso_ms(taken_at)})}
    return Response(jpeg, media_type="image/jpeg", headers=headers)
