"""One device in memory: what it last said, and when."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vigie.domain.guard import is_same_wait, read_alarm
from vigie.domain.identity import Identity
from vigie.protocol.alarm import ALARM, AlarmState
from vigie.protocol.events import StoredEvent
from vigie.protocol.states import SILENT_AFTER_S, DeviceStatus, Heartbeat
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.schemas import DeviceState
from vigie.server.logs import DeviceLogs
from vigie.server.store.devices import DeviceRow

MAX_PARTS = 100
"""Anybody on the broker can make up parts. The alarm's own always has its place."""


FORGET_AFTER_S = 60.0
"""A device that was heard so recently cannot be forgotten yet: first its absence is told."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One of our Pis as the alarm sees it. `heard_at` is its last own word, monotonic; None for none since the server
    started. `heard_on` is the wall time of that, also of before the start. `alarm_at`: when the countdown of its alarm began
    here, None where it came from memory. `faults` are those of its last heartbeat.
    """

    device_id: str
    state: DeviceState
    heard_at: float | None
    heard_on: datetime | None
    alarm: AlarmState | None
    alarm_at: float | None
    faults: tuple[str, ...]


@dataclass(slots=True)
class Known:
    """`online_at` (its last live word, unless it has said goodbye since), `heard_at` (its last own word) and `beat_at` (its
    last heartbeat) are monotonic.
    """

    device_id: str
    status: DeviceStatus | None = None
    heartbeat: Heartbeat | None = None
    heartbeat_at: datetime | None = None
    online_at: float = float("-inf")
    heard_at: float | None = None
    heard_on: datetime | None = None
    beat_at: float | None = None
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    alarm: AlarmState | None = None
    alarm_at: float | None = None
    quarantined: int = 0
    last_event: StoredEvent | None = None
    identity: Identity = field(default_factory=Identity)
    told_state: DeviceState | None = None
    logs: DeviceLogs = field(init=False)

    def __post_init__(self) -> None:
        self.logs = DeviceLogs(self.device_id)

    def recall(self, row: DeviceRow) -> None:
        """Takes up what was written down before the restart."""
        self.status = None if row.status is None else DeviceStatus.model_validate(row.status)
        self.heartbeat = None if row.heartbeat is None else Heartbeat.model_validate(row.heartbeat)
        self.heartbeat_at = None if row.heartbeat_at_ms is None else from_unix_ms(row.heartbeat_at_ms)
        self.heard_on = self.heartbeat_at
        self.states = row.states
        self.alarm = read_alarm(row.states.get(ALARM))
        self.quarantined = row.quarantined

    def as_row(self) -> DeviceRow:
        """For the table."""
        return DeviceRow(
            device_id=self.device_id,
            status=None if self.status is None else self.status.model_dump(mode="json"),
            heartbeat=None if self.heartbeat is None else self.heartbeat.model_dump(mode="json"),
            heartbeat_at_ms=None if self.heartbeat_at is None else to_unix_ms(self.heartbeat_at),
            states=self.states,
        )

    def take_status(self, status: DeviceStatus, now_s: float, now: datetime, *, retained: bool) -> None:
        """An `offline` may be the broker's word: it ends the device's being online, and is no sign of life."""
        self.status = status
        if retained:
            return
        if status.state == "online":
            self.online_at = self.heard_at = now_s
            self.heard_on = now
        else:
            self.online_at = float("-inf")

    def forget_status(self, now_s: float) -> bool:
        """Whether it was forgotten. Not while it is heard, nor just after: clearing a topic must not hide that it is destroyed."""
        if self.status is None or (self.heard_at is not None and now_s - self.heard_at < FORGET_AFTER_S):
            return False
        self.status = None
        return True

    def take_heartbeat(self, heartbeat: Heartbeat, now_s: float, now: datetime) -> None:
        self.heartbeat = heartbeat
        self.heartbeat_at = self.heard_on = now
        self.online_at = self.heard_at = self.beat_at = now_s
        self.identity = self.identity.heard(heartbeat, now_s)

    def take_state(self, part: str, body: dict[str, Any], now_s: float, *, retained: bool) -> None:
        """An empty body removes the part. A countdown that is said again goes on."""
        if part == ALARM:
            alarm = read_alarm(body)
            if not is_same_wait(alarm, self.alarm):
                self.alarm_at = None if retained else now_s
            self.alarm = alarm
        if not body:
            self.states.pop(part, None)
        elif part in self.states or part == ALARM or len(self.states) < MAX_PARTS:
            self.states[part] = body

    def state(self, now_s: float) -> DeviceState:
        """Whether it is there, by its own words and the age of the last of them."""
        if self.status is None:
            return "unknown"
        if self.status.state == "offline":
            return "offline"
        return "online" if now_s - self.online_at <= SILENT_AFTER_S else "silent"

    def beat_age_s(self, now_s: float, now: datetime) -> float | None:
        """How old the last heartbeat is. By the wall clock only over a restart: it may have jumped meanwhile."""
        if self.beat_at is not None:
            return now_s - self.beat_at
        return None if self.heartbeat_at is None else max(0.0, (now - self.heartbeat_at).total_seconds())

    def as_agent(self, now_s: float) -> Agent | None:
        """None for what is none of ours: a third party's sensor has no capabilities."""
        if self.status is None or not (self.status.capabilities or self.heartbeat is not None):
            return None
        faults = () if self.heartbeat is None else self.heartbeat.faults
        return Agent(self.device_id, self.state(now_s), self.heard_at, self.heard_on, self.alarm, self.alarm_at, faults)
