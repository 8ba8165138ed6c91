"""The alarm's words: zone types, states, what became of a detection and why, and what `states/{device}/alarm` shows."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from vigie.protocol.states import Mode
from vigie.protocol.times import Timestamp

ALARM = "alarm"
"""Sensor and type of the events that tell of the alarm's own changes: `sensors/{device}/alarm`."""
TROUBLE = "trouble"
"""Sensor and type of the events that tell when a trouble began and ended: `sensors/{device}/trouble`."""
DECISION = "decision"
"""The key of an event's details under which its `Decision` is."""


class ZoneType(StrEnum):
    """What a trip of a zone leads to while it guards; see docs/design/alarm.md."""

    INSTANT = "instant"
    DELAYED = "delayed"
    FOLLOWER = "follower"
    ALWAYS = "always"


class Stage(StrEnum):
    """The state of a Pi's alarm, in the words of alarm panels and of Home Assistant."""

    DISARMED = "disarmed"
    ARMING = "arming"
    ARMED = "armed"
    PENDING = "pending"
    TRIGGERED = "triggered"


class Outcome(StrEnum):
    """What became of a detection."""

    NOT_GUARDED = "not_guarded"
    BYPASSED = "bypassed"
    NOT_CLOSED_YET = "not_closed_yet"
    FOUND_OPEN = "found_open"
    EXIT_DELAY = "exit_delay"
    COOLDOWN = "cooldown"
    HOLDING = "holding"
    COUNTING = "counting"
    UNCONFIRMED = "unconfirmed"
    ENTRY_DELAY = "entry_delay"
    ALARM = "alarm"


class Reason(StrEnum):
    """Why the alarm changed its state."""

    MODE = "mode"
    EXIT_DELAY_OVER = "exit_delay_over"
    TRIP = "trip"
    ENTRY_DELAY_OVER = "entry_delay_over"
    HELD = "held"
    CONFIRMED = "confirmed"
    ALARM_TIME_OVER = "alarm_time_over"


class Decision(BaseModel):
    """Why a detection did, or did not, alarm: the `decision` of an event's details.

    `steps` are the checks in the order in which they were made, `{"check", "passed", …}` with what was seen and what was
    needed. `effects` is what this Pi did: `{"siren_s"}`, `{"preset"}`, `{"record_s"}`, with `"done": false` and a `reason`
    where it could not. `alert`: the server opens an alert for this event.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    outcome: Outcome
    alert: bool = False
    zone: str
    mode: Mode
    state: Stage = Field(description="Of the alarm before this detection.")
    steps: tuple[dict[str, Any], ...] = ()
    effects: tuple[dict[str, Any], ...] = ()


class AlarmChange(BaseModel):
    """The details of an `alarm` event. Where a detection is behind it, `zone` is its sensor, `cause` its event's id, and
    `cause_type` its type; `decision` is there where that event could not carry it, because it was decided later. `silent`: of
    a zone without siren, and no other device's siren is to sound either.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Stage
    previous: Stage
    reason: Reason
    mode: Mode
    zone: str | None = None
    location: str = ""
    cause: str | None = None
    cause_type: str | None = None
    changed_by: str = ""
    changed_from: str = ""
    delay_s: float | None = Field(None, description="How long `state` lasts from here on, unless something ends it.")
    silent: bool = False
    decision: Decision | None = None


class TroubleChange(BaseModel):
    """The details of a `trouble` event: `name` is that of the fault, `state` whether it began or ended."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(max_length=100)
    state: str = Field(examples=["began", "ended"])
    detail: str = ""
    lasted_s: float | None = None


class ZoneState(BaseModel):
    """A zone as it is now. `open` is null while nobody knows. `guards` is whether a trip would count in the present mode.

    `must_close`: it was open when it began to guard, and guards from when it has closed. `self_closing`: it comes to rest by
    itself (a PIR), so that it does not stand in the way of arming.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    sensor: str
    kind: str
    type: ZoneType
    modes: tuple[Mode, ...]
    open: bool | None = None
    guards: bool = False
    bypassed: bool = False
    must_close: bool = False
    self_closing: bool = False
    location: str = ""
    preset: str | None = None
    filters: dict[str, Any] = Field(default_factory=dict, description="hold_s, pulses, … as far as they are not the defaults.")


class AlarmState(BaseModel):
    """`states/{device}/alarm`. `until` is the wall time at which the present state ends by itself; null where it does not,
    or where the device does not know the time: then `remaining_s`, as of when this was published, tells.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Stage
    mode: Mode
    since: Timestamp | None = None
    until: Timestamp | None = None
    remaining_s: float | None = None
    zone: str | None = Field(None, description="Whose trip is behind `pending` or `triggered`.")
    cause: str | None = Field(None, description="The id of that event.")
    exit_delay_s: float = 0.0
    entry_delay_s: float = 0.0
    zones: tuple[ZoneState, ...] = ()
