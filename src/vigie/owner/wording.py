"""What the alarm decided, what it went through, and which troubles came and went, in words for `vigie history`.

One table each. What does not fit its table (another version's, a third party's) has no words: then it is shown as it is.
"""

from collections.abc import Mapping
from typing import Any

from vigie.protocol.alarm import ALARM, DECISION, TROUBLE, Outcome, Reason, Stage

_DECISIONS = {
    Outcome.ALARM: "alarm",
    Outcome.ENTRY_DELAY: "entry delay {delay_s} s",
    Outcome.NOT_GUARDED: "not alarmed: does not guard in {mode}",
    Outcome.BYPASSED: "not alarmed: bypassed",
    Outcome.NOT_CLOSED_YET: "not alarmed: has not closed since it was armed",
    Outcome.FOUND_OPEN: "not alarmed: was open at the start",
    Outcome.EXIT_DELAY: "not alarmed: exit delay",
    Outcome.COOLDOWN: "not alarmed: rests for {cooldown_s} s after an alarm",
    Outcome.HOLDING: "not alarmed yet: must last {hold_s} s",
    Outcome.COUNTING: "not alarmed: {seen} of {needed} within {within_s} s",
    Outcome.UNCONFIRMED: "not alarmed yet: to be confirmed within {within_s} s",
}
_STAGES = {
    Stage.DISARMED: "disarmed",
    Stage.ARMING: "arming in {mode}, exit delay {delay_s} s",
    Stage.ARMED: "armed in {mode}",
    Stage.PENDING: "entry delay {delay_s} s",
    Stage.TRIGGERED: "alarm",
}
_REASONS = {
    Reason.MODE: "by {changed_by}",
    Reason.EXIT_DELAY_OVER: "exit delay over",
    Reason.TRIP: "by {zone}",
    Reason.ENTRY_DELAY_OVER: "entry delay over, by {zone}",
    Reason.HELD: "lasted long enough, by {zone}",
    Reason.CONFIRMED: "confirmed, by {zone}",
    Reason.ALARM_TIME_OVER: "alarm time over",
}
_TROUBLES = {"began": "began: {name}", "ended": "ended: {name}"}


def decision_words(body: Mapping[str, Any]) -> str | None:
    """What became of a detection, by its `decision`."""
    decision = body.get(DECISION)
    if not isinstance(decision, dict):
        return None
    steps = decision.get("steps")
    last = steps[-1] if isinstance(steps, list) and steps and isinstance(steps[-1], dict) else {}
    return _said(_DECISIONS, decision.get("outcome"), {**last, "mode": decision.get("mode")})


def change_words(event_type: str, body: Mapping[str, Any]) -> str | None:
    """What an `alarm` or a `trouble` event tells, all of it."""
    if event_type == TROUBLE:
        return _trouble(body)
    state = _said(_STAGES, body.get("state"), body) if event_type == ALARM else None
    if state is None:
        return None
    reason = _said(_REASONS, body.get("reason"), body)
    origin = body.get("changed_from")
    return "  ".join(word for word in (state, reason, f"from {origin}" if origin else None) if word)


def _trouble(body: Mapping[str, Any]) -> str | None:
    said = _said(_TROUBLES, body.get("state"), body)
    if said is None:
        return None
    lasted_s, detail = body.get("lasted_s"), body.get("detail")
    lasted = f"after {_shown(lasted_s)} s" if isinstance(lasted_s, int | float) else None
    return "  ".join(word for word in (said, lasted, str(detail) if detail else None) if word)


def _said(table: Mapping[Any, str], key: object, values: Mapping[str, Any]) -> str | None:
    """None where the table has no such words, or they need something that is not there."""
    words = table.get(key) if isinstance(key, str) else None
    known = {name: _shown(value) for name, value in values.items() if value not in (None, "")}
    try:
        return None if words is None else words.format_map(known)
    except KeyError:
        return None


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
