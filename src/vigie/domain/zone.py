"""A zone's filters: from detections to trips. The same code judges live edges on a Pi and, on the server, the history.

In this order: cooldown, hold, pulses, confirmation. A filter that needs time or another sensor leaves the detection waiting;
`expire` and `confirm` complete it. Times are monotonic seconds, or any one clock that only goes forward.
"""

from dataclasses import dataclass, replace
from typing import Any

from vigie.protocol.alarm import Outcome

Step = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """`hold_s`: it must stay active so long. `pulses`: so many detections within `pulses_within_s`. `cooldown_s`: rest
    after a trip. `confirm_by`: one of these sensors (`device/sensor`) must be active within `confirm_within_s`, before or after.
    """

    hold_s: float = 0.0
    pulses: int = 1
    pulses_within_s: float = 10.0
    cooldown_s: float = 0.0
    confirm_by: tuple[str, ...] = ()
    confirm_within_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterState:
    """`hold_until`: a detection is being held. `pulses`: times of those that count. `confirm_until`: a detection waits for
    another sensor. `confirmed_at`, `confirmed_by`: the last one that could confirm. `tripped_at`: the last trip.
    """

    hold_until: float | None = None
    pulses: tuple[float, ...] = ()
    confirm_until: float | None = None
    confirmed_at: float | None = None
    confirmed_by: str = ""
    tripped_at: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a detection: `outcome` is None for a trip. `steps` are the checks that were made, for the trace."""

    outcome: Outcome | None
    steps: tuple[Step, ...] = ()

    @property
    def is_trip(self) -> bool:
        return self.outcome is None


def detect(state: FilterState, filters: Filters, now: float) -> tuple[FilterState, Verdict]:
    """The sensor has become active."""
    steps: tuple[Step, ...] = ()
    if filters.cooldown_s:
        since_s = None if state.tripped_at is None else now - state.tripped_at
        rests = since_s is not None and since_s < filters.cooldown_s
        steps = (_step("cooldown", not rests, cooldown_s=filters.cooldown_s, since_s=since_s),)
        if rests:
            return state, Verdict(Outcome.COOLDOWN, steps)
    if filters.hold_s:
        held = (*steps, _step("hold", False, hold_s=filters.hold_s))
        return replace(state, hold_until=now + filters.hold_s), Verdict(Outcome.HOLDING, held)
    return _count(state, filters, now, steps)


def release(state: FilterState) -> FilterState:
    """The sensor is at rest again: what was being held was too short."""
    return replace(state, hold_until=None)


def expire(state: FilterState, filters: Filters, now: float) -> tuple[FilterState, Verdict | None]:
    """What is due at `now`: a detection that was held long enough goes on; one that nobody confirmed is forgotten."""
    if state.confirm_until is not None and now > state.confirm_until:
        state = replace(state, confirm_until=None)
    if state.hold_until is None or now < state.hold_until:
        return state, None
    state = replace(state, hold_until=None)
    return _count(state, filters, now, (_step("hold", True, hold_s=filters.hold_s),))


def confirm(state: FilterState, filters: Filters, by: str, now: float) -> tuple[FilterState, Verdict | None]:
    """Another sensor, `device/sensor`, has become active; a trip where a detection was waiting for it."""
    if by not in filters.confirm_by:
        return state, None
    state = replace(state, confirmed_at=now, confirmed_by=by)
    if state.confirm_until is None or now > state.confirm_until:
        return state, None
    return _trip(state, now), Verdict(None, (_confirmed(state, filters, now),))


def next_deadline(state: FilterState) -> float | None:
    """When `expire` must be called; None while nothing waits. An unconfirmed detection needs no call: it just lapses."""
    return state.hold_until


def _count(state: FilterState, filters: Filters, now: float, steps: tuple[Step, ...]) -> tuple[FilterState, Verdict]:
    pulses = (*(at for at in state.pulses if now - at < filters.pulses_within_s), now)[-filters.pulses :]
    state = replace(state, pulses=pulses)
    if filters.pulses > 1:
        enough = len(pulses) >= filters.pulses
        within_s = filters.pulses_within_s
        steps = (*steps, _step("pulses", enough, seen=len(pulses), needed=filters.pulses, within_s=within_s))
        if not enough:
            return state, Verdict(Outcome.COUNTING, steps)
    if filters.confirm_by:
        steps = (*steps, _confirmed(state, filters, now))
        if not steps[-1]["passed"]:
            return replace(state, confirm_until=now + filters.confirm_within_s), Verdict(Outcome.UNCONFIRMED, steps)
    return _trip(state, now), Verdict(None, steps)


def _confirmed(state: FilterState, filters: Filters, now: float) -> Step:
    passed = state.confirmed_at is not None and now - state.confirmed_at <= filters.confirm_within_s
    seen = {"by": state.confirmed_by} if passed else {"by_any_of": list(filters.confirm_by)}
    return _step("confirm", passed, within_s=filters.confirm_within_s, **seen)


def _trip(state: FilterState, now: float) -> FilterState:
    return replace(state, pulses=(), confirm_until=None, tripped_at=now)


def _step(check: str, passed: bool, **seen: object) -> Step:
    rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in seen.items() if value is not None}
    return {"check": check, "passed": passed, **rounded}
