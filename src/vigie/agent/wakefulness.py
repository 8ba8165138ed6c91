"""Whether this process has slept: frozen, swapped out, its machine suspended. What it reads just then may be old news, which
waited in its own buffers while nobody could tell.
"""

from vigie.runtime.clock import Clock

TICK_S = 1.0
ASLEEP_AFTER_S = 5.0
DROWSY_FOR_S = 2.0
"""After waking up: until what had waited in the socket has been read."""


class Wakefulness:
    """Looks at the clock each second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ticked_at = clock.monotonic()
        self._drowsy_until = float("-inf")

    @property
    def is_awake(self) -> bool:
        """Whether what is read now has just come."""
        now = self._clock.monotonic()
        return now - self._ticked_at <= ASLEEP_AFTER_S and now >= self._drowsy_until

    async def run(self) -> None:
        """For ever."""
        while True:
            now = self._clock.monotonic()
            if now - self._ticked_at > ASLEEP_AFTER_S:
                self._drowsy_until = now + DROWSY_FOR_S
            self._ticked_at = now
            await self._clock.sleep(TICK_S)
