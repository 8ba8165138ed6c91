"""What an agent's zones, rules and key switch mean in words, and what of them is allowed but likely wrong."""

from collections.abc import Iterator

from vigie.agent.alarm_settings import ArmingSettings
from vigie.agent.settings import AgentSettings
from vigie.domain.alarm_model import AlarmConfig, Effect, PointCamera, Record, SoundSiren, Zone
from vigie.domain.rules import Rule
from vigie.domain.zone import Filters
from vigie.owner.findings import Finding, ok, warning
from vigie.protocol.alarm import ZoneType
from vigie.protocol.states import Mode

_GUARDING = (Mode.SURVEILLANCE, Mode.NIGHT)


def of(settings: AgentSettings) -> Iterator[Finding]:
    """One finding per zone, rule and switch, and one for the delays."""
    config = settings.alarm_config
    yield from _alarm(config, settings)
    for zone in config.zones.values():
        yield ok("zone", f"{zone.sensor}: {_in_words(zone, config)}")
        yield from _doubts(zone, config)
        if zone.record_s is not None and settings.camera is None:
            yield warning("zone", f"{zone.sensor}: record_s does nothing: this Pi has no camera", "add [camera], or leave it out")
        if zone.type is ZoneType.ALWAYS and "modes" in settings.zones[zone.sensor].model_fields_set:
            yield warning(
                "zone", f"{zone.sensor}: one that guards always heeds no modes", "leave modes out, or choose another type"
            )
    for rule in settings.alarm_rules:
        yield from _rule(rule, settings)
    if settings.arming is not None:
        yield ok("switch", _switch(settings.arming))


def _alarm(config: AlarmConfig, settings: AgentSettings) -> Iterator[Finding]:
    exits = ", ".join(f"{_seconds(config.exit_delay_s.get(mode, 0.0))} in {mode}" for mode in _GUARDING)
    yield ok("alarm", f"exit delay {exits}; entry delay {_seconds(config.entry_delay_s)}; loud for {config.alarm_s:g} s")
    if settings.sensors and not config.zones:
        yield warning("alarm", "no sensor guards: it will never alarm", "add [zones.NAME] for one of the sensors")
    if settings.siren is not None and config.alarm_s > settings.siren.max_duration_s:
        limit_s = settings.siren.max_duration_s
        yield warning("alarm", f"the siren ends after {limit_s:g} s, before the alarm does", "raise siren.max_duration_s")


def _in_words(zone: Zone, config: AlarmConfig) -> str:
    when = (
        "in every mode"
        if zone.type is ZoneType.ALWAYS
        else " and ".join(mode for mode in _GUARDING if zone.guards(mode)) or "never"
    )
    words = [f"{zone.type}, {when}"]
    if zone.type is ZoneType.DELAYED:
        words.append(f"entry delay {_seconds(_entry_delay_s(zone, config))}")
    words += _filters(zone.filters)
    if not zone.siren:
        words.append("no siren")
    if zone.preset is not None:
        words.append(f"servo to {zone.preset}")
    if zone.record_s is not None:
        words.append(f"recorded for {zone.record_s:g} s")
    return ", ".join(words)


def _filters(filters: Filters) -> Iterator[str]:
    if filters.hold_s:
        yield f"held for {filters.hold_s:g} s"
    if filters.pulses > 1:
        yield f"{filters.pulses} times within {filters.pulses_within_s:g} s"
    if filters.confirm_by:
        yield f"confirmed by {' or '.join(filters.confirm_by)} within {filters.confirm_within_s:g} s"
    if filters.cooldown_s:
        yield f"then {filters.cooldown_s:g} s of rest"


def _doubts(zone: Zone, config: AlarmConfig) -> Iterator[Finding]:
    name, filters = zone.sensor, zone.filters
    modes = [mode for mode in _GUARDING if zone.guards(mode)]
    if not modes:
        yield warning("zone", f"{name}: it guards in no mode", 'write modes = ["surveillance"] or leave modes out')
    if zone.type is ZoneType.DELAYED:
        if not _entry_delay_s(zone, config):
            yield warning("zone", f"{name}: delayed without any entry delay: it alarms at once", "set alarm.entry_delay_s")
        for mode in modes:
            if not config.exit_delay_s.get(mode):
                yield warning("zone", f"{name}: no exit delay in {mode}: who leaves by it, trips it", "set alarm.exit_delay_s")
    if filters.pulses > 1 and filters.hold_s * (filters.pulses - 1) >= filters.pulses_within_s:
        what = f"{filters.pulses} detections of {filters.hold_s:g} s do not fit into {filters.pulses_within_s:g} s: it never trips"
        yield warning("zone", f"{name}: {what}", "raise pulses_within_s")


def _entry_delay_s(zone: Zone, config: AlarmConfig) -> float:
    return config.entry_delay_s if zone.entry_delay_s is None else zone.entry_delay_s


def _rule(rule: Rule, settings: AgentSettings) -> Iterator[Finding]:
    name = f"{rule.device_id}/{rule.sensor}"
    modes = " and ".join(mode for mode in Mode if mode in rule.modes) or "never"
    yield ok("rule", f"{name}, {modes}: {', '.join(map(_effect, rule.effects))}")
    if not rule.modes:
        yield warning("rule", f"{name}: it holds in no mode", "leave modes out")
    if settings.siren is None and any(isinstance(effect, SoundSiren) for effect in rule.effects):
        yield warning("rule", f"{name}: this Pi has no siren", "add [siren], or write the rule on a Pi that has one")
    if settings.camera is None and any(isinstance(effect, Record) for effect in rule.effects):
        yield warning(
            "rule", f"{name}: record_s does nothing: this Pi has no camera", "add [camera], or write the rule on a Pi that has one"
        )


def _effect(effect: Effect) -> str:
    match effect:
        case SoundSiren(duration_s):
            return f"siren for {duration_s:g} s"
        case PointCamera(preset):
            return f"servo to {preset}"
        case Record(duration_s):
            return f"record {duration_s:g} s"
        case _:
            return ""


def _switch(arming: ArmingSettings) -> str:
    kind = "key switch" if arming.kind == "key_switch" else "button"
    off = "and disarms" if arming.may_disarm else "and never disarms"
    level = "high" if arming.is_active_high else "low"
    return f"{kind} on BCM {arming.pin}, pull {arming.pull}, on is {level}: arms {arming.mode} {off}"


def _seconds(seconds: float) -> str:
    return f"{seconds:g} s" if seconds else "none"
