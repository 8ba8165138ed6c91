"""When a camera process is well, hung or gone; when it is asked to end, made to end, and started again.

Pure: `(state, what was heard, now) -> state`, and `look` says what to do. Times are monotonic seconds.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

HUNG_AFTER_S = 5.0
"""Drivers and firmware hang with their process looking healthy; the age of the last picture tells."""
SLOW_START_S = 12.0
"""A start without pictures for so long is a trouble; a Pi Zero that loads libcamera may still get there."""
START_LIMIT_S = 40.0
END_GRACE_S = 3.0
STALL_S = 2.0
"""Who has not looked for so long was frozen itself, and knows nothing of the camera."""
WELL_AFTER_S = 60.0


class Phase(StrEnum):
    """`ending`: it was asked to end; `killed`: it was made to, and the kernel has not let go of it yet."""

    DOWN = "down"
    STARTING = "starting"
    RUNNING = "running"
    ENDING = "ending"
    KILLED = "killed"


class Act(StrEnum):
    """What is to be done with the process now."""

    START = "start"
    TERMINATE = "terminate"
    KILL = "kill"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraWatch:
    """`since`: of the phase. `start_at`: when one that is down is started. `heard_at`, `picture_at`: the last sign of life, and
    when the newest picture was taken.
    """

    phase: Phase = Phase.DOWN
    since: float = 0.0
    start_at: float = float("-inf")
    looked_at: float = float("-inf")
    heard_at: float = float("-inf")
    picture_at: float = float("-inf")

    @property
    def is_well(self) -> bool:
        """Whether pictures come."""
        return self.phase is Phase.RUNNING

    def is_slow(self, now: float) -> bool:
        """Whether it should have pictures by now: it is given more time, but the owner is told."""
        return self.phase is Phase.STARTING and now - self.since > SLOW_START_S

    def has_lasted(self, now: float) -> bool:
        """Whether it has been well for so long that the next failure is a new one."""
        return self.is_well and now - self.since > WELL_AFTER_S


def heard(watch: CameraWatch, picture_age_s: float | None, now: float) -> CameraWatch:
    """A sign of life; `picture_age_s` is None while there has been no picture."""
    if picture_age_s is None or watch.phase not in {Phase.STARTING, Phase.RUNNING}:
        return replace(watch, heard_at=now)
    watch = replace(watch, heard_at=now, picture_at=max(watch.picture_at, now - max(0.0, picture_age_s)))
    if watch.phase is Phase.STARTING and now - watch.picture_at <= HUNG_AFTER_S:
        return replace(watch, phase=Phase.RUNNING, since=now)
    return watch


def ended(watch: CameraWatch, now: float, delay_s: float) -> CameraWatch:
    """The process is gone; it is started again after the delay."""
    return replace(watch, phase=Phase.DOWN, since=now, start_at=now + delay_s)


def look(watch: CameraWatch, now: float) -> tuple[CameraWatch, Act | None]:
    """One look, at least each second."""
    if now - watch.looked_at > STALL_S and watch.phase is Phase.RUNNING:
        watch = replace(watch, heard_at=now, picture_at=now)
    watch = replace(watch, looked_at=now)
    match watch.phase:
        case Phase.DOWN if now >= watch.start_at:
            return replace(watch, phase=Phase.STARTING, since=now, picture_at=float("-inf")), Act.START
        case Phase.STARTING if now - watch.since > START_LIMIT_S:
            return replace(watch, phase=Phase.ENDING, since=now), Act.TERMINATE
        case Phase.RUNNING if now - min(watch.heard_at, watch.picture_at) > HUNG_AFTER_S:
            return replace(watch, phase=Phase.ENDING, since=now), Act.TERMINATE
        case Phase.ENDING if now - watch.since > END_GRACE_S:
            return replace(watch, phase=Phase.KILLED, since=now), Act.KILL
        case _:
            return watch, None
