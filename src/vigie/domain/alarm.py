"""A Pi's alarm as a state machine: `(state, message, now) -> (state, effects)`. Design: docs/design/alarm.md.

`disarmed -> arming -> armed -> pending -> triggered`. Delays are deadlines in the state, in monotonic seconds, so a restart
is "load, rebase, step" (`alarm_memory.py`). What a detection leads to is `trips.py`'s.
"""

from collections.abc import Iterable
from dataclasses import replace

from vigie.domain import trips
from vigie.domain import zone as filters_of
from vigie.domain.alarm_model import (
    MAX_DELAY_S,
    AlarmConfig,
    AlarmState,
    At,
    Closed,
    Confirming,
    Effect,
    Found,
    Message,
    ModeSet,
    Opened,
    PeerPending,
    SilenceSiren,
    SoundSiren,
    Stepped,
    Tell,
    Zone,
    is_guarded,
)
from vigie.domain.trips import change
from vigie.protocol.alarm import Reason, Stage, ZoneType

GUARDING = frozenset({Stage.ARMED, Stage.PENDING, Stage.TRIGGERED})


def step(state: AlarmState, message: Message, now: float, config: AlarmConfig) -> Stepped:
    """One step. Deadlines that are due are acted upon before the message: it happened after them."""
    at = At(now, config)
    due = _expire(state, at)
    then = _take(due.state, message, at)
    return Stepped(then.state, (*due.effects, *then.effects), then.decision)


def resume(state: AlarmState, mode: ModeSet, now: float, config: AlarmConfig) -> Stepped:
    """The first step after a start. The mode that is on disk stood before anything that has become due since: who had disarmed
    in time must not be told otherwise because the agent died just then.
    """
    at = At(now, config)
    then = _set_mode(state, mode, at)
    due = _expire(then.state, at)
    return Stepped(due.state, (*then.effects, *due.effects))


def with_siren(state: AlarmState, effects: Iterable[Effect], now: float) -> AlarmState:
    """The state with what these effects ask of the siren, so that a restart does not end what sounds for another Pi."""
    until = state.siren_until
    for effect in effects:
        if isinstance(effect, SoundSiren):
            until = max(now + effect.duration_s, now if until is None else until)
        elif isinstance(effect, SilenceSiren):
            until = None
    return state if until == state.siren_until else replace(state, siren_until=until)


def siren_left_s(state: AlarmState, now: float, config: AlarmConfig) -> float:
    """For how long the siren still has to sound: for our own alarm, for that of another Pi, or by a rule."""
    zone = config.zones.get(state.cause.zone) if state.cause else None
    is_loud = state.stage is Stage.TRIGGERED and (zone is None or zone.siren)
    ends = (state.deadline if is_loud else None, state.siren_until)
    return max((end - now for end in ends if end is not None), default=0.0)


def next_deadline(state: AlarmState) -> float | None:
    """When `step` must be called with a `Tick`; None while nothing waits."""
    holds = (filters_of.next_deadline(status.filter) for status in state.zones.values())
    return min((when for when in (state.deadline, *holds) if when is not None), default=None)


def open_zones(state: AlarmState, config: AlarmConfig) -> list[str]:
    """Zones that should guard now and cannot, because they were open when they began to: each of them is a trouble."""
    if state.stage not in GUARDING:
        return []
    return [
        sensor
        for sensor, zone in config.zones.items()
        if state.of(sensor).must_close and zone.guards(state.mode) and sensor not in state.bypass
    ]


def _take(state: AlarmState, message: Message, at: At) -> Stepped:
    zones = at.config.zones
    match message:
        case ModeSet():
            return _set_mode(state, message, at)
        case Opened(cause) if cause.zone in zones:
            return trips.opened(state, zones[cause.zone], cause, at)
        case Closed(sensor) if sensor in zones:
            filter_state = filters_of.release(state.of(sensor).filter)
            return Stepped(state.with_zone(sensor, is_open=False, must_close=False, filter=filter_state))
        case Found(sensor, is_open) if sensor in zones:
            return Stepped(_find(state, zones[sensor], is_open=is_open))
        case Confirming(name):
            return _confirm(state, name, at)
        case PeerPending(remaining_s):
            until = at.now + min(remaining_s, MAX_DELAY_S) if remaining_s > 0 else None
            return Stepped(replace(state, peer_pending_until=until))
        case _:
            return Stepped(state)


# The mode


