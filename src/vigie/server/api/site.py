"""`/api/site`, `/api/mode` and `/api/alerts`: the guard of the whole site."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from vigie.server.api.openapi import problems
from vigie.server.api.parts import Asking, Wired
from vigie.server.api.schemas import NOBODY, Alert, AlertList, ModeChange, ModeState, Site
from vigie.server.store.alerts import acknowledge, list_alerts

router = APIRouter(tags=["site"])

RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/api/site", operation_id="get_site")
async def get_site(parts: Wired) -> Site:
    """What a dashboard asks first."""
    return parts.site.site()


@router.get("/api/mode", operation_id="get_mode")
async def get_mode(parts: Wired) -> ModeState:
    """How the site is guarded."""
    return parts.mode.state


@router.put("/api/mode", operation_id="set_mode", responses=problems(400, 403, 409, 422, 429, 503))
async def set_mode(parts: Wired, by: Asking, body: ModeChange) -> ModeState:
    """Changes the mode of the whole site; answers once the broker has it, else an error and nothing has changed.

    Where somebody has a PIN, whatever lessens the guard asks for one. Zones that are open have to be bypassed by name.
    """
    return await parts.arming.change(body, by.author)


@router.get("/api/alerts", operation_id="list_alerts", responses=problems(422, 503))
async def get_alerts(
    parts: Wired,
    state: Annotated[Literal["open", "acknowledged"] | None, Query(description="Only those in this state.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    before: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="Only ids below: the next page.")] = None,
) -> AlertList:
    """Alerts, newest first."""
    alerts = await parts.store.read(lambda connection: list_alerts(connection, state=state, limit=limit, before=before))
    return AlertList(alerts=alerts)


@router.post("/api/alerts/{alert_id}/acknowledge", operation_id="acknowledge_alert", responses=problems(404, 422, 503))
async def acknowledge_alert(parts: Wired, by: Asking, alert_id: RowId) -> Alert:
    """Someone has seen it. Doing it again changes nothing."""
    now, name = parts.clock.now(), None if by.name == NOBODY else by.name
    alert, changed = await parts.store.write(lambda connection: acknowledge(connection, alert_id, now, name))
    if changed:
        parts.live.tell("alert", alert)
    return alert
