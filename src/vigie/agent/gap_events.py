"""`gap` events of this device: what it had to give up, as events of their own."""

from vigie.agent.drafts import Drafts
from vigie.agent.log_file import Draft
from vigie.protocol.gaps import GAP, MAX_RANGES, Gap, GapReason, Range, count_of


class GapEvents:
    """Makes drafts of them, of now. Any thread."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def of_ranges(self, reason: GapReason, ranges: tuple[Range, ...]) -> list[Draft]:
        """As many as it takes to name these numbers."""
        parts = (ranges[start : start + MAX_RANGES] for start in range(0, len(ranges), MAX_RANGES))
        return [self._draft(Gap(reason=reason, count=count_of(part), ranges=part)) for part in parts]

    def of_count(self, reason: GapReason, count: int) -> Draft:
        """One about events that had no number."""
        return self._draft(Gap(reason=reason, count=count))

    def _draft(self, gap: Gap) -> Draft:
        return self._drafts.make(GAP, gap.model_dump(mode="json"))
