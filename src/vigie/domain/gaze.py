"""Where the lens looks by itself: at a zone that was tripped, back where it was once it is quiet, away while people are home.

Pure: `(state, what is seen, now) -> (state, what to do)`. A hand always wins: what somebody has steered since is not undone.
Angles in degrees, times in monotonic seconds.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

SETTLE_S = 0.6
"""After its arrival a lens still trembles: a picture of before is a blur."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`steered_at`: when a hand last turned the lens. `is_busy`: something is being recorded, or an alarm goes on."""

    moving: bool = False
    steered_at: float = float("-inf")
    is_busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaze:
    """`home_deg` is where the lens was before it turned by itself, None while it has not. `settles`: a picture is owed."""

    home_deg: float | None = None
    turned_at: float = float("-inf")
    settles: bool = False
    arrived_at: float | None = None
    quiet_since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """`has_settled`: the picture that was owed can be taken. `return_to_deg`: turn back there."""

    gaze: Gaze
    has_settled: bool = False
    return_to_deg: float | None = None


def turned(gaze: Gaze, from_deg: float, now: float) -> Gaze:
    """The lens has begun to turn to where something happened; from there the next one starts, home remains the first."""
    home_deg = from_deg if gaze.home_deg is None else gaze.home_deg
    return Gaze(home_deg=home_deg, turned_at=now, settles=True)


def step(gaze: Gaze, seen: Seen, now: float, return_after_s: float) -> Looked:
    """One look, several times a second."""
    has_settled = False
    if gaze.settles:
        arrived_at = None if seen.moving else now if gaze.arrived_at is None else gaze.arrived_at
        has_settled = arrived_at is not None and now - arrived_at >= SETTLE_S
        gaze = replace(gaze, arrived_at=arrived_at, settles=not has_settled)
    if seen.steered_at >= gaze.turned_at:
        gaze = replace(gaze, home_deg=None)
    if gaze.home_deg is None:
        return Looked(gaze=gaze, has_settled=has_settled)
    is_quiet = not (seen.is_busy or seen.moving or gaze.settles)
    since = (now if gaze.quiet_since is None else gaze.quiet_since) if is_quiet else None
    if since is None or now - since < return_after_s:
        return Looked(gaze=replace(gaze, quiet_since=since), has_settled=has_settled)
    return Looked(gaze=Gaze(), has_settled=has_settled, return_to_deg=gaze.home_deg)


class Privacy(StrEnum):
    """Whether the lens looks away: not at all, on its way there, or there."""

    OPEN = "open"
    PARKING = "parking"
    PRIVATE = "private"


class Act(StrEnum):
    """`BEGIN`: keep a picture of where the lens looks now, which proves it, then nothing any more. `END`: look again."""

    PARK = "park"
    BEGIN = "begin"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parking:
    """`arrived_at`: since when the lens stands still where it is parked."""

    privacy: Privacy = Privacy.OPEN
    arrived_at: float | None = None


def park(parking: Parking, now: float, *, is_wanted: bool, moving: bool, in_hand: bool) -> tuple[Parking, Act | None]:
    """One look at whether the lens is to look away, several times a second."""
    if not is_wanted:
        return Parking(), None if parking.privacy is Privacy.OPEN else Act.END
    match parking.privacy:
        case Privacy.OPEN:
            return (parking, None) if in_hand else (Parking(privacy=Privacy.PARKING), Act.PARK)
        case Privacy.PARKING:
            arrived_at = None if moving else now if parking.arrived_at is None else parking.arrived_at
            if arrived_at is not None and now - arrived_at >= SETTLE_S:
                return Parking(privacy=Privacy.PRIVATE), Act.BEGIN
            return replace(parking, arrived_at=arrived_at), None
        case Privacy.PRIVATE:
            return parking, None
