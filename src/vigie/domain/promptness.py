"""Whether the broker hands messages over as they come, or what is read now may have waited in it.

An agent's message bears a clock (`freshness.py`). A third party's does not, nor does a command or a mode written by hand. So the
broker is asked for a sign of life all the time, and what bears no clock counts while the last answered question is young: the
answer stands in the same queues as the messages do, in a frozen broker as on a link that is half open.

Where no question was answered for long, what was sent meanwhile may come in any order with the answer, or later than it:
TCP sends again after twice the time. So for as long as the gap was, it does not count either.
"""

import math
from dataclasses import dataclass, replace

ASK_EVERY_S = 2.0
PROMPT_WITHIN_S = 5.0
"""A network that takes half of this there and back is slow, and loses nothing."""

SETTLING_MAX_S = 120.0
"""Linux sends again no later than this (TCP_RTO_MAX)."""


@dataclass(frozen=True, slots=True)
class Promptness:
    """`sure_at`: the broker was at work then. None: it has not been asked yet, and was not seen to be silent. Before
    `settled_at` old news may still come. Times are monotonic seconds.
    """

    sure_at: float | None = None
    settled_at: float = -math.inf

    def answered(self, asked_at: float, now: float) -> "Promptness":
        """A question of `asked_at` has been answered."""
        gap_s = now - (asked_at if self.sure_at is None else self.sure_at)
        settled_at = now + min(gap_s, SETTLING_MAX_S) if gap_s > PROMPT_WITHIN_S else self.settled_at
        return Promptness(asked_at, max(self.settled_at, settled_at))

    def mute(self) -> "Promptness":
        """It takes connections and says nothing: nobody knows since when."""
        return replace(self, sure_at=-math.inf) if self.sure_at is None else self

    def absent(self) -> "Promptness":
        """Its machine says that nothing listens there: with the process went all that waited in it."""
        return replace(self, sure_at=None)

    def why_doubted(self, now: float) -> str | None:
        """Why what is read now may be old; None where it has just been sent, at most `PROMPT_WITHIN_S` ago."""
        if self.sure_at is None or math.isinf(self.sure_at):
            return "the broker has not shown yet that it hands over at once"
        if now - self.sure_at > PROMPT_WITHIN_S:
            return f"the broker has shown no sign of life for {now - self.sure_at:.0f} s"
        if now < self.settled_at:
            return f"the broker was silent until shortly before: again in {math.ceil(self.settled_at - now)} s"
        return None
