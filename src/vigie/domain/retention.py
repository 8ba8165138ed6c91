"""What a bounded event log gives up, and when: first what the server has, then the least important, alarms and detections last."""

import math
from dataclasses import dataclass
from enum import IntEnum

from vigie.protocol.alarm import ALARM
from vigie.protocol.gaps import GAP
from vigie.protocol.sensors import SENSOR_KINDS, is_detection

STEP = 1000
"""Rows that one transaction gives up at most, beyond what has to go for those that come in: accepting must not wait long."""
EASE_TO = 0.95
"""Once a bound is reached, what the server has is pruned down to this share of it."""

DETECTIONS = (ALARM, *(kind.active_type for kind in SENSOR_KINDS.values() if is_detection(kind.active_type)))
"""What is kept as long as a detection. An `alarm` event is one that was decided later, or tells who armed and disarmed."""


class Importance(IntEnum):
    """How long an event is kept when there is no room; the lowest goes first, within one the oldest."""

    MINOR = 0
    DETECTION = 1
    GAP = 2


def importance(type_: str) -> Importance:
    """Of an event of this type. A `gap` is all that is left of what it tells about."""
    if type_ == GAP:
        return Importance.GAP
    return Importance.DETECTION if type_ in DETECTIONS else Importance.MINOR


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a log may hold: rows, and bytes of its file that are in use."""

    max_events: int = 1_000_000
    max_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Held:
    """How much it holds."""

    events: int
    bytes: int


def surplus(bounds: Bounds, held: Held, incoming: int, share: float = 1.0) -> int:
    """Rows that must go so that with `incoming` more the log fills no more than `share` of its bounds."""
    by_events = held.events + incoming - int(bounds.max_events * share)
    max_bytes = bounds.max_bytes * share
    by_bytes = math.ceil(held.events * (1 - max_bytes / held.bytes)) if held.bytes > max_bytes else 0
    return min(held.events, max(0, by_events, by_bytes))


def to_prune(bounds: Bounds, held: Held, incoming: int, *, easing: bool) -> int:
    """Rows to prune now, if the server has that many. `easing`: a bound was reached and the log is not down at 95 % again."""
    if not easing and not surplus(bounds, held, incoming):
        return 0
    return min(surplus(bounds, held, incoming, EASE_TO), max(STEP, incoming))


def to_drop(bounds: Bounds, held: Held, incoming: int) -> int:
    """Rows to drop that the server does not have, when pruning was not enough: few more than must go, for each is a loss."""
    over = surplus(bounds, held, incoming)
    at_a_time = min(STEP, bounds.max_events // 100)  # so that not each event has to write the gap anew
    return min(held.events, max(min(over, STEP + incoming), at_a_time)) if over else 0
