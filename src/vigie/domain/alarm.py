"""What an event means for the guard. Today: whether it opens an alert; zones, delays and the PIN will live here too."""

from vigie.protocol.sensors import is_detection
from vigie.protocol.states import Mode


def is_guarded(mode: Mode) -> bool:
    """Whether detections open alerts in this mode. Until zones exist, `night` guards with every sensor."""
    return mode is not Mode.ACTIVE


def opens_alert(event_type: str, mode: Mode) -> bool:
    """Whether an event of this type, in this mode, opens an alert; in `active` it is history only."""
    return is_guarded(mode) and is_detection(event_type)
