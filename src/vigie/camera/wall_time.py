"""The wall time of a picture, where the Pi knows it: the agent says how far its clock is to be trusted."""

import time
from datetime import UTC, datetime, timedelta

from vigie.protocol.events import ClockQuality


class WallTime:
    """`quality` is the agent's word; until it has said something nobody knows what time it is."""

    def __init__(self) -> None:
        self.quality = ClockQuality.UNSYNCED

    def now(self) -> datetime | None:
        return None if self.quality == ClockQuality.UNSYNCED else datetime.now(UTC)

    def of(self, at_us: int) -> datetime | None:
        """Of a moment of the monotonic clock."""
        now = self.now()
        return None if now is None else now - timedelta(microseconds=now_us() - at_us)


def now_us() -> int:
    """The monotonic clock, as pictures are stamped."""
    return time.monotonic_ns() // 1000
