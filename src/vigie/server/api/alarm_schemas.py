"""The shapes of `/api/alarm`: the site's alarm as one, and what filters would have made of the history."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vigie.domain.guard import SiteStage
from vigie.protocol.alarm import ZoneState
from vigie.protocol.events import DeviceId, SensorName
from vigie.protocol.states import Mode
from vigie.protocol.times import Timestamp
from vigie.server.api.schemas import Trouble

MAX_REPLAY_DAYS = 62
SENSOR_OR_ZONE_PATTERN = r"^([a-z0-9][a-z0-9-]{0,31}/)?[a-z0-9][a-z0-9_-]{0,31}$"


class DeviceAlarm(BaseModel):
    """The alarm of one Pi; of one that is not online, the last that it said. `unknown`: nothing that can be read."""

    model_config = ConfigDict(from_attributes=True)

    device_id: str
    state: SiteStage
    online: bool
    zone: str | None = Field(None, description="Whose trip is behind `pending` or `triggered`.")
    cause: str | None = Field(None, description="The id of that event.")
    until: Timestamp | None = None
    remaining_s: float | None = None
    mode: Mode | None = None


class SiteZone(ZoneState):
    """A zone, and whose it is. `open` is null while nobody knows: its Pi is not online."""

    device_id: str


class SiteAlarm(BaseModel):
    """`GET /api/alarm`. `state` is the gravest of the devices', `unknown` while nothing can be known.

    `watching` is true only while everything is known to be well: bridge and broker are there, every Pi is online, and each
    guards in the site's mode. `unknown` says why it is not.
    """

    state: SiteStage
    mode: Mode | None = Field(None, description="null while no bridge has reported one.")
    watching: bool
    until: Timestamp | None = Field(None, description="When `state` ends by itself, where a device said so.")
    remaining_s: float | None = None
    devices: list[DeviceAlarm]
    zones: list[SiteZone]
    open: dict[str, list[str]] = Field(description="Per guarding mode: zones that stand in its way, by what was last known.")
    unknown: list[Trouble] = Field(description="Why `watching` is not true.")


Seconds = Annotated[float, Field(ge=0, le=86_400)]


class ZoneFilters(BaseModel):
    """The filters of a zone, as its Pi's configuration calls them."""

    hold_s: Seconds = 0.0
    pulses: int = Field(1, ge=1, le=100)
    pulses_within_s: Seconds = 10.0
    cooldown_s: Seconds = 0.0
    confirm_by: list[Annotated[str, Field(pattern=SENSOR_OR_ZONE_PATTERN, examples=["button", "raspberry-02/motion"])]] = Field(
        [], max_length=20
    )
    confirm_within_s: Seconds = 30.0


class AlarmReplay(BaseModel):
    """`POST /api/alarm/replay`: what these filters would have made of the history of a sensor."""

    device_id: DeviceId
    sensor: SensorName
    since: Timestamp
    until: Timestamp
    zone: ZoneFilters = ZoneFilters()
    modes: list[Mode] | None = Field(None, description="Only detections that their Pi judged in one of these; null for all.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not timedelta(0) < self.until - self.since <= timedelta(days=MAX_REPLAY_DAYS):
            raise ValueError(f"until must be after since, and at most {MAX_REPLAY_DAYS} days after it")
        return self


class Trips(BaseModel):
    """How often a zone trips, and when; of more than 500 times the newest."""

    trips: int
    at: list[Timestamp]


class AlarmReplayed(BaseModel):
    """What became of the history: with the filters that were given, and with none at all."""

    with_filters: Trips = Field(alias="with")
    without: Trips
    detections: int = Field(description="How many there were in these modes.")
    truncated: bool = Field(description="There was more than 100,000 events: the oldest were left out.")
