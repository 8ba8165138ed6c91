"""A zone's filters over its history: what they would have made of it. The same filters as on the Pi, on the events' own times."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from vigie.domain import zone
from vigie.domain.zone import Filters, FilterState, Verdict


class What(StrEnum):
    """What a sensor did: the zone's own became active, or came to rest; another one, that may confirm, became active."""

    ACTIVE = "active"
    AT_REST = "at_rest"
    CONFIRMS = "confirms"


@dataclass(frozen=True, slots=True)
class Happening:
    """`at` in seconds of any one clock; `by` is the sensor that confirms, `device/sensor`."""

    at: float
    what: What
    by: str = ""


def trips(filters: Filters, happenings: Iterable[Happening], until: float) -> list[float]:
    """When the zone would have tripped, up to `until`. `happenings` come in the order of their times."""
    state, found = FilterState(), list[float]()
    for happening in happenings:
        state = _let_pass(state, filters, happening.at, found)
        state, verdict = _take(state, filters, happening)
        if verdict is not None and verdict.is_trip:
            found.append(happening.at)
    _let_pass(state, filters, until, found)
    return found


def _let_pass(state: FilterState, filters: Filters, now: float, found: list[float]) -> FilterState:
    """The time up to `now`: what was held so long goes on at the moment when it had been held for long enough."""
    due = zone.next_deadline(state)
    if due is None or due > now:
        return state
    state, verdict = zone.expire(state, filters, due)
    if verdict is not None and verdict.is_trip:
        found.append(due)
    return state


def _take(state: FilterState, filters: Filters, happening: Happening) -> tuple[FilterState, Verdict | None]:
    match happening.what:
        case What.ACTIVE:
            return zone.detect(state, filters, happening.at)
        case What.AT_REST:
            return zone.release(state), None
        case What.CONFIRMS:
            return zone.confirm(state, filters, happening.by, happening.at)
