"""What *is*: mode, status, heartbeats and the retained states of a device's parts."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vigie.protocol.events import ClockQuality, EventId, StreamId
from vigie.protocol.times import Timestamp

HEARTBEAT_INTERVAL_S = 10.0
SILENT_AFTER_S = 30.0
"""A device without a heartbeat for this long is in trouble, whatever its retained status says."""

LOW_DISK_BYTES = 200 * 1000 * 1000
"""Less than this on a device's card is a trouble."""


class Mode(StrEnum):
    """How the site is guarded. Home Assistant says disarmed, armed_away, armed_night."""

    ACTIVE = "active"
    SURVEILLANCE = "surveillance"
    NIGHT = "night"


Stamp = tuple[Annotated[int, Field(ge=0, lt=2**63)], Annotated[int, Field(ge=0, lt=2**31)], Annotated[str, Field(max_length=64)]]
"""A hybrid logical clock reading: `[physical_ms, counter, writer]`, compared in this order."""


ZoneName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}/[a-z0-9][a-z0-9_-]{0,31}$", examples=["raspberry-01/button"])]
"""A zone of the site: its device and its sensor."""

MAX_BYPASS = 100
MAX_AUTHOR = 64
"""Characters of who changed something, and from where."""


class ModeRecord(BaseModel):
    """The retained `site/mode`: a register that all Pis replicate, the newest stamp wins.

    `changed_by` is who, `changed_from` where: `page 192.168.1.7`, `cli hub`, `key_switch raspberry-01`. `bypass` names zones
    (`raspberry-01/button`) that do not guard while this record stands.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    mode: Mode
    stamp: Stamp = (0, 0, "")
    changed_by: str = Field("", max_length=MAX_AUTHOR)
    changed_from: str = Field("", max_length=MAX_AUTHOR)
    changed_at: Timestamp | None = None
    bypass: tuple[ZoneName, ...] = Field((), max_length=MAX_BYPASS)
    signature: str | None = None


class DeviceStatus(BaseModel):
    """The retained `status/{device}`; `offline` is also the device's last will."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Literal["online", "offline"]
    boot_id: str = ""
    version: str = ""
    capabilities: tuple[str, ...] = ()


class Heartbeat(BaseModel):
    """`heartbeats/{device}`: proof of life and of completeness. `last_seq` is the newest event the device has accepted.

    `stream_id` is null while the device's log cannot be opened at all.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    boot_id: str
    beat: int = Field(ge=0)
    mono_ms: int | None = Field(None, ge=0, lt=2**63, description="The device's monotonic clock: others tell old news by it.")
    stream_id: StreamId | None
    last_seq: int = Field(ge=0)
    log_depth: int = Field(0, ge=0, description="Events not yet acknowledged by the server.")
    temp_c: float | None = None
    disk_free_bytes: int | None = None
    throttled: bool | None = None
    clock: ClockQuality = ClockQuality.UNSYNCED
    faults: tuple[str, ...] = ()


class ServoState(BaseModel):
    """`states/{device}/servo`. The angle is *commanded*, not measured: a hobby servo does not answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    angle_deg: float
    target_deg: float
    moving: bool
    min_angle_deg: float
    max_angle_deg: float
    step_deg: float
    presets: dict[str, float] = Field(default_factory=dict)
    driver: str = ""
    fault: str | None = None


class SensorState(BaseModel):
    """`states/{device}/{sensor}` of a two-state sensor. `state` is the kind's own word."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: str
    active: bool
    kind: str
    location: str = ""
    since: Timestamp | None = None
    fault: str | None = None


class SirenState(BaseModel):
    """`states/{device}/siren`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Literal["on", "off"]
    remaining_s: float = 0.0


class Ack(BaseModel):
    """`acks/{device}`: the server has committed every event of `stream_id` up to and including `through_seq`.

    `event_id` is the id of the event that it holds under `through_seq`, null where it holds none there. A log whose own
    event of that number is another one has been restored from a copy.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    stream_id: StreamId
    through_seq: int = Field(ge=0)
    event_id: EventId | None = None


class ReplayedEvent(BaseModel):
    """One event of a replay page: the sensor's name, the payload as it was or would have been published, its age now.

    `age_ms` is by the device's monotonic clock; null when the event is of another boot and its age is not known.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    sensor: str
    payload: dict[str, Any]
    age_ms: int | None = None


class ReplayPage(BaseModel):
    """`replays/{device}`: a page of events again, in order, for the bridge alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    events: tuple[ReplayedEvent, ...]
