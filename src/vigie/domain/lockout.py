"""Who may try a PIN now: two failures are free, then the waits double, and after the tenth only the owner opens it again.

Waits are measured by the clock of one boot, which nobody can set: a wall clock that is moved, either way, shortens
nothing. Where the machine was restarted meanwhile nobody can tell how long it was off, so the whole wait begins anew.
"""

import math
from dataclasses import dataclass, replace

FREE_FAILURES = 2
FIRST_WAIT_S = 30.0
MAX_WAIT_S = 24 * 3600.0
MAX_FAILURES = 10
"""After so many in a row nobody may try until the site is unlocked: a PIN of four digits must not be guessed in a year."""


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
"""What a right PIN and an owner's unlocking leave."""


def penalty_s(failures: int) -> float:
    """How long nobody may try after so many failures in a row; infinite: until it is unlocked."""
    if failures >= MAX_FAILURES:
        return math.inf
    if failures <= FREE_FAILURES:
        return 0.0
    return min(FIRST_WAIT_S * 2.0 ** (failures - FREE_FAILURES - 1), MAX_WAIT_S)


def is_closed(attempts: Attempts) -> bool:
    """Whether no waiting helps any more."""
    return math.isinf(penalty_s(attempts.failures))


def tries_at_once(attempts: Attempts) -> int:
    """How many tries there are before the next wait; 0 while there is one."""
    return max(0, FREE_FAILURES + 1 - attempts.failures)


def seen_at(attempts: Attempts, now: Moment) -> Attempts:
    """The same attempts in terms of this boot: after another one the last failure counts as made just now.

    What this returns has to be kept, or the wait would begin anew each time that somebody asks.
    """
    last = attempts.last_failed
    if attempts.failures == 0 or (last is not None and last.boot_id == now.boot_id and last.mono_s <= now.mono_s):
        return attempts
    return replace(attempts, last_failed=now)


def wait_s(attempts: Attempts, now: Moment) -> float:
    """How long until somebody may try; 0: now, infinite: not before it is unlocked."""
    last = seen_at(attempts, now).last_failed
    if last is None:
        return penalty_s(attempts.failures)
    return max(0.0, penalty_s(attempts.failures) - (now.mono_s - last.mono_s))


def after_failure(attempts: Attempts, now: Moment) -> Attempts:
    """One more failure in a row. To be on the disk before the PIN is looked at: a killed program gives no free guess."""
    return Attempts(attempts.failures + 1, now)
