"""The bound of the bridge's spool: from when on it takes nothing more, and when it takes again."""

from dataclasses import dataclass

ROOM_AGAIN = 0.9


@dataclass(frozen=True, slots=True)
class SpoolBound:
    """Full from `max_bytes` on, and until a tenth of that is free again: on the edge it would drop every other event."""

    max_bytes: int
    is_full: bool = False

    def at(self, used_bytes: int) -> "SpoolBound":
        """The bound once `used_bytes` are taken."""
        is_full = used_bytes >= (self.max_bytes * ROOM_AGAIN if self.is_full else self.max_bytes)
        return self if is_full == self.is_full else SpoolBound(self.max_bytes, is_full)
