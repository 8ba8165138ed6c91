"""What a sensor of this device is called on the wire: from a level to an event's body and to a state."""

from dataclasses import dataclass, replace
from datetime import datetime

from vigie.agent.settings import SensorSettings
from vigie.domain.debounce import DebounceConfig
from vigie.protocol.codec import JsonObject
from vigie.protocol.sensors import SENSOR_KINDS, Pull, SensorKind
from vigie.protocol.states import SensorState


@dataclass(frozen=True, slots=True)
class Sensor:
    """A configured sensor with everything resolved."""

    name: str
    kind: SensorKind
    settings: SensorSettings

    @property
    def pull(self) -> Pull:
        return self.settings.pull or self.kind.pull

    @property
    def active_high(self) -> bool:
        return self.kind.active_high if self.settings.active_high is None else self.settings.active_high

    @property
    def debounce(self) -> DebounceConfig:
        hold_off_s = self.settings.hold_off_s
        return DebounceConfig(
            hold_off_s=self.kind.hold_off_s if hold_off_s is None else hold_off_s, settle_s=self.settings.settle_s
        )

    @property
    def warm_up_s(self) -> float:
        return self.kind.warm_up_s if self.settings.warm_up_s is None else self.settings.warm_up_s

    @property
    def stuck_after_s(self) -> float | None:
        """None: never a fault."""
        seconds = self.kind.stuck_after_s if self.settings.stuck_after_s is None else self.settings.stuck_after_s
        return seconds or None

    @property
    def meta_kind(self) -> str | None:
        """`meta.kind`, needed where the name of the sensor does not say its kind."""
        return self.kind.name if self.kind.name != self.name else None

    def word(self, active: bool) -> str:
        return self.kind.active if active else self.kind.inactive

    def event_body(self, active: bool, duration_ms: int | None) -> JsonObject:
        """The payload of an edge but for `meta`: the reference's keys, `state`, `location`, `duration_ms`.

        `duration_ms` is how long the sensor was active (0 on the active edge); None where nobody knows.
        """
        body: JsonObject = {"state": self.word(active)}
        body.update(self.kind.active_details if active else self.kind.inactive_details)
        if self.settings.confidence is not None:
            body["confidence"] = self.settings.confidence
        if self.settings.location:
            body["location"] = self.settings.location
        if self.kind.measures_duration and duration_ms is not None:
            body["duration_ms"] = duration_ms
        return body

    def state(self, active: bool, since: datetime | None, fault: str | None) -> JsonObject:
        """The body of `states/{device}/{sensor}`."""
        return SensorState(
            state=self.word(active),
            active=active,
            kind=self.kind.name,
            location=self.settings.location,
            since=since,
            fault=fault,
        ).model_dump(mode="json")


def resolve(name: str, settings: SensorSettings) -> Sensor:
    """The sensor behind a configuration table. A kind that Vigie does not know is a plain on/off input."""
    kind_name = settings.kind or name
    kind = SENSOR_KINDS.get(kind_name) or SensorKind(
        name=kind_name, active="on", inactive="off", label_en=kind_name, label_fr=kind_name, guards=False
    )
    return Sensor(name, kind, settings)


def at_rest(sensor: Sensor) -> Sensor:
    """The same sensor on a pin with nothing wired to it: pulled to where it is inactive. A mock pin has no door to close it."""
    pull: Pull = "down" if sensor.active_high else "up"
    return replace(sensor, settings=sensor.settings.model_copy(update={"pull": pull}))
