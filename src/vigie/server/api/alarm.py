"""`/api/alarm`: the alarm of the whole site."""

from fastapi import APIRouter

from vigie.server.api.parts import Wired
from vigie.server.api.schemas import SiteAlarm

router = APIRouter(tags=["site"])


@router.get("/api/alarm", operation_id="get_alarm")
async def get_alarm(parts: Wired) -> SiteAlarm:
    """Whether the site is armed, who waits and how long, which zones stand open, and every reason to doubt it."""
    return parts.alarm.alarm()
