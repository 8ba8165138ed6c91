"""Two agents under one name, told from the server's side: heartbeats that come by turns from two boots or two logs.

A device reboots and begins new logs, so the pair of both changes, but it never goes back to an earlier one.
"""

from dataclasses import dataclass, replace

from vigie.protocol.states import Heartbeat

CLEAR_AFTER_S = 300.0
"""Without another turn for this long, one of the two is gone."""

MAX_LIVES = 8
STRAY_BEATS = 3
"""Two bridges may pass one heartbeat on, the slower one a little later: the last few beats of a life prove nothing new."""


@dataclass(frozen=True, slots=True)
class Life:
    """One boot of a device with one log, and the newest beat heard of it."""

    boot_id: str
    stream_id: str
    beat: int


@dataclass(frozen=True, slots=True)
class Identity:
    """The lives that were heard under one name, the present one last. `returned_at_s`: an earlier one came back, monotonic."""

    lives: tuple[Life, ...] = ()
    returned_at_s: float | None = None

    def heard(self, heartbeat: Heartbeat, now_s: float) -> "Identity":
        """After one more heartbeat. One without a log is of no life: a log that cannot be opened may be opened again."""
        if heartbeat.stream_id is None:
            return self
        life = Life(heartbeat.boot_id, heartbeat.stream_id, heartbeat.beat)
        before = next((old for old in self.lives if (old.boot_id, old.stream_id) == (life.boot_id, life.stream_id)), None)
        others = tuple(old for old in self.lives if old is not before)
        if before is None or before is self.lives[-1]:
            return replace(self, lives=(*others, life)[-MAX_LIVES:])
        if before.beat - STRAY_BEATS <= life.beat <= before.beat:
            return self
        return Identity((*others, life), now_s)

    def is_contested(self, now_s: float) -> bool:
        """Whether two agents bear the name."""
        return self.returned_at_s is not None and now_s - self.returned_at_s < CLEAR_AFTER_S
