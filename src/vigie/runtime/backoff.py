"""How long to wait before the next attempt: exponential, capped, full jitter.

Full jitter because a whole house of Pis comes back from a power cut in the same second (Brooker, "Exponential Backoff
And Jitter", AWS 2015).
"""

import random
from collections.abc import Callable


class Backoff:
    """The delays of one retry loop. `reset` after a success that lasted."""

    def __init__(self, *, base_s: float = 0.5, cap_s: float = 30.0, jitter: Callable[[], float] = random.random) -> None:
        self._base_s = base_s
        self._cap_s = cap_s
        self._jitter = jitter
        self._attempt = 0

    def next_delay_s(self) -> float:
        """Between a tenth and the whole of the present ceiling, so that it is never a busy loop."""
        ceiling = min(self._cap_s, self._base_s * 2.0 ** min(self._attempt, 16))
        self._attempt += 1
        return ceiling * (0.1 + 0.9 * self._jitter())

    def reset(self) -> None:
        """Start again from the shortest delay."""
        self._attempt = 0