def _set_mode(before: AlarmState, message: ModeSet, at: At) -> Stepped:
    if (message.stamp, message.mode) == (before.stamp, before.mode):
        # The same record, perhaps through a device that dropped or kept its bypass: never a second arming or disarming.
        is_other = is_guarded(message.mode) and message.bypass != before.bypass
        return Stepped(replace(before, bypass=message.bypass) if is_other else before)
    state = replace(before, mode=message.mode, stamp=message.stamp, bypass=message.bypass)
    effects: tuple[Effect, ...] = ()
    if not is_guarded(message.mode):
        state = _forget_detections(replace(_at_rest(state, Stage.DISARMED, at.now), bypass=frozenset()), at.config)
        effects = (SilenceSiren(),)  # whatever our stage was: it may sound for another Pi
    elif before.stage in {Stage.DISARMED, Stage.ARMING, Stage.ARMED} and message.mode is not before.mode:
        state = _begin_to_guard(state, message, at)
    # Else: to arm once more ends neither an entry delay nor an alarm, and begins no second exit delay.
    is_between_guards = state.mode is not before.mode and state.stage not in {Stage.PENDING, Stage.TRIGGERED}
    if state.stage is before.stage and not is_between_guards:
        return Stepped(state, effects)
    told = change(before, state, Reason.MODE, at)
    told = told.model_copy(update={"changed_by": message.changed_by, "changed_from": message.changed_from})
    return Stepped(state, (*effects, Tell(told)))


def _begin_to_guard(state: AlarmState, message: ModeSet, at: At) -> AlarmState:
    """The exit delay, or what is left of it for whoever hears late."""
    delay_s = at.config.exit_delay_s.get(message.mode, 0.0)
    left_s = delay_s - max(0.0, message.age_s)
    if left_s <= 0:
        return _armed(state, at.now, at.config)
    return replace(state, stage=Stage.ARMING, since=at.now, deadline=at.now + left_s, delay_s=delay_s, cause=None)


def _forget_detections(state: AlarmState, config: AlarmConfig) -> AlarmState:
    """What was counted, held or waiting to be confirmed was of before: it must not become an alarm of the next time."""
    for sensor, zone in config.zones.items():
        if zone.type is not ZoneType.ALWAYS:
            state = state.with_zone(sensor, filter=filters_of.FilterState(), detection=None)
    return state


def _at_rest(state: AlarmState, stage: Stage, now: float) -> AlarmState:
    return replace(state, stage=stage, since=now, deadline=None, delay_s=0.0, cause=None, peer_pending_until=None)


def _armed(state: AlarmState, now: float, config: AlarmConfig) -> AlarmState:
    for sensor, zone in config.zones.items():
        state = state.with_zone(sensor, must_close=_must_close(zone, state.of(sensor).is_open))
    return _at_rest(state, Stage.ARMED, now)


def _find(state: AlarmState, zone: Zone, *, is_open: bool) -> AlarmState:
    guards = state.stage in GUARDING
    return state.with_zone(zone.sensor, is_open=is_open, must_close=guards and _must_close(zone, is_open))


def _must_close(zone: Zone, is_open: bool | None) -> bool:
    return bool(is_open) and zone.type is not ZoneType.ALWAYS


# Filters and deadlines


def _confirm(state: AlarmState, name: str, at: At) -> Stepped:
    effects: tuple[Effect, ...] = ()
    for zone in at.config.zones.values():
        filter_state, verdict = filters_of.confirm(state.of(zone.sensor).filter, zone.filters, name, at.now)
        state = state.with_zone(zone.sensor, filter=filter_state)
        completed = trips.completed(state, zone, verdict, Reason.CONFIRMED, at)
        state, effects = completed.state, (*effects, *completed.effects)
    return Stepped(state, effects)


def _expire(state: AlarmState, at: At) -> Stepped:
    effects: tuple[Effect, ...] = ()
    for zone in at.config.zones.values():
        filter_state, verdict = filters_of.expire(state.of(zone.sensor).filter, zone.filters, at.now)
        state = state.with_zone(zone.sensor, filter=filter_state)
        completed = trips.completed(state, zone, verdict, Reason.HELD, at)
        state, effects = completed.state, (*effects, *completed.effects)
    while state.deadline is not None and at.now >= state.deadline:
        ended = _end_of_delay(state, at)
        state, effects = ended.state, (*effects, *ended.effects)
    return Stepped(state, effects)


def _end_of_delay(state: AlarmState, at: At) -> Stepped:
    """What the deadline ends gives way to what comes after it, now: after a power cut that may be long after the deadline."""
    if state.stage is Stage.PENDING:
        return trips.entry_delay_over(state, at)
    if state.stage is Stage.ARMING:
        armed = _armed(state, at.now, at.config)
        return Stepped(armed, (Tell(change(state, armed, Reason.EXIT_DELAY_OVER, at)),))
    rest = _at_rest(state, Stage.ARMED if is_guarded(state.mode) else Stage.DISARMED, at.now)
    # No SilenceSiren: ours ends by itself, and what still sounds does so for another Pi or a rule.
    return Stepped(rest, (Tell(change(state, rest, Reason.ALARM_TIME_OVER, at, cause=state.cause)),))
