"""What an acknowledgement means to a log: progress, nothing, a server that has lost events, or a log that is an old copy."""

from dataclasses import dataclass
from enum import Enum, auto

from vigie.protocol.states import Ack

DOUBTS_TO_BELIEVE = 3
DOUBT_FOR_S = 20.0


class Verdict(Enum):
    """What to do about an ack."""

    FOREIGN = auto()  # of another stream: not for us
    KNOWN = auto()  # proof that the server listens, no more
    ADVANCED = auto()  # everything through its number is stored
    DOUBTED = auto()  # lower than one before: a straggler, or a server that has lost events
    LOWERED = auto()  # a server that has lost events: what it does not have goes out again
    COPIED = auto()  # the server knows another history of our stream: this log was restored or cloned


@dataclass(frozen=True, slots=True)
class Mark:
    """What a log knows of itself: its stream, its newest number, and through which one the server has it."""

    stream_id: str
    last_seq: int
    acked_through: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """Acks lower than the mark, in a row: how many, and the monotonic time of the first."""

    count: int = 0
    since_s: float = 0.0


def judge(ack: Ack, mark: Mark, own_id: str | None, doubt: Doubt, now_s: float) -> tuple[Verdict, Doubt]:
    """The meaning of `ack` and the doubt that remains.

    `own_id` is the id of the log's own event under that number, None where the log keeps it no longer (it cannot be
    compared then, and is believed).
    """
    if ack.stream_id != mark.stream_id:
        return Verdict.FOREIGN, doubt
    is_other = ack.event_id is not None and own_id is not None and ack.event_id != own_id
    if is_other or ack.through_seq > mark.last_seq:
        return Verdict.COPIED, Doubt()
    if ack.through_seq >= mark.acked_through:
        return (Verdict.ADVANCED if ack.through_seq > mark.acked_through else Verdict.KNOWN), Doubt()
    doubt = Doubt(doubt.count + 1, doubt.since_s if doubt.count else now_s)
    if doubt.count >= DOUBTS_TO_BELIEVE and now_s - doubt.since_s >= DOUBT_FOR_S:
        return Verdict.LOWERED, Doubt()
    return Verdict.DOUBTED, doubt
