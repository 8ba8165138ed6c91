"""The alarm's part of the agent's configuration: delays, zones, rules, the key switch. Keys: docs/reference/agent.md."""

from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from vigie.domain.alarm_model import MAX_DELAY_S, AlarmConfig, Effect, PointCamera, Record, SoundSiren, Zone
from vigie.domain.rules import Rule
from vigie.domain.zone import Filters
from vigie.protocol.alarm import ZoneType
from vigie.protocol.events import DeviceId, SensorName
from vigie.protocol.sensors import Pull
from vigie.protocol.states import Mode
from vigie.runtime.config import Settings, WrongValue, hint

GuardMode = Literal["surveillance", "night"]
Delay = Annotated[float, Field(ge=0, le=MAX_DELAY_S)]
Pin = Annotated[int, Field(ge=0, le=27, description="BCM number")]
SensorOfSite = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]{0,31}/)?[a-z0-9][a-z0-9_-]{0,31}$")]
"""`button` on this Pi, `raspberry-02/button` on another."""
Trigger = Annotated[str, Field(pattern=r"^(\*/|[a-z0-9][a-z0-9-]{0,31}/)?[a-z0-9][a-z0-9_-]{0,31}$")]


def _for_each_mode(value: Any) -> Any:
    return value if isinstance(value, dict) else {"surveillance": value, "night": value}


class AlarmSettings(Settings):
    """Delays and the length of an alarm. `exit_delay_s` is one for both guarding modes, or a table with one for each."""

    exit_delay_s: Annotated[dict[GuardMode, Delay], BeforeValidator(_for_each_mode)] = Field(default_factory=dict)
    entry_delay_s: Delay = 0.0
    alarm_s: float = Field(60.0, gt=0, le=3600)
    siren_for_others: bool = True


class ZoneSettings(Settings):
    """How a sensor guards."""

    type: ZoneType = ZoneType.INSTANT
    modes: tuple[GuardMode, ...] = ("surveillance", "night")
    hold_s: float = Field(0.0, ge=0, le=600)
    pulses: int = Field(1, ge=1, le=20)
    pulses_within_s: float = Field(10.0, gt=0, le=3600)
    cooldown_s: float = Field(0.0, ge=0, le=86400)
    confirm_by: tuple[SensorOfSite, ...] = Field((), max_length=20)
    confirm_within_s: float = Field(30.0, gt=0, le=3600)
    entry_delay_s: Delay | None = None
    preset: SensorName | None = None
    record_s: float | None = Field(None, gt=0, le=3600)
    siren: bool = True

    def zone(self, sensor: str, device_id: DeviceId) -> Zone:
        """For `domain.alarm`."""
        return Zone(
            sensor=sensor,
            type=self.type,
            modes=frozenset(map(Mode, self.modes)),
            filters=Filters(
                hold_s=self.hold_s,
                pulses=self.pulses,
                pulses_within_s=self.pulses_within_s,
                cooldown_s=self.cooldown_s,
                confirm_by=tuple(name if "/" in name else f"{device_id}/{name}" for name in self.confirm_by),
                confirm_within_s=self.confirm_within_s,
            ),
            entry_delay_s=self.entry_delay_s,
            preset=self.preset,
            record_s=self.record_s,
            siren=self.siren,
        )


class RuleEffect(Settings):
    """One thing to do: exactly one of these."""

    servo: SensorName | None = Field(None, description="a preset")
    record_s: float | None = Field(None, gt=0, le=3600)
    siren_s: float | None = Field(None, gt=0, le=3600)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("exactly one of servo, record_s, siren_s is expected")
        return self

    @property
    def effect(self) -> Effect:
        """For `domain.rules`."""
        if self.servo is not None:
            return PointCamera(self.servo, asked_by="rule")
        if self.record_s is not None:
            return Record(self.record_s, asked_by="rule")
        assert self.siren_s is not None  # one of them is given
        return SoundSiren(self.siren_s)


class RuleSettings(Settings):
    """`when = "raspberry-02/motion"`, in `modes`, `then = [{ servo = "door" }, { siren_s = 60 }]`. `*/alarm`: any alarm."""

    when: Trigger
    modes: tuple[Mode, ...] = (Mode.SURVEILLANCE, Mode.NIGHT)
    then: tuple[RuleEffect, ...] = Field(min_length=1, max_length=10)

    def rule(self, device_id: DeviceId) -> Rule:
        """For `domain.rules`."""
        device, _, sensor = self.when.rpartition("/")
        effects = tuple(effect.effect for effect in self.then)
        return Rule(device_id=device or device_id, sensor=sensor, modes=frozenset(self.modes), effects=effects)


class ArmingSettings(Settings):
    """A key switch (its level is the mode), or a button (each press arms) on a pin. A button disarms only where it is told to.

    Both are contacts to ground. The key's is closed while disarmed, so that a cut cable arms.
    """

    pin: Pin
    kind: Literal["key_switch", "button"] = "key_switch"
    mode: GuardMode = "surveillance"
    disarms: bool | None = None
    pull: Pull = "up"
    active_high: bool | None = None

    @property
    def is_active_high(self) -> bool:
        """Whether a high line means on: of a key switch, unless it says otherwise."""
        return self.kind == "key_switch" if self.active_high is None else self.active_high

    @property
    def may_disarm(self) -> bool:
        """A key is in somebody's hand; a button is under anybody's."""
        return self.kind == "key_switch" if self.disarms is None else self.disarms


def alarm_config(alarm: AlarmSettings, zones: Iterable[Zone], *, takes_stills: bool = False) -> AlarmConfig:
    """For `domain.alarm`."""
    return AlarmConfig(
        zones={zone.sensor: zone for zone in zones},
        exit_delay_s={Mode(mode): delay_s for mode, delay_s in alarm.exit_delay_s.items()},
        entry_delay_s=alarm.entry_delay_s,
        alarm_s=alarm.alarm_s,
        takes_stills=takes_stills,
    )


def check_names(
    zones: dict[str, ZoneSettings],
    rules: Iterable[RuleSettings],
    *,
    device_id: str,
    sensors: Collection[str],
    presets: Collection[str],
) -> None:
    """Raises `WrongValue` for a sensor or a preset that this Pi does not have."""
    for name, zone in zones.items():
        _known(name, sensors, ("zones", name), f"[zones.{name}]", "sensor")
        if zone.preset is not None:
            _known(zone.preset, presets, ("zones", name, "preset"), f"'zones.{name}.preset'", "servo preset")
        for other in zone.confirm_by:
            device, _, sensor = other.rpartition("/")
            if device in {"", device_id}:
                _known(sensor, set(sensors) - {name}, ("zones", name, "confirm_by"), f"'zones.{name}.confirm_by'", "other sensor")
    for number, rule in enumerate(rules):
        device, _, sensor = rule.when.rpartition("/")
        if device in {"", device_id}:
            _known(sensor, {*sensors, "alarm"}, ("rules", str(number), "when"), f"'rules.{number}.when'", "sensor")
        for effect in rule.then:
            if effect.servo is not None:
                _known(effect.servo, presets, ("rules", str(number), "then"), f"'rules.{number}.then'", "servo preset")


def _known(name: str, known: Collection[str], key: tuple[str, ...], where: str, what: str) -> None:
    if name in known:
        return
    raise WrongValue(key, f"{where}: no {what} {name!r}; {hint(name, known, 'this Pi has')}")
