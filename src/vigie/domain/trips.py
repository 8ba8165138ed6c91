"""From a detection to what it leads to: the checks before a zone's filters, the trip, its deeds, and the trace of all of it."""

from dataclasses import replace

from vigie.domain import zone as filters_of
from vigie.domain.alarm_model import (
    AlarmConfig,
    AlarmState,
    At,
    Cause,
    Effect,
    PointCamera,
    Record,
    SoundSiren,
    Stepped,
    TakeStill,
    Tell,
    Zone,
)
from vigie.domain.zone import Step, Verdict
from vigie.protocol.alarm import AlarmChange, Decision, Outcome, Reason, Stage, ZoneType


def opened(state: AlarmState, zone: Zone, cause: Cause, at: At) -> Stepped:
    """The zone's sensor has become active."""
    state = state.with_zone(zone.sensor, is_open=True)
    steps, outcome = _may_trip(state, zone)
    if outcome is not None:
        return Stepped(state, (), _decision(state, zone, outcome, steps))
    filter_state, verdict = filters_of.detect(state.of(zone.sensor).filter, zone.filters, at.now)
    state = state.with_zone(zone.sensor, filter=filter_state, detection=cause)
    steps = (*steps, *verdict.steps)
    if verdict.outcome is not None:
        return Stepped(state, (), _decision(state, zone, verdict.outcome, steps))
    return _trip(state, zone, cause, steps, at)


def completed(state: AlarmState, zone: Zone, verdict: Verdict | None, reason: Reason, at: At) -> Stepped:
    """A detection whose event is written already has become a trip, if it still counts: an event of its own tells so."""
    detection = state.of(zone.sensor).detection
    if verdict is None or not verdict.is_trip or detection is None or _may_trip(state, zone)[1] is not None:
        return Stepped(state)
    after, outcome = _tripped(state, zone, detection, at)
    deeds = _deeds(zone, at.config, outcome, detection)
    decision = _decision(state, zone, outcome, verdict.steps, deeds)
    told = change(state, after, reason, at, cause=detection, decision=decision)
    return Stepped(_told(after, told, at), (*deeds, Tell(told)))


def entry_delay_over(state: AlarmState, at: At) -> Stepped:
    """Nobody has disarmed in time."""
    assert state.cause is not None  # nothing is pending without one
    zone = at.config.zones.get(state.cause.zone) or Zone(sensor=state.cause.zone)
    after = _triggered(state, state.cause, at)
    deeds = _deeds(zone, at.config, Outcome.ALARM, state.cause)
    steps: tuple[Step, ...] = ({"check": "entry_delay", "passed": True, "delay_s": state.delay_s},)
    decision = _decision(state, zone, Outcome.ALARM, steps, deeds)
    told = change(state, after, Reason.ENTRY_DELAY_OVER, at, cause=state.cause, decision=decision)
    return Stepped(_told(after, told, at), (*deeds, Tell(told)))


def change(
    before: AlarmState, after: AlarmState, reason: Reason, at: At, *, cause: Cause | None = None, decision: Decision | None = None
) -> AlarmChange:
    """What an `alarm` event says."""
    zone = at.config.zones.get(cause.zone) if cause else None
    return AlarmChange(
        state=after.stage,
        previous=before.stage,
        reason=reason,
        mode=after.mode,
        zone=cause.zone if cause else None,
        location=cause.location if cause else "",
        cause=cause.event_id if cause else None,
        cause_type=cause.event_type if cause else None,
        delay_s=None if after.deadline is None else round(after.deadline - at.now, 3),
        silent=after.stage is Stage.TRIGGERED and zone is not None and not zone.siren,
        decision=decision,
    )


def _may_trip(state: AlarmState, zone: Zone) -> tuple[tuple[Step, ...], Outcome | None]:
    """The checks before the filters; the first that fails ends them."""
    is_always = zone.type is ZoneType.ALWAYS
    if not zone.guards(state.mode):
        return ({"check": "mode", "passed": False},), Outcome.NOT_GUARDED
    passed: tuple[Step, ...] = ({"check": "mode", "passed": True},)
    if not is_always and zone.sensor in state.bypass:
        return (*passed, {"check": "bypass", "passed": False}), Outcome.BYPASSED
    if not is_always and state.of(zone.sensor).must_close:
        return (*passed, {"check": "closed_before", "passed": False}), Outcome.NOT_CLOSED_YET
    if not is_always and state.stage is Stage.ARMING:
        return (*passed, {"check": "exit_delay", "passed": False}), Outcome.EXIT_DELAY
    return passed, None


