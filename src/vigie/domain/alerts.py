"""Which events open an alert: those that their Pi's own decision names; what comes without one is judged by the site's mode."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vigie.protocol.alarm import ALARM, DECISION
from vigie.protocol.events import TYPE_PATTERN
from vigie.protocol.sensors import is_detection
from vigie.protocol.states import Mode
from vigie.protocol.topics import is_name

MAX_LOCATION = 200
_MODES = {mode.value: mode for mode in Mode}
_TYPE = re.compile(TYPE_PATTERN.removesuffix("$") + r"\Z")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an alert would be about. `is_decided`: its Pi has decided that it is one, in `mode` where that can be read."""

    sensor: str
    type: str
    location: str
    is_decided: bool
    mode: Mode | None = None


def grounds_of(sensor: str, event_type: str, details: Mapping[str, Any]) -> Grounds | None:
    """What an event may open an alert for; None where it cannot. Looked at for each stored event, so nothing is validated here.

    A decision that cannot be read is none.
    """
    decision = details.get(DECISION)
    if decision is not None and (alert := _alert_in(decision)) is not None:
        return _decided(sensor, event_type, details, decision) if alert else None
    return Grounds(sensor, event_type, location_in(details), is_decided=False) if is_detection(event_type) else None


def location_in(details: Mapping[str, Any]) -> str:
    """Where, in the owner's words; empty where nobody said."""
    location = details.get("location")
    return location[:MAX_LOCATION] if isinstance(location, str) else ""


def _alert_in(decision: object) -> bool | None:
    """What a decision says; None for what is none."""
    if not isinstance(decision, dict):
        return None
    alert = decision.get("alert", False if isinstance(decision.get("outcome"), str) else None)
    return alert if isinstance(alert, bool) else None


def _decided(sensor: str, event_type: str, details: Mapping[str, Any], decision: Mapping[str, Any]) -> Grounds:
    """An `alarm` event speaks for the detection that was decided later than it was told: the alert is that zone's."""
    mode = decision.get("mode")
    if event_type == ALARM:
        zone, cause_type = details.get("zone"), details.get("cause_type")
        sensor = zone if isinstance(zone, str) and is_name(zone) else sensor
        event_type = cause_type if isinstance(cause_type, str) and _TYPE.match(cause_type) else event_type
    known = _MODES.get(mode) if isinstance(mode, str) else None
    return Grounds(sensor, event_type, location_in(details), is_decided=True, mode=known)
