"""What `states/{device}/alarm` shows of the alarm: its state, until when, and every zone."""

from collections.abc import Mapping

from vigie.agent.health import WallClock
from vigie.agent.sensors import Sensor
from vigie.domain.alarm import GUARDING
from vigie.domain.alarm_model import AlarmConfig, AlarmState, Zone
from vigie.domain.zone import Filters
from vigie.protocol import alarm as wire
from vigie.protocol.alarm import Stage, ZoneType
from vigie.protocol.codec import JsonObject
from vigie.protocol.events import ClockQuality
from vigie.protocol.states import Mode


class AlarmBoard:
    """Makes the body. Wall times are worked out once for each state of the alarm, or they would differ at each look; and once
    more when the time has become known.
    """

    def __init__(self, sensors: Mapping[str, Sensor], config: AlarmConfig, wall: WallClock) -> None:
        self._sensors = sensors
        self._config = config
        self._wall = wall
        self._timed_for: tuple[Stage, float, float | None, bool] | None = None
        self._times: JsonObject = {}

    def body(self, state: AlarmState, now: float) -> JsonObject:
        """Of `states/{device}/alarm`."""
        config = self._config
        shown = wire.AlarmState(
            state=state.stage,
            mode=state.mode,
            **self._timed(state, now),
            zone=state.cause.zone if state.cause else None,
            cause=state.cause.event_id if state.cause else None,
            exit_delay_s=config.exit_delay_s.get(state.mode, 0.0),
            entry_delay_s=config.entry_delay_s,
            zones=tuple(self._zone(zone, state) for zone in config.zones.values()),
        )
        return shown.model_dump(mode="json")

    def _timed(self, state: AlarmState, now: float) -> JsonObject:
        key = (state.stage, state.since, state.deadline, self._wall.quality() is ClockQuality.UNSYNCED)
        if key != self._timed_for:
            self._timed_for = key
            deadline = state.deadline
            self._times = {
                "since": self._wall.at(state.since),
                "until": None if deadline is None else self._wall.at(deadline),
                "remaining_s": None if deadline is None else round(max(0.0, deadline - now), 1),
            }
        return self._times

    def _zone(self, zone: Zone, state: AlarmState) -> wire.ZoneState:
        sensor, status = self._sensors[zone.sensor], state.of(zone.sensor)
        is_bypassed = zone.type is not ZoneType.ALWAYS and zone.sensor in state.bypass
        is_on = zone.type is ZoneType.ALWAYS or state.stage in GUARDING
        return wire.ZoneState(
            sensor=zone.sensor,
            kind=sensor.kind.name,
            type=zone.type,
            modes=tuple(mode for mode in Mode if zone.guards(mode)),
            open=status.is_open,
            guards=is_on and zone.guards(state.mode) and not is_bypassed and not status.must_close,
            bypassed=is_bypassed,
            must_close=status.must_close,
            self_closing=sensor.kind.self_closing,
            location=sensor.settings.location,
            preset=zone.preset,
            filters=_filters(zone.filters),
        )


def _filters(filters: Filters) -> JsonObject:
    """Those that are in use, as they are called in the configuration."""
    found: JsonObject = {}
    if filters.hold_s:
        found["hold_s"] = filters.hold_s
    if filters.pulses > 1:
        found |= {"pulses": filters.pulses, "pulses_within_s": filters.pulses_within_s}
    if filters.cooldown_s:
        found["cooldown_s"] = filters.cooldown_s
    if filters.confirm_by:
        found |= {"confirm_by": list(filters.confirm_by), "confirm_within_s": filters.confirm_within_s}
    return found
