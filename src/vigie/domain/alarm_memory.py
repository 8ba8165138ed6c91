"""The alarm's state over a restart: what is written down, and what it means at another moment, perhaps of another boot.

Filters (pulses counted, a detection being held) are of seconds and are forgotten; stage, mode, deadline and cause are not.
"""

from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, ValidationError

from vigie.domain.alarm_model import AlarmState, Cause, ZoneStatus
from vigie.protocol.alarm import Stage
from vigie.protocol.events import explain
from vigie.protocol.states import Mode, Stamp


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: of a boot's monotonic clock, and of the wall clock where that is known."""

    boot_id: str
    monotonic_s: float
    wall_ms: int | None


class _Saved(BaseModel):
    model_config = ConfigDict(extra="ignore")

    v: int = 1
    boot_id: str
    monotonic_s: float
    wall_ms: int | None
    stage: Stage
    mode: Mode
    stamp: Stamp
    bypass: tuple[str, ...] = ()
    since: float
    deadline: float | None = None
    delay_s: float = 0.0
    cause: tuple[str, str, str, str] | None = None
    must_close: tuple[str, ...] = ()
    siren_until: float | None = None


def write_down(state: AlarmState, now: Moment) -> str:
    """The state as JSON, for `recall`."""
    cause = state.cause
    saved = _Saved(
        boot_id=now.boot_id,
        monotonic_s=now.monotonic_s,
        wall_ms=now.wall_ms,
        stage=state.stage,
        mode=state.mode,
        stamp=state.stamp,
        bypass=tuple(sorted(state.bypass)),
        since=state.since,
        deadline=state.deadline,
        delay_s=state.delay_s,
        cause=None if cause is None else (cause.zone, cause.event_id, cause.event_type, cause.location),
        must_close=tuple(sorted(sensor for sensor, status in state.zones.items() if status.must_close)),
        siren_until=state.siren_until,
    )
    return saved.model_dump_json()


def recall(text: str, now: Moment) -> AlarmState:
    """The state at `now`. Raises `ValueError` for what cannot be read, or makes no sense.

    In the same boot the clock has gone on. After another one the time between is the wall clock's, where both sides knew
    it and it has not gone back; else nobody can tell how long it was, and a delay begins anew: its end is still to come, and
    whoever may disarm still has the time to.
    """
    try:
        saved = _Saved.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(explain(error)) from error
    timed = saved.stage in {Stage.ARMING, Stage.PENDING, Stage.TRIGGERED}
    if timed is (saved.deadline is None) or (saved.stage is Stage.PENDING and saved.cause is None):
        raise ValueError(f"{saved.stage} without what belongs to it")
    state = AlarmState(
        stage=saved.stage,
        mode=saved.mode,
        stamp=saved.stamp,
        bypass=frozenset(saved.bypass),
        since=saved.since,
        deadline=saved.deadline,
        delay_s=saved.delay_s,
        cause=None if saved.cause is None else _cause(*saved.cause),
        zones={sensor: ZoneStatus(must_close=True) for sensor in saved.must_close},
    )
    elapsed_s = _elapsed_s(Moment(saved.boot_id, saved.monotonic_s, saved.wall_ms), now)
    if elapsed_s is None:
        return replace(state, since=now.monotonic_s, deadline=None if state.deadline is None else now.monotonic_s + state.delay_s)
    shift_s = now.monotonic_s - elapsed_s - saved.monotonic_s
    return replace(
        state,
        since=state.since + shift_s,
        deadline=None if state.deadline is None else state.deadline + shift_s,
        siren_until=None if saved.siren_until is None else saved.siren_until + shift_s,
    )


def _elapsed_s(saved: Moment, now: Moment) -> float | None:
    if saved.boot_id == now.boot_id and now.monotonic_s >= saved.monotonic_s:
        return now.monotonic_s - saved.monotonic_s
    if saved.wall_ms is None or now.wall_ms is None or now.wall_ms < saved.wall_ms:
        return None
    return (now.wall_ms - saved.wall_ms) / 1000


def _cause(zone: str, event_id: str, event_type: str, location: str) -> Cause:
    return Cause(zone=zone, event_id=event_id, event_type=event_type, location=location)
