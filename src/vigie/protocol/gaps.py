"""Gaps: what a program had to give up for want of room, told as an event of its own so that no loss is silent."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from vigie.protocol.events import Seq

GAP = "gap"
"""The sensor's name and the type of such an event: `sensors/{device}/gap`."""

MAX_RANGES = 2000

Range = tuple[Seq, Seq]
"""Numbers of a log, from the first to the last of them inclusive."""


class GapReason(StrEnum):
    """Why they were given up."""

    LOG_FULL = "log_full"
    MEMORY_FULL = "memory_full"
    SPOOL_FULL = "spool_full"
    SERVER_LOST = "server_lost"


class Gap(BaseModel):
    """The `details` of a `gap` event.

    `ranges` are the numbers that were accepted and then given up; empty where the events had no number yet
    (`memory_full`) or none of this log (`spool_full`). `server_lost`: the server had them, has lost them, and the device
    keeps them no longer.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    reason: GapReason
    count: int = Field(ge=1)
    ranges: tuple[Range, ...] = Field((), max_length=MAX_RANGES)


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same numbers in as few ranges as possible, ascending."""
    result: list[Range] = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return tuple(result)


def ranges_of(seqs: Iterable[int]) -> tuple[Range, ...]:
    """Numbers as ranges."""
    return merged((seq, seq) for seq in seqs)


def count_of(ranges: Iterable[Range]) -> int:
    """How many numbers lie in ranges that do not overlap."""
    return sum(last - first + 1 for first, last in ranges)
