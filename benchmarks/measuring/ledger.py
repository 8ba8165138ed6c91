"""What was accepted at the pins against what arrived. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Balance:
    """`lost`: accepted, never seen. `repeated`: seen again, counted once per extra time. `strange`: seen, never accepted."""

    accepted: int
    seen: int
    lost: frozenset[str]
    repeated: int
    strange: frozenset[str]

    @property
    def is_even(self) -> bool:
        return not (self.lost or self.repeated or self.strange)


def balance(accepted: Iterable[str], seen: Iterable[str]) -> Balance:
    """Compares two lists of event keys; the order does not matter. Raises `ValueError` if a key was accepted twice."""
    accepted = list(accepted)
    wanted, counted = set(accepted), Counter(seen)
    if len(wanted) != len(accepted):
        raise ValueError("a key was accepted twice: the ledger cannot tell repeats from events")
    return Balance(
        accepted=len(wanted),
        seen=len(counted),
        lost=frozenset(wanted - counted.keys()),
        repeated=sum(times - 1 for times in counted.values()),
        strange=frozenset(counted.keys() - wanted),
    )
