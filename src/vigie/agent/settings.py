"""The agent's configuration: broker, data folder, what is wired to which pin. Keys: docs/reference/agent.md."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, field_validator, model_validator

from vigie.agent.alarm_settings import AlarmSettings, ArmingSettings, Pin, RuleSettings, ZoneSettings, alarm_config, check_names
from vigie.agent.camera_settings import CameraSettings, check_presets
from vigie.domain.alarm_model import AlarmConfig
from vigie.domain.retention import Bounds
from vigie.domain.rules import Rule
from vigie.protocol.alarm import ALARM, TROUBLE
from vigie.protocol.events import RESERVED_TYPES, DeviceId, SensorName
from vigie.protocol.gaps import GAP
from vigie.protocol.sensors import SENSOR_KINDS, Pull
from vigie.runtime import broker_url
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.config import Settings, WrongValue
from vigie.runtime.mode_keys import SiteSettings

ENV_KEYS = {
    **broker_url.ENV_KEYS,
    "DEVICE_ID": "device_id",
    "VIGIE_DATA": "data_dir",
    "VIGIE_MODE_KEY_FILE": "site.mode_key_file",
}

# Parts of a device that have a state of their own: a sensor of that name would share their topic.
RESERVED_SENSOR_NAMES = frozenset({"servo", "siren", "camera", "media", ALARM, "health"})
_CLIP = "clip"  # `protocol.camera.CLIP`, whose module an agent without a camera does without
DEFAULT_WIRING: dict[str, Any] = {"sensors": {"motion": {"pin": 17}, "button": {"pin": 27}}, "servo": {}, "siren": {}}

Angle = Annotated[float, Field(ge=-180, le=180)]


class SensorSettings(Settings):
    """One two-state input. What is not given comes from its kind (`protocol.sensors`)."""

    kind: SensorName | None = None
    pin: Pin
    pull: Pull | None = None
    active_high: bool | None = None
    hold_off_s: float | None = Field(None, ge=0, le=60)
    settle_s: float = Field(0.0, ge=0, le=60)
    warm_up_s: float | None = Field(None, ge=0, le=600)
    stuck_after_s: float | None = Field(None, ge=0, description="0 turns the check off")
    location: str = Field("", max_length=64)
    confidence: float | None = Field(None, ge=0, le=1)


class ServoSettings(Settings):
    """The camera's servo. Pulses are those at -90 and +90 degrees; `inverted` mirrors left and right."""

    pin: Pin = 12
    driver: Literal["auto", "sysfs", "gpiozero"] = "auto"
    min_angle_deg: Angle = -90.0
    max_angle_deg: Angle = 90.0
    step_deg: float = Field(15.0, gt=0, le=180)
    presets: dict[SensorName, Angle] = Field(default_factory=dict)
    slew_deg_s: float = Field(60.0, gt=0, le=600)
    left_pulse_us: float = Field(600.0, ge=300, le=2700)
    right_pulse_us: float = Field(2400.0, ge=300, le=2700)
    inverted: bool = False

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.min_angle_deg >= self.max_angle_deg:
            raise ValueError(f"min_angle_deg {self.min_angle_deg:g} must be below max_angle_deg {self.max_angle_deg:g}")
        if self.left_pulse_us >= self.right_pulse_us:
            raise ValueError("left_pulse_us must be below right_pulse_us; use inverted = true for a servo mounted upside down")
        for name, angle in self.presets.items():
            if not self.min_angle_deg <= angle <= self.max_angle_deg:
                raise ValueError(f"preset {name!r} at {angle:g} is outside {self.min_angle_deg:g}..{self.max_angle_deg:g}")
        return self


class SirenSettings(Settings):
    """A siren behind a transistor or a relay. It never sounds longer than `max_duration_s` at a time."""

    pin: Pin = 22
    active_high: bool = True
    max_duration_s: float = Field(180.0, gt=0, le=3600)


class LogSettings(Settings):
    """How much the event log may hold. Above it goes first what the server has, then the least important."""

    max_events: int = Field(1_000_000, ge=1000, le=100_000_000)
    max_bytes: int = Field(256 * 1024 * 1024, ge=1024 * 1024, description="of the file, as far as it is in use")

    @property
    def bounds(self) -> Bounds:
        """For the log itself."""
        return Bounds(self.max_events, self.max_bytes)


