"""`/api/events` and `/api/stats`: events in, history out."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime

from vigie.protocol.events import TYPE_PATTERN, StoredEvent
from vigie.protocol.topics import DEVICE_PATTERN
from vigie.server.api.openapi import EVENT_BODY, problems
from vigie.server.api.parts import Wired, parts_of
from vigie.server.api.schemas import BatchResult, EventPage, HourCounts
from vigie.server.store.history import EventQuery, read_page
from vigie.server.store.hours import count_hours

router = APIRouter(tags=["events"])

MAX_CURSOR = 2**63 - 1
DeviceFilter = Annotated[str | None, Query(pattern=DEVICE_PATTERN, description="Only this device.")]
CursorParam = Annotated[int | None, Query(ge=0, le=MAX_CURSOR)]


@router.post(
    "/api/events",
    operation_id="ingest_events",
    status_code=201,
    response_model=StoredEvent,
    responses={
        200: {"model": BatchResult | StoredEvent, "description": "A list: what became of it. One event: it was stored already."},
        201: {"description": "One event: stored now."},
        **problems(400, 409, 413, 422, 503),
    },
    openapi_extra=EVENT_BODY,
)
async def ingest_events(request: Request) -> Response:
    """Stores one event or a list of up to 1000; answers after the commit. Sending the same again changes nothing."""
    outcome = await parts_of(request).ingest.one_or_many(await request.body())
    if isinstance(outcome, BatchResult):
        return Response(outcome.model_dump_json(), 200, media_type="application/json")
    event, is_new = outcome
    return Response(event.model_dump_json(), 201 if is_new else 200, media_type="application/json")


@router.get("/api/events", operation_id="list_events", response_model=EventPage, responses=problems(422, 503))
async def list_events(
    parts: Wired,
    *,
    device_id: DeviceFilter = None,
    type: Annotated[str | None, Query(pattern=TYPE_PATTERN, description="Only this type.")] = None,  # noqa: A002
    since: Annotated[AwareDatetime | None, Query(description="Occurred at or after, e.g. 2026-11-23T19:00:00Z.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Occurred at or before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[CursorParam, Query(description="Only cursors below: pages downwards, newest first.")] = None,
    after: Annotated[CursorParam, Query(description="Only cursors above: pages upwards, oldest first; 0 is the start.")] = None,
) -> Response:
    """A page of the history, newest first; with `after` oldest first. `next` continues in the same direction."""
    if before is not None and after is not None:
        raise RequestValidationError(
            [{"loc": ("query", "after"), "msg": "either before or after, not both", "type": "value_error"}]
        )
    query = EventQuery(limit, device_id, type, since, until, before, after)
    page = await parts.store.read(lambda connection: read_page(connection, query))
    return Response(page.model_dump_json(), media_type="application/json")


@router.get("/api/stats/hours", operation_id="count_events_per_hour", responses=problems(422, 503))
async def count_events_per_hour(
    parts: Wired, hours: Annotated[int, Query(ge=1, le=24 * 366)] = 48, device_id: DeviceFilter = None
) -> HourCounts:
    """Events per hour, device and type over the last `hours` hours, oldest first; empty hours are absent."""
    now = parts.clock.now()
    counts = await parts.store.read(lambda connection: count_hours(connection, now, hours, device_id))
    return HourCounts(hours=counts)
