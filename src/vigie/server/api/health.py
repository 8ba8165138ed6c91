"""`/healthz` and `/metrics`: for whoever watches the server."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from vigie import __version__
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Wired
from vigie.server.api.schemas import Health
from vigie.server.store.alerts import count_open

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    operation_id="get_health",
    response_model=Health,
    responses={503: {"model": Health, "description": "The database fails: events cannot be stored."}},
)
async def get_health(parts: Wired) -> Response:
    """Whether the server can do its work, and what ails it. `degraded`: something does."""
    database_ok = await parts.store.is_answering()
    troubles = list(parts.site.troubles())
    health = Health(
        status="ok" if database_ok and not troubles else "degraded",
        version=__version__,
        database="ok" if database_ok else "failing",
        bridge="connected" if parts.bridges.count else "absent",
        health=troubles,
        uptime_s=round(parts.clock.monotonic() - parts.started_at, 3),
    )
    return Response(health.model_dump_json(), 200 if database_ok else 503, media_type="application/json")


@router.get(
    "/metrics",
    operation_id="get_metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(503)},
)
async def get_metrics(parts: Wired) -> Response:
    """Figures for Prometheus."""
    room = await parts.recordings.room()
    parts.metrics.see_media(room, unfinished=parts.finisher.waiting, viewers=parts.live_view.viewers)
    text = parts.metrics.text(
        ledgers=parts.devices.ledgers(),
        now=parts.clock.now(),
        alerts_open=await parts.store.read(count_open),
        browsers=len(parts.live.browsers.connected),
        bridges=parts.bridges.count,
        health=parts.bridges.health,
        alarm=parts.alarm.alarm(),
    )
    return Response(text, media_type=CONTENT_TYPE_LATEST)
