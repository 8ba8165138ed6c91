"""`gap` events of this device: what it had to give up, as events of their own."""

from vigie.agent.health import WallClock
from vigie.agent.log_file import Draft
from vigie.protocol.gaps import GAP, MAX_RANGES, Gap, GapReason, Range, count_of
from vigie.runtime.clock import Clock
from vigie.runtime.ids import boot_id, new_id


class GapEvents:
    """Makes drafts of them, of now. Any thread."""

    def __init__(self, wall: WallClock, clock: Clock) -> None:
        self._wall = wall
        self._clock = clock
        self._boot_id = boot_id()

    def of_ranges(self, reason: GapReason, ranges: tuple[Range, ...]) -> list[Draft]:
        """As many as it takes to name these numbers."""
        parts = (ranges[start : start + MAX_RANGES] for start in range(0, len(ranges), MAX_RANGES))
        return [self._draft(Gap(reason=reason, count=count_of(part), ranges=part)) for part in parts]

    def of_count(self, reason: GapReason, count: int) -> Draft:
        """One about events that had no number."""
        return self._draft(Gap(reason=reason, count=count))

    def _draft(self, gap: Gap) -> Draft:
        now, monotonic_s = self._clock.now(), self._clock.monotonic()
        return Draft(
            id=new_id(now),
            sensor=GAP,
            kind=None,
            type=GAP,
            body=gap.model_dump(mode="json"),
            occurred_at=self._wall.at(monotonic_s),
            mono_ms=round(monotonic_s * 1000),
            boot_id=self._boot_id,
            clock=self._wall.quality(),
        )
