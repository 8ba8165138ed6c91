"""Who may try a secret now: some failures are free, then the waits double, and in the end only the owner opens it again.

Waits are measured by the clock of one boot, which nobody can set: a wall clock that is moved, either way, shortens
nothing. Where the machine was restarted meanwhile nobody can tell how long it was off, so the whole wait begins anew.
"""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was, by the monotonic clock of that boot of the machine."""

    boot_id: str
    mono_s: float


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many attempts have failed in a row, and when the last of them was made."""

    failures: int = 0
    last_failed: Moment | None = None


NONE_FAILED = Attempts()
"""What a right secret and an owner's unlocking leave."""


@dataclass(frozen=True, slots=True)
class Patience:
    """`free_failures` in a row cost nothing, then the first wait doubles up to the longest; after `max_failures` nobody may try
    until it is unlocked.
    """

    free_failures: int
    first_wait_s: float
    max_wait_s: float
    max_failures: float = math.inf

    def penalty_s(self, failures: int) -> float:
        """How long nobody may try after so many failures in a row; infinite: until it is unlocked."""
        if failures >= self.max_failures:
            return math.inf
        if failures <= self.free_failures:
            return 0.0
        doublings = min(failures - self.free_failures - 1, 64)  # beyond it a float would overflow, the longest wait long reached
        return min(self.first_wait_s * 2.0**doublings, self.max_wait_s)

    def is_closed(self, attempts: Attempts) -> bool:
        """Whether no waiting helps any more."""
        return math.isinf(self.penalty_s(attempts.failures))

    def tries_at_once(self, attempts: Attempts) -> int:
        """How many tries there are before the next wait; 0 while there is one."""
        return max(0, self.free_failures + 1 - attempts.failures)

    def wait_s(self, attempts: Attempts, now: Moment) -> float:
        """How long until somebody may try; 0: now, infinite: not before it is unlocked."""
        last = seen_at(attempts, now).last_failed
        penalty_s = self.penalty_s(attempts.failures)
        return penalty_s if last is None else max(0.0, penalty_s - (now.mono_s - last.mono_s))


PIN_PATIENCE = Patience(free_failures=2, first_wait_s=30.0, max_wait_s=24 * 3600.0, max_failures=10)
"""A PIN of four digits must not be guessed in a year."""
SIGN_IN_PATIENCE = Patience(free_failures=4, first_wait_s=30.0, max_wait_s=900.0)
"""Counted for each account and for each address. It never closes: anybody on the network could keep the owner out for ever."""


def seen_at(attempts: Attempts, now: Moment) -> Attempts:
    """The same attempts in terms of this boot: after another one the last failure counts as made just now.

    What this returns has to be kept, or the wait would begin anew each time that somebody asks.
    """
    last = attempts.last_failed
    if attempts.failures == 0 or (last is not None and last.boot_id == now.boot_id and last.mono_s <= now.mono_s):
        return attempts
    return replace(attempts, last_failed=now)


def after_failure(attempts: Attempts, now: Moment) -> Attempts:
    """One more failure in a row. To be on the disk before the secret is looked at: a killed program gives no free guess."""
    return Attempts(attempts.failures + 1, now)
