"""Which clips a Pi's card gives up, and why: what the server has goes first, the oldest of it first; what it does not have goes
only where there is no other way to stay within the bytes and to leave the card some room.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vigie.protocol.camera import DeletionReason

PACE_DAYS = 3.0
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class ClipLimits:
    """`min_free_bytes` are the card's, for everybody who writes to it."""

    max_bytes: int
    max_days: float
    min_free_bytes: int


@dataclass(frozen=True, slots=True)
class HeldClip:
    """A finished clip or still. Ids are ordered by time; `age_days` is None where the clock was not to be trusted."""

    id: str
    size_bytes: int
    stored: bool
    age_days: float | None = None

    @property
    def on_card_bytes(self) -> int:
        """Whole blocks, and one for what is known of it."""
        return -(-self.size_bytes // _BLOCK) * _BLOCK + _BLOCK


@dataclass(frozen=True, slots=True)
class Deletion:
    id: str
    reason: DeletionReason


def to_delete(held: Sequence[HeldClip], limits: ClipLimits, *, free_bytes: int | None, recording_bytes: int = 0) -> list[Deletion]:
    """What has to go now, in this order. `recording_bytes` counts, and never goes. Age alone takes nothing that only we have.

    `free_bytes` is None where the card does not tell.
    """
    going: list[Deletion] = []
    left = sorted(held, key=lambda clip: (not clip.stored, clip.id))
    for clip in [clip for clip in left if clip.stored and clip.age_days is not None and clip.age_days > limits.max_days]:
        going.append(Deletion(clip.id, DeletionReason.TOO_OLD))
        left.remove(clip)
    used = sum(clip.size_bytes for clip in left) + recording_bytes
    free = (
        None
        if free_bytes is None
        else free_bytes + sum(clip.on_card_bytes for clip in held) - sum(clip.on_card_bytes for clip in left)
    )
    for clip in left:
        if used > limits.max_bytes:
            reason = DeletionReason.TOO_MANY_BYTES
        elif free is not None and free < limits.min_free_bytes:
            reason = DeletionReason.DISK_LOW
        else:
            break
        going.append(Deletion(clip.id, reason))
        used -= clip.size_bytes
        free = None if free is None else free + clip.on_card_bytes
    return going


def has_room(limits: ClipLimits, free_bytes: int | None, *, was_full: bool) -> bool:
    """Whether a clip may be written: down to a quarter of the floor, and again from half of it on."""
    share = 2 if was_full else 4
    return free_bytes is None or free_bytes >= limits.min_free_bytes // share


def days_left(held: Sequence[HeldClip], limits: ClipLimits, free_bytes: int | None) -> float | None:
    """Until the oldest has to go, at the pace of the last days. None where no clip has an age, or nothing was recorded."""
    ages = [clip.age_days for clip in held if clip.age_days is not None]
    if not ages:
        return None
    by_age = max(0.0, limits.max_days - max(ages))
    recent = sum(clip.size_bytes for clip in held if clip.age_days is not None and clip.age_days <= PACE_DAYS)
    if not recent:
        return round(by_age, 1)
    per_day = recent / min(PACE_DAYS, max(1.0, *ages))
    room = limits.max_bytes - sum(clip.size_bytes for clip in held)
    if free_bytes is not None:
        room = min(room, free_bytes - limits.min_free_bytes)
    return round(min(by_age, max(0, room) / per_day), 1)
