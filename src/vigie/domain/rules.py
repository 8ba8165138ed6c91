"""What this Pi does when something happens on another one, or on itself: rules of the owner, and the siren for others.

A rule looks at live events only; who may hear what as live is `freshness.py`'s. A Pi acts on its own parts alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from vigie.domain.alarm_model import Cause, Effect, PointCamera, Record, SoundSiren, is_guarded
from vigie.protocol.alarm import ALARM, Stage
from vigie.protocol.states import Mode

ANY_DEVICE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`device_id` (`*`: any) and `sensor` say when; the sensor `alarm` means a triggered alarm. `modes` in which it holds."""

    device_id: str
    sensor: str
    modes: frozenset[Mode]
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An active edge, or a change of an alarm (sensor `alarm`): on which device, in which mode of its alarm, how long what it
    says still lasts, and whether no siren is to sound for it. `event_id` is that of the detection, `zone` its sensor.
    """

    device_id: str
    sensor: str
    stage: Stage | None = None
    mode: Mode | None = None
    remaining_s: float = 0.0
    silent: bool = False
    event_id: str = ""
    zone: str = ""


def effects_of(happening: Happening, rules: Iterable[Rule], mode: Mode) -> tuple[Effect, ...]:
    """What the rules ask for, in their order, in this Pi's own mode."""
    if happening.sensor == ALARM and happening.stage is not Stage.TRIGGERED:
        return ()
    found: list[Effect] = []
    for rule in rules:
        here = rule.device_id in {ANY_DEVICE, happening.device_id} and rule.sensor == happening.sensor
        if here and mode in rule.modes:
            found += [_with_cause(effect, happening) for effect in rule.effects]
    return tuple(found)


def _with_cause(effect: Effect, happening: Happening) -> Effect:
    if not isinstance(effect, PointCamera | Record) or not happening.event_id:
        return effect
    return replace(effect, cause=Cause(zone=happening.zone or happening.sensor, event_id=happening.event_id, event_type=""))


def siren_for_others(happening: Happening, mode: Mode, alarm_s: float) -> tuple[Effect, ...]:
    """Every siren of the site sounds for a triggered alarm, unless its zone is a silent one. An alarm in `active` comes from a
    zone that guards always; one of a mode that guards says nothing to a Pi that knows better: that the site has been disarmed.
    """
    if happening.sensor != ALARM or happening.stage is not Stage.TRIGGERED or happening.silent:
        return ()
    is_always = happening.mode is not None and not is_guarded(happening.mode)
    return (SoundSiren(alarm_s),) if is_always or is_guarded(mode) else ()