class AgentSettings(Settings):
    """Everything that an agent needs to know. Without any of sensors, servo and siren it has the default wiring."""

    device_id: DeviceId
    data_dir: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    broker: BrokerSettings = Field(default_factory=BrokerSettings)
    site: SiteSettings = Field(default_factory=SiteSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    sensors: dict[SensorName, SensorSettings] = Field(default_factory=dict)
    servo: ServoSettings | None = None
    siren: SirenSettings | None = None
    camera: CameraSettings | None = None
    alarm: AlarmSettings = Field(default_factory=AlarmSettings)
    zones: dict[SensorName, ZoneSettings] = Field(default_factory=dict)
    rules: tuple[RuleSettings, ...] = Field((), max_length=100)
    arming: ArmingSettings | None = None

    _has_default_wiring: bool = PrivateAttr(default=False)

    @model_validator(mode="wrap")
    @classmethod
    def _default_wiring(cls, values: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        is_default = isinstance(values, dict) and not values.keys() & DEFAULT_WIRING.keys()
        found = validate({**values, **DEFAULT_WIRING} if is_default else values)
        found._has_default_wiring = is_default
        return found

    @field_validator("sensors")
    @classmethod
    def _names(cls, sensors: dict[str, SensorSettings]) -> dict[str, SensorSettings]:
        if taken := sorted(sensors.keys() & RESERVED_SENSOR_NAMES):
            raise ValueError(f"a sensor cannot be called {taken[0]!r}: the device has a part of that name")
        # Without a kind that we know its name would be its events' type, which the server refuses: a hole in the log for ever.
        if reserved := sorted(sensors.keys() & (RESERVED_TYPES | {GAP, TROUBLE, _CLIP})):
            raise ValueError(f"a sensor cannot be called {reserved[0]!r}: events of that name mean something else")
        return sensors

    @model_validator(mode="after")
    def _one_user_per_pin(self) -> Self:
        users: dict[int, str] = {}
        for user, pin in self.pins():
            if pin in users:
                raise ValueError(f"pin {pin} is used by {users[pin]} and by {user}; give each its own")
            users[pin] = user
        return self

    def pins(self) -> list[tuple[str, int]]:
        """Every pin in use as (key of its user, BCM number)."""
        found = [(f"sensors.{name}", sensor.pin) for name, sensor in self.sensors.items()]
        if self.servo is not None:
            found.append(("servo", self.servo.pin))
        if self.siren is not None:
            found.append(("siren", self.siren.pin))
        if self.arming is not None:
            found.append(("arming", self.arming.pin))
        return found

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        if self.arming is not None and self.site.mode_writers and self.site.mode_key_file is None:
            raise WrongValue(("arming",), "[arming]: this site names its mode_writers, so this Pi needs a key: site.mode_key_file")
        presets = self.servo.presets if self.servo else {}
        check_names(self.zones, self.rules, device_id=self.device_id, sensors=self.sensors, presets=presets)
        if self.camera is not None:
            check_presets(self.camera, presets)
        return self

    def with_synthetic_camera(self) -> Self:
        """For a simulated Pi: with the default wiring it has a camera too."""
        if self.camera is not None or not self._has_default_wiring:
            return self
        return self.model_copy(update={"camera": CameraSettings(source="synthetic")})

    @property
    def alarm_config(self) -> AlarmConfig:
        """For `domain.alarm`: each sensor that guards by its kind is a zone, and each that has a table."""
        guards = [name for name, sensor in self.sensors.items() if _guards(sensor.kind or name)]
        names = dict.fromkeys([*guards, *self.zones])
        zones = [self.zones.get(name, ZoneSettings()).zone(name, self.device_id) for name in names]
        return alarm_config(self.alarm, zones, takes_stills=self.camera is not None)

    @property
    def alarm_rules(self) -> tuple[Rule, ...]:
        """For `domain.rules`."""
        return tuple(rule.rule(self.device_id) for rule in self.rules)

    @property
    def folder(self) -> Path:
        """Where this agent keeps everything; see `data_folder`."""
        return data_folder(self.data_dir, self.device_id)


def data_folder(data_dir: Path | None, device_id: str) -> Path:
    """`data_dir`, or `vigie/agents/{device_id}` in the user's state folder (XDG_STATE_HOME, ~/.local/state)."""
    if data_dir is not None:
        return data_dir.expanduser()
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "vigie" / "agents" / device_id


def _guards(kind: str) -> bool:
    return kind in SENSOR_KINDS and SENSOR_KINDS[kind].guards
