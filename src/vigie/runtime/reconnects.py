"""How long to wait between two connections to a broker, and the suspicion that somebody else has our client id."""

import random
from collections.abc import Callable

from vigie.runtime.backoff import Backoff
from vigie.runtime.broker_errors import BrokerError, BrokerRefused, ConnectionLost, TakenOver

SETTLED_AFTER_S = 5.0
LASTING_S = 300.0
"""A connection that lasted this long has no rival."""
SUSPICIOUS = 3
_REFUSED_WAIT_S = 30.0  # hammering with wrong credentials locks people out
_NOT_NOW = {0x88, 0x89}  # server unavailable, server busy: not about us, and soon over


class Reconnects:
    """The waits of one client id.

    MQTT 5 brokers may say that another client took a connection over; Mosquitto 2.0 does not. There it shows in this:
    connections end within seconds again and again, and the broker takes the next one at once. Then the waits grow, so
    that two programs of one id do not throw each other off many times a second.
    """

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._outage = Backoff(base_s=0.2, cap_s=2.0, jitter=jitter)  # a LAN: a broker that is back is to be found soon
        self._rivalry = Backoff(base_s=1.0, cap_s=8.0, jitter=jitter)
        self._taken = 0

    @property
    def has_rival(self) -> bool:
        """Whether the last connections ended as if somebody else had our client id."""
        return self._taken >= SUSPICIOUS

    def wait_s(self, error: BrokerError, lasted_s: float | None) -> float:
        """Seconds until the next attempt, after a connection that lasted so long, or None where there was none."""
        # At once after a loss: a broker that restarts refuses us then, and that tells it from a rival.
        if lasted_s is not None and (lasted_s > SETTLED_AFTER_S or isinstance(error, ConnectionLost)):
            self._outage.reset()
        if not _looks_taken(error, lasted_s):
            self._taken = 0
        elif lasted_s is not None and lasted_s >= LASTING_S:
            self._taken = 1
        else:
            self._taken += 1
        if isinstance(error, BrokerRefused) and error.code not in _NOT_NOW:
            return _REFUSED_WAIT_S
        if self.has_rival:
            return self._rivalry.next_delay_s()
        self._rivalry.reset()
        return self._outage.next_delay_s()


def _looks_taken(error: BrokerError, lasted_s: float | None) -> bool:
    if isinstance(error, TakenOver):
        return True
    return isinstance(error, ConnectionLost) and lasted_s is not None and lasted_s <= SETTLED_AFTER_S
