"""The kinds of sensor that Vigie knows. **To add one, add one entry here**: agent, server and dashboard read this table.

A kind says how its events are named, how its pin is wired by default, what its payload carries beside `state`, and how
people call it and its inactive edge. A sensor that is not in the table still works: its name is its event type, and it
never opens an alert.
"""

from dataclasses import dataclass
from typing import Any, Literal

Pull = Literal["up", "down", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorKind:
    """One kind of two-state sensor.

    `active` and `inactive` are the wire words of the payload's `state`; the event types are `{name}_{word}`.
    `pull` and `active_high` are the usual wiring, `hold_off_s` the debounce lock-out after a change (see
    `domain.debounce`). `stuck_after_s`: active for longer than this is a fault, none where staying active is normal.
    `self_closing`: it comes to rest by itself, so an active one does not stand in the way of arming.
    """

    name: str
    active: str
    inactive: str
    label_en: str
    label_fr: str
    inactive_label_en: str = ""
    inactive_label_fr: str = ""
    icon: Literal["motion", "mat", "door", "water", "smoke", "sensor"] = "sensor"
    guards: bool = True
    self_closing: bool = False
    pull: Pull = "down"
    active_high: bool = True
    hold_off_s: float = 0.05
    warm_up_s: float = 0.0
    stuck_after_s: float | None = None
    # Keys of the reference's payload: when active, when inactive. `duration_ms` is added by the agent where listed.
    active_details: tuple[tuple[str, Any], ...] = ()
    inactive_details: tuple[tuple[str, Any], ...] = ()
    measures_duration: bool = True

    @property
    def active_type(self) -> str:
        """The event type of the active edge, e.g. `motion_detected`."""
        return f"{self.name}_{self.active}"

    @property
    def inactive_type(self) -> str:
        """The event type of the inactive edge, e.g. `motion_ended`."""
        return f"{self.name}_{self.inactive}"


_KINDS = (
    # A PIR's module holds its output for 2 to 5 s by itself, so 50 ms only swallows the switching edge.
    SensorKind(
        name="motion",
        active="detected",
        inactive="ended",
        label_en="Movement",
        label_fr="Mouvement",
        inactive_label_en="Movement over",
        inactive_label_fr="Fin du mouvement",
        icon="motion",
        self_closing=True,
        pull="down",
        active_high=True,
        stuck_after_s=600.0,
        active_details=(("confidence", 0.95),),
        inactive_details=(("confidence", 0.95),),
    ),
    # A mat is a bare contact to ground: pull-up, active low, and it bounces.
    SensorKind(
        name="button",
        active="pressed",
        inactive="released",
        label_en="Pressure mat",
        label_fr="Tapis de pression",
        inactive_label_en="Pressure mat released",
        inactive_label_fr="Tapis relâché",
        icon="mat",
        pull="up",
        active_high=False,
        stuck_after_s=600.0,
        active_details=(("pressure", "high"),),
        inactive_details=(("pressure", "none"),),
    ),
)

SENSOR_KINDS: dict[str, SensorKind] = {kind.name: kind for kind in _KINDS}
_BY_TYPE = {event_type: kind for kind in _KINDS for event_type in (kind.active_type, kind.inactive_type)}

_ON_WORDS = {"on", "true", "1", "active"}
_OFF_WORDS = {"off", "false", "0", "inactive"}


def kind_of_type(event_type: str) -> SensorKind | None:
    """The kind whose active or inactive edge bears this event type."""
    return _BY_TYPE.get(event_type)


def is_detection(event_type: str) -> bool:
    """Whether this type is the active edge of a sensor that guards: what opens an alert while the site is guarded."""
    kind = _BY_TYPE.get(event_type)
    return kind is not None and kind.guards and event_type == kind.active_type


def is_active_state(kind: SensorKind, state: object) -> bool | None:
    """What the payload's `state` means for this kind: active, inactive, or None when it is no word that we know.

    No `state` means active, as in the reference's payloads. Third parties often send ON/OFF or booleans.
    """
    if state is None or state == kind.active:
        return True
    if state == kind.inactive:
        return False
    word = str(state).lower() if isinstance(state, str | bool | int) else ""
    if word in _ON_WORDS:
        return True
    return False if word in _OFF_WORDS else None
