"""What stands in the way of a change of the site's mode: a PIN that has to be given, zones that are open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from vigie.protocol.alarm import AlarmState, ZoneState, ZoneType
from vigie.protocol.states import Mode


@dataclass(frozen=True, slots=True)
class OpenZone:
    """A zone that is open: its `name` is `device/sensor`."""

    name: str
    location: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.location})" if self.location else self.name


def needs_pin(current: Mode, wanted: Mode, *, bypasses_more: bool = False) -> bool:
    """Whether a change lessens what is guarded, so that whoever asks for it must be known.

    `active` always, also from `active`: it silences a 24-hour zone. From one guarding mode to the other in both directions:
    what guards already would not while the new mode's exit delay runs. `bypasses_more`: zones that guard would no longer.
    """
    if wanted is Mode.ACTIVE:
        return True
    return current is not Mode.ACTIVE and (bypasses_more or wanted is not current)


def open_zones(alarm_states: Mapping[str, AlarmState], wanted: Mode) -> list[OpenZone]:
    """The zones that would guard in `wanted` and are open now, by name. What closes by itself, a PIR, never stands in the way."""
    if wanted is Mode.ACTIVE:
        return []
    return [
        OpenZone(f"{device_id}/{zone.sensor}", zone.location)
        for device_id, state in sorted(alarm_states.items())
        for zone in sorted(state.zones, key=lambda zone: zone.sensor)
        if zone.open and not zone.self_closing and _guards_in(zone, wanted)
    ]


def without(zones: Iterable[OpenZone], bypass: Collection[str]) -> list[OpenZone]:
    """Those that nobody has bypassed."""
    return [zone for zone in zones if zone.name not in bypass]


def _guards_in(zone: ZoneState, mode: Mode) -> bool:
    return zone.type is ZoneType.ALWAYS or mode in zone.modes
