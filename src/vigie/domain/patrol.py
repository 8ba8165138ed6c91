"""The lens on patrol: from preset to preset, as long as nothing else wants it, and never more often than its servo bears.

Pure: `(state, whether it may, now) -> (state, preset to turn to)`. Times are monotonic seconds.
"""

from dataclasses import dataclass, replace

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolConfig:
    """`max_moves_per_hour` holds for any hour, also for one that begins in the middle."""

    presets: tuple[str, ...]
    dwell_s: float = 60.0
    max_moves_per_hour: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Patrol:
    """`due_at`: when it goes on, None while it may not. `moves`: when it has moved within the last hour."""

    position: int = -1
    due_at: float | None = None
    moves: tuple[float, ...] = ()


def step(patrol: Patrol, now: float, config: PatrolConfig, *, may_move: bool) -> tuple[Patrol, str | None]:
    """One look, several times a second. Whatever disturbs it, it then stays for a whole dwell where it is."""
    if not may_move:
        return replace(patrol, due_at=None), None
    if patrol.due_at is None:
        return replace(patrol, due_at=now + config.dwell_s), None
    moves = tuple(at for at in patrol.moves if now - at < HOUR_S)
    if now < patrol.due_at or len(moves) >= config.max_moves_per_hour:
        return replace(patrol, moves=moves), None
    position = (patrol.position + 1) % len(config.presets)
    moved = Patrol(position=position, due_at=now + config.dwell_s, moves=(*moves, now))
    return moved, config.presets[position]
