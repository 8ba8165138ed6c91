"""The alarm of the whole site as one answer: what each Pi says of its own, put together, and every reason to doubt it.

It never says more than is known: `armed` of a Pi that is not heard, or of one that guards in another mode, is a reason to doubt.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from vigie.domain.arming import open_zones
from vigie.protocol.alarm import AlarmState, Stage, ZoneState
from vigie.protocol.states import Mode

SiteStage = Literal["disarmed", "arming", "armed", "pending", "triggered", "unknown"]

_GRAVITY = (Stage.DISARMED, Stage.ARMED, Stage.ARMING, Stage.PENDING, Stage.TRIGGERED)
_GRAVE = frozenset({Stage.PENDING, Stage.TRIGGERED})
_LAME = frozenset({"task:inputs", "task:alarm"})
"""Faults of an agent that speaks, and has just failed at what it is there for."""
_GUARDING = (Mode.SURVEILLANCE, Mode.NIGHT)


@dataclass(frozen=True, slots=True)
class Now:
    """The moment: `wall` may jump, `monotonic` is what countdowns go by."""

    wall: datetime
    monotonic: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a Pi has said of its alarm (`states/{device}/alarm`), and when: `at` is monotonic, None where it came from memory.

    `condition` is that of the device: `online`, or why it cannot be believed. `faults` are those of its last heartbeat.
    """

    device_id: str
    condition: Literal["online", "silent", "offline", "unknown"]
    alarm: AlarmState | None = None
    at: float | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the server knows of the site. `mode` is None while nobody has told it; `has_broker` while no bridge has said."""

    mode: Mode | None
    has_bridge: bool
    has_broker: bool | None
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the site may not be as it looks."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAlarm:
    """The alarm of one Pi. What is shown of one that is not online is the last that it said."""

    device_id: str
    state: SiteStage
    online: bool
    zone: str | None = None
    cause: str | None = None
    until: datetime | None = None
    remaining_s: float | None = None
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class SiteZone:
    """A zone, and whose it is."""

    device_id: str
    zone: ZoneState


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAlarm:
    """All of it. `open`: per mode the zones that stand in its way, by what was last known. `doubts`: why `watching` is not true."""

    state: SiteStage
    mode: Mode | None
    watching: bool
    until: datetime | None
    remaining_s: float | None
    devices: tuple[DeviceAlarm, ...]
    zones: tuple[SiteZone, ...]
    open: Mapping[str, tuple[str, ...]]
    doubts: tuple[Doubt, ...]


def read_alarm(body: Mapping[str, Any] | None) -> AlarmState | None:
    """What a Pi said of its alarm; None for what cannot be read: a stranger's, or that of a version that says it otherwise."""
    try:
        return None if body is None else AlarmState.model_validate(body)
    except ValidationError:
        return None


def is_same_wait(one: AlarmState | None, other: AlarmState | None) -> bool:
    """Whether two states count down to the same moment: said again, as after a reconnect, or with other zones open meanwhile."""
    if one is None or other is None:
        return one is other
    return (one.state, one.since, one.remaining_s, one.cause) == (other.state, other.since, other.remaining_s, other.cause)


def site_alarm(site: Site, now: Now) -> SiteAlarm:
    """The site's alarm as it is known at this moment."""
    devices = tuple(_device(said, now) for said in site.said)
    zones = tuple(_zones(site.said))
    alarms = {said.device_id: said.alarm for said in site.said if said.alarm is not None}
    doubts = (*_doubts_of_site(site), *_doubts_of_devices(devices, site))
    state = _state(site, devices)
    leading = _leading(state, devices)
    return SiteAlarm(
        state=state,
        mode=site.mode,
        watching=not doubts,
        until=None if leading is None else leading.until,
        remaining_s=None if leading is None else leading.remaining_s,
        devices=devices,
        zones=zones,
        open={mode.value: tuple(zone.name for zone in open_zones(alarms, mode)) for mode in _GUARDING},
        doubts=doubts,
    )


