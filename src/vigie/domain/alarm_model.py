"""What a Pi's alarm is made of: its zones, its state, the messages that it hears, the effects that it asks for.

How it goes from one state to the next is `alarm.py`'s. Times are monotonic seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from vigie.domain.zone import Filters, FilterState
from vigie.protocol.alarm import AlarmChange, Decision, Stage, ZoneType
from vigie.protocol.states import Mode, Stamp

MAX_DELAY_S = 600.0
"""No delay is longer; also not one that another device says it has."""

EVERY_GUARD = frozenset({Mode.SURVEILLANCE, Mode.NIGHT})


def is_guarded(mode: Mode) -> bool:
    """Whether zones guard in this mode at all, beside those that always do."""
    return mode is not Mode.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A sensor as the alarm sees it. `entry_delay_s`: its own, where it has one. `preset` is the servo's, `record_s` what a
    trip records; `siren` is whether it may sound.
    """

    sensor: str
    type: ZoneType = ZoneType.INSTANT
    modes: frozenset[Mode] = EVERY_GUARD
    filters: Filters = field(default_factory=Filters)
    entry_delay_s: float | None = None
    preset: str | None = None
    record_s: float | None = None
    siren: bool = True

    def guards(self, mode: Mode) -> bool:
        """Whether its trips count in this mode."""
        return self.type is ZoneType.ALWAYS or (is_guarded(mode) and mode in self.modes)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmConfig:
    """The zones of this Pi by sensor, and the delays. `alarm_s` is how long an alarm, and the siren, goes on. `takes_stills`:
    there is a camera, which keeps a picture of each trip.
    """

    zones: Mapping[str, Zone]
    exit_delay_s: Mapping[Mode, float] = field(default_factory=dict)
    entry_delay_s: float = 0.0
    alarm_s: float = 60.0
    takes_stills: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The detection behind something: its zone, and the event's id and type."""

    zone: str
    event_id: str
    event_type: str
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneStatus:
    """`is_open` is None until the line has been read. `must_close`: it was open when it began to guard. `detection`: the last
    one, which a filter may still complete.
    """

    is_open: bool | None = None
    must_close: bool = False
    filter: FilterState = field(default_factory=FilterState)
    detection: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmState:
    """`stamp` is that of the mode record obeyed, `bypass` its zones on this Pi. `deadline` ends `arming`, `pending` and
    `triggered`, `delay_s` after `since`. `peer_pending_until`: an entry delay runs on another Pi. `told_at`: the
    last `alarm` event for which every siren of the site sounds. `siren_until`: so long ours was asked to sound, for whatever.
    """

    stage: Stage = Stage.DISARMED
    mode: Mode = Mode.ACTIVE
    stamp: Stamp = (0, 0, "")
    bypass: frozenset[str] = frozenset()
    since: float = 0.0
    deadline: float | None = None
    delay_s: float = 0.0
    cause: Cause | None = None
    zones: Mapping[str, ZoneStatus] = field(default_factory=dict)
    peer_pending_until: float | None = None
    told_at: float = float("-inf")
    siren_until: float | None = None

    def of(self, sensor: str) -> ZoneStatus:
        """What is known of a zone."""
        return self.zones.get(sensor) or ZoneStatus()

    def with_zone(self, sensor: str, **changed: Any) -> Self:
        """The same with something else known of a zone."""
        status = self.of(sensor)
        after = replace(status, **changed)
        return self if after == status else replace(self, zones={**self.zones, sensor: after})


@dataclass(frozen=True, slots=True)
class At:
    """When a step is made, and for which zones."""

    now: float
    config: AlarmConfig


# Messages


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSet:
    """A mode record stands. `age_s`: how long ago it was written, where both clocks are known: who hears late, arms at once."""

    mode: Mode
    stamp: Stamp
    bypass: frozenset[str] = frozenset()
    changed_by: str = ""
    changed_from: str = ""
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """The first reading of a sensor's line after a start: a state, never a trip."""

    sensor: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A sensor has become active, which is the event in `cause`."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Closed:
    """A sensor is at rest again."""

    sensor: str


@dataclass(frozen=True, slots=True)
class Confirming:
    """A sensor of this Pi or of another one, `device/sensor`, has become active."""

    name: str


@dataclass(frozen=True, slots=True)
class PeerPending:
    """Another Pi's entry delay: so many seconds are left of it; 0 when it is over."""

    remaining_s: float


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Message = ModeSet | Found | Opened | Closed | Confirming | PeerPending | Tick


# Effects


@dataclass(frozen=True, slots=True)
class SoundSiren:
    duration_s: float


@dataclass(frozen=True, slots=True)
class SilenceSiren:
    pass


AskedBy = Literal["alarm", "rule"]


@dataclass(frozen=True, slots=True)
class PointCamera:
    """`cause` is the detection to look at; it does not make it another deed."""

    preset: str
    asked_by: AskedBy = "alarm"
    cause: Cause | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Record:
    duration_s: float
    asked_by: AskedBy = "alarm"
    cause: Cause | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TakeStill:
    """Of what trips a zone, from the very first moment."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Tell:
    """An `alarm` event."""

    change: AlarmChange


Effect = SoundSiren | SilenceSiren | PointCamera | Record | TakeStill | Tell


@dataclass(frozen=True, slots=True)
class Stepped:
    """The new state, what to do, and for `Opened` what became of the detection (None where its sensor is no zone)."""

    state: AlarmState
    effects: tuple[Effect, ...] = ()
    decision: Decision | None = None
