"""`/api/alarm`: the alarm of the whole site, and what other filters would have made of the history."""

from fastapi import APIRouter
from sqlalchemy import Connection

from vigie.domain.hindsight import trips
from vigie.domain.zone import Filters
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.alarm_schemas import AlarmReplay, AlarmReplayed, SiteAlarm, Trips
from vigie.server.api.openapi import problems
from vigie.server.api.parts import Wired
from vigie.server.store.happenings import Past, Scope, Sensor, read_past

router = APIRouter(tags=["site"])

MAX_TIMES = 500


@router.get("/api/alarm", operation_id="get_alarm")
async def get_alarm(parts: Wired) -> SiteAlarm:
    """Whether the site is armed, who waits and how long, which zones stand open, and every reason to doubt it."""
    return parts.alarm.alarm()


@router.post("/api/alarm/replay", operation_id="replay_alarm", responses=problems(400, 404, 422, 503))
async def replay_alarm(parts: Wired, body: AlarmReplay) -> AlarmReplayed:
    """How often a zone would have tripped with these filters, and with none. Nothing is changed."""
    parts.devices.one(body.device_id)
    return await parts.store.read(lambda connection: _replay(connection, body))


def _replay(connection: Connection, body: AlarmReplay) -> AlarmReplayed:
    confirm_by = {name if "/" in name else f"{body.device_id}/{name}" for name in body.zone.confirm_by}
    scope = Scope(
        zone=Sensor(body.device_id, body.sensor),
        confirm_by=frozenset(Sensor(*name.split("/")) for name in confirm_by),
        since=body.since,
        until=body.until,
        modes=body.modes,
    )
    past = read_past(connection, scope)
    filters = Filters(**body.zone.model_dump() | {"confirm_by": tuple(sorted(confirm_by))})
    return AlarmReplayed(
        **{"with": _trips(filters, past, body)},
        without=_trips(Filters(), past, body),
        detections=past.detections,
        truncated=past.is_truncated,
    )


def _trips(filters: Filters, past: Past, body: AlarmReplay) -> Trips:
    found = trips(filters, past.happenings, to_unix_ms(body.until) / 1000)
    return Trips(trips=len(found), at=[from_unix_ms(round(at * 1000)) for at in found[-MAX_TIMES:]])