def _device(said: Said, now: Now) -> DeviceAlarm:
    online, alarm = said.condition == "online", said.alarm
    if alarm is None:
        return DeviceAlarm(device_id=said.device_id, state="unknown", online=online)
    return DeviceAlarm(
        device_id=said.device_id,
        state=alarm.state.value,
        online=online,
        zone=alarm.zone,
        cause=alarm.cause,
        until=alarm.until,
        remaining_s=_remaining_s(alarm, said.at, now),
        mode=alarm.mode,
    )


def _remaining_s(alarm: AlarmState, at: float | None, now: Now) -> float | None:
    """By the wall time that the Pi gave; where it knew none, from the arrival on, if that was seen."""
    if alarm.until is not None:
        left_s = (alarm.until - now.wall) / timedelta(seconds=1)
    elif alarm.remaining_s is not None and at is not None:
        left_s = alarm.remaining_s - (now.monotonic - at)
    else:
        return None
    return round(max(0.0, left_s), 3)


def _zones(all_said: Iterable[Said]) -> Iterable[SiteZone]:
    """Of a Pi that is not online nobody knows what is open."""
    for said in all_said:
        for zone in () if said.alarm is None else said.alarm.zones:
            is_known = said.condition == "online"
            yield SiteZone(said.device_id, zone if is_known else zone.model_copy(update={"open": None}))


def _state(site: Site, devices: Iterable[DeviceAlarm]) -> SiteStage:
    """The gravest. An alarm of a Pi that has vanished since counts until its time is over, its being armed does not."""
    heard = [device for device in devices if device.online and device.state != "unknown"]
    if not site.has_bridge or not site.has_broker or site.mode is None or not heard:
        return "unknown"
    gone = [device for device in devices if not device.online and _is_still_grave(device, site.mode)]
    return max((Stage(device.state) for device in (*heard, *gone)), key=_GRAVITY.index).value


def _is_still_grave(device: DeviceAlarm, mode: Mode) -> bool:
    return device.state in _GRAVE and device.mode is mode and device.remaining_s != 0.0


def _leading(state: SiteStage, devices: Iterable[DeviceAlarm]) -> DeviceAlarm | None:
    """Whose countdown is the site's: the first entry delay to end is the alarm, the last exit delay makes the site armed."""
    timed = [device for device in devices if device.state == state and device.remaining_s is not None]
    timed.sort(key=lambda device: device.remaining_s or 0.0, reverse=state != "pending")
    return timed[0] if timed else None


def _doubts_of_site(site: Site) -> Iterable[Doubt]:
    if not site.has_bridge:
        yield Doubt("bridge_absent", "no bridge is connected: nobody can tell here how the Pis are")
    elif site.has_broker is None:
        yield Doubt("broker_absent", "the bridge has not said yet whether it has its broker")
    elif not site.has_broker:
        yield Doubt("broker_absent", "the bridge has no broker: nobody can tell here how the Pis are")
    if site.mode is None:
        yield Doubt("mode_unknown", "no bridge has reported the site's mode yet")
    if not site.said:
        yield Doubt("no_agent", "no Pi has ever been heard of: nothing is watched")


def _doubts_of_devices(devices: Iterable[DeviceAlarm], site: Site) -> Iterable[Doubt]:
    by_name = {said.device_id: said for said in site.said}
    for device in devices:
        name = device.device_id
        condition, faults = by_name[name].condition, by_name[name].faults
        if not device.online:
            yield Doubt(condition, f"{name} is {condition}: what it shows is the last that it said")
        elif lame := sorted(_LAME.intersection(faults)):
            yield Doubt("agent_lame", f"{name} has failed at guarding, and tries again ({', '.join(lame)}): see its log")
        if device.state == "unknown":
            yield Doubt("alarm_unknown", f"{name} says nothing of its alarm that can be read; is its version the server's?")
        elif site.mode is not None and device.mode is not site.mode:
            yield Doubt("mode_differs", f"{name} is in the mode {device.mode}, the site in {site.mode}")