def _trip(before: AlarmState, zone: Zone, cause: Cause, steps: tuple[Step, ...], at: At) -> Stepped:
    """A trip that its own event tells of. A change of the stage is told by an event after it."""
    state, outcome = _tripped(before, zone, cause, at)
    if outcome is Outcome.ENTRY_DELAY:
        assert state.deadline is not None  # that of the delay
        left_s = round(state.deadline - at.now, 3)
        steps = (*steps, {"check": "entry_delay", "passed": False, "delay_s": left_s})
    deeds = _deeds(zone, at.config, outcome, cause)
    effects: tuple[Effect, ...] = deeds
    if state.stage is not before.stage or _must_be_told_again(before, zone, outcome, at):
        told = change(before, state, Reason.TRIP, at, cause=cause)
        state, effects = _told(state, told, at), (*deeds, Tell(told))
    return Stepped(state, effects, _decision(before, zone, outcome, steps, deeds))


def _must_be_told_again(state: AlarmState, zone: Zone, outcome: Outcome, at: At) -> bool:
    """The sirens of the other Pis would end before ours does, or have not begun, as the first trip was a silent one."""
    return outcome is Outcome.ALARM and zone.siren and at.now - state.told_at >= at.config.alarm_s / 2


def _told(state: AlarmState, told: AlarmChange, at: At) -> AlarmState:
    is_loud = told.state is Stage.TRIGGERED and not told.silent
    return replace(state, told_at=at.now) if is_loud else state


def _tripped(state: AlarmState, zone: Zone, cause: Cause, at: At) -> tuple[AlarmState, Outcome]:
    until = _waits_until(state, zone, at)
    if until is None:
        if state.stage is Stage.TRIGGERED and state.cause is not None and not zone.siren:
            cause = state.cause  # a loud alarm stays that of a loud zone, also over a restart
        return _triggered(state, cause, at), Outcome.ALARM
    if state.stage is not Stage.PENDING:
        delay_s = round(until - at.now, 3)
        state = replace(state, stage=Stage.PENDING, since=at.now, deadline=until, delay_s=delay_s, cause=cause)
    return state, Outcome.ENTRY_DELAY


def _waits_until(state: AlarmState, zone: Zone, at: At) -> float | None:
    """When a trip of this zone alarms, unless somebody disarms before; None: at once."""
    if zone.type not in {ZoneType.DELAYED, ZoneType.FOLLOWER} or state.stage is Stage.TRIGGERED:
        return None
    if state.stage is Stage.PENDING:
        return state.deadline
    of_peer = state.peer_pending_until
    if of_peer is not None and of_peer <= at.now:
        of_peer = None
    if zone.type is ZoneType.FOLLOWER:
        return of_peer
    delay_s = at.config.entry_delay_s if zone.entry_delay_s is None else zone.entry_delay_s
    if delay_s <= 0:
        return None
    return at.now + delay_s if of_peer is None else min(at.now + delay_s, of_peer)


def _triggered(state: AlarmState, cause: Cause, at: At) -> AlarmState:
    """Also while it is triggered already: the alarm then goes on from now."""
    since = state.since if state.stage is Stage.TRIGGERED else at.now
    alarm_s = at.config.alarm_s
    return replace(state, stage=Stage.TRIGGERED, since=since, deadline=at.now + alarm_s, delay_s=alarm_s, cause=cause)


def _deeds(zone: Zone, config: AlarmConfig, outcome: Outcome, cause: Cause) -> tuple[Effect, ...]:
    """The camera looks at the zone, and records, from the first moment of an entry delay on; only an alarm is loud."""
    deeds: list[Effect] = []
    if zone.siren and outcome is Outcome.ALARM:
        deeds.append(SoundSiren(config.alarm_s))
    if config.takes_stills:
        deeds.append(TakeStill(cause))
    if zone.preset is not None:
        deeds.append(PointCamera(zone.preset, cause=cause))
    if zone.record_s is not None:
        deeds.append(Record(zone.record_s, cause=cause))
    return tuple(deeds)


def _decision(
    before: AlarmState, zone: Zone, outcome: Outcome, steps: tuple[Step, ...], deeds: tuple[Effect, ...] = ()
) -> Decision:
    return Decision(
        outcome=outcome,
        alert=outcome is Outcome.ALARM,
        zone=zone.sensor,
        mode=before.mode,
        state=before.stage,
        steps=steps,
        effects=tuple(words for deed in deeds if (words := in_words(deed))),
    )


def in_words(deed: Effect) -> dict[str, object]:
    """An effect as it stands in a decision; empty for one that does not."""
    match deed:
        case SoundSiren(duration_s):
            return {"siren_s": duration_s}
        case PointCamera(preset):
            return {"preset": preset}
        case Record(duration_s):
            return {"record_s": duration_s}
        case _:
            return {}
