"""An event: one shape from the pin to the browser."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self, TypeGuard

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from vigie.protocol.codec import JsonObject, check_value
from vigie.protocol.errors import BadPayload
from vigie.protocol.sensors import SENSOR_KINDS, is_active_state, kind_of_type
from vigie.protocol.times import Timestamp
from vigie.protocol.topics import DEVICE_PATTERN, NAME_PATTERN, DeviceTopic

TYPE_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
MAX_BATCH = 1000
LATE_AFTER_S = 120.0
BROKER_KEEPS_S = 7 * 24 * 3600
"""Our agents' message expiry (MQTT 5) on `sensors/…`. The broker hands out what is left of it: that is how long an event waited."""

# Socket.IO's own names and ours: an event of such a type would be taken for something else by a client.
RESERVED_TYPES = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "new_listener", "remove_listener"}
    | {"mode", "device", "site", "guard", "alert", "recording", "still", "command", "error", "message"}
)


class ClockQuality(StrEnum):
    """How far a device's wall time can be trusted. A Pi has no clock of its own."""

    SYNCED = "synced"
    HOLDOVER = "holdover"
    UNSYNCED = "unsynced"


def _storable(value: JsonObject) -> JsonObject:
    check_value(value)
    return value


DeviceId = Annotated[str, Field(pattern=DEVICE_PATTERN, examples=["raspberry-01"])]
SensorName = Annotated[str, Field(pattern=NAME_PATTERN, examples=["motion"])]
EventType = Annotated[str, Field(pattern=TYPE_PATTERN, examples=["motion_detected"])]
EVENT_ID_PATTERN = r"^[A-Za-z0-9._:-]{1,64}$"
EventId = Annotated[str, Field(pattern=EVENT_ID_PATTERN)]
StreamId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Seq = Annotated[int, Field(ge=1, lt=2**63)]
Details = Annotated[dict[str, Any], AfterValidator(_storable)]


class Meta(BaseModel):
    """The reserved key `meta` that our agents add to a sensor's payload.

    `mono_ms` is the device's monotonic clock and means something only within one `boot_id`. `occurred_at` is null until
    the wall clock of that boot is known. `kind` names the sensor's kind where its name does not.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = Field(1, ge=1)
    id: EventId
    stream_id: StreamId
    seq: Seq
    boot_id: str = Field(max_length=64)
    mono_ms: int = Field(ge=0, lt=2**63)
    occurred_at: Timestamp | None = None
    clock: ClockQuality = ClockQuality.UNSYNCED
    kind: SensorName | None = None


class Event(BaseModel):
    """What happened, as it travels from the bridge to the server. See `docs/reference/events.md`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: EventId
    type: EventType
    device_id: DeviceId
    sensor: SensorName
    details: Details = Field(default_factory=dict)
    occurred_at: Timestamp | None = None
    clock: ClockQuality = ClockQuality.UNSYNCED
    late: bool = False
    stream_id: StreamId | None = None
    seq: Seq | None = None
    boot_id: str | None = Field(None, max_length=64)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.stream_id is None) != (self.seq is None):
            raise ValueError("stream_id and seq come together or not at all")
        if self.type in RESERVED_TYPES:
            raise ValueError(f"{self.type!r} is a reserved name and cannot be an event type")
        return self


class StoredEvent(Event):
    """An event as the server gives it: with its moment of arrival and its place in the history."""

    occurred_at: Timestamp
    received_at: Timestamp
    cursor: int = Field(description="Grows by at least one with every stored event; the key of paging and catching up.")

    @classmethod
    def of(cls, event: Event, received_at: datetime, cursor: int) -> Self:
        """A valid event with its arrival, which is also its time where it has none. Nothing is validated again."""
        fields = {**event.__dict__, "received_at": received_at, "cursor": cursor}
        if event.occurred_at is None:
            fields["occurred_at"] = received_at
        stored = cls.__new__(cls)
        # As a copy is made: `model_construct` looks each field up, which cost as much as the database (5 µs an event).
        stored.__setstate__({"__dict__": fields, **_STATE})
        return stored


_STATE = {"__pydantic_fields_set__": set(StoredEvent.model_fields), "__pydantic_extra__": None, "__pydantic_private__": None}


def is_event_id(value: object) -> TypeGuard[str]:
    """Whether it may be the id of an event."""
    return isinstance(value, str) and re.fullmatch(EVENT_ID_PATTERN, value) is not None


def event_type(sensor: str, payload: JsonObject, kind_name: str | None = None) -> str:
    """The event type of a payload on `sensors/{device}/{sensor}`; raises `BadPayload` for a `state` that the kind lacks."""
    kind = SENSOR_KINDS.get(kind_name or sensor)
    if kind is None:
        return sensor
    state = payload.get("state")
    active = is_active_state(kind, state)
    if active is None:
        raise BadPayload(f"state {state!r} of a {kind.name} sensor is neither {kind.active!r} nor {kind.inactive!r}")
    return kind.active_type if active else kind.inactive_type


def sensor_of_type(type_: str) -> str:
    """The sensor name behind an event type: `motion_detected` -> `motion`; any other type is its own sensor's name."""
    kind = kind_of_type(type_)
    return kind.name if kind else type_[:32]


def from_sensor_payload(topic: DeviceTopic, payload: JsonObject, *, received_at: datetime, new_id: str) -> Event:
    """The event in a payload on a sensor's topic; the device comes from the topic, never from the payload.

    A payload without `meta` is a third party's: it gets `new_id`, and `received_at` as its time. Raises `BadPayload`.
    """
    if topic.part is None:
        raise BadPayload(f"{topic} is no sensor's topic")
    details = {key: value for key, value in payload.items() if key != "meta"}
    try:
        if "meta" not in payload:
            return Event(
                id=new_id,
                type=event_type(topic.part, payload),
                device_id=topic.device_id,
                sensor=topic.part,
                details=details,
                occurred_at=received_at,
                clock=ClockQuality.SYNCED,
            )
        meta = Meta.model_validate(payload["meta"])
        return Event(
            id=meta.id,
            type=event_type(topic.part, payload, meta.kind),
            device_id=topic.device_id,
            sensor=topic.part,
            details=details,
            occurred_at=meta.occurred_at,
            clock=meta.clock,
            stream_id=meta.stream_id,
            seq=meta.seq,
            boot_id=meta.boot_id,
        )
    except ValidationError as error:
        raise BadPayload(explain(error)) from error


def explain(error: ValidationError) -> str:
    """The first faults of a pydantic error in one line: `meta.seq: Input should be greater than or equal to 1`."""
    lines = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False)[:3]:
        where = ".".join(str(part) for part in fault["loc"])
        lines.append(f"{where}: {fault['msg']}" if where else fault["msg"])
    return "; ".join(lines)
