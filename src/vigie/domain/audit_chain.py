"""The audit log as a chain: each entry's hash is over its content and the hash of the entry before it.

Whoever changes or takes out an entry in the middle breaks every hash behind it. It keeps no secret, so somebody who may write the
file can make all of it anew; an older backup shows that.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

NO_HASH = "0" * 64
"""Before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says; `detail` is JSON's values."""

    at_ms: int
    actor: str
    origin: str
    action: str
    detail: Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries there are, the hash of the last, and the first one whose hash is not that of what is there."""

    entries: int
    head: str
    broken_at: int | None


def hash_of(before: str, entry: Entry) -> str:
    """An entry's hash: SHA-256, in hex, of the hash before it and the entry as compact JSON."""
    content = [entry.at_ms, entry.actor, entry.origin, entry.action, entry.detail]
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, sort_keys=True, allow_nan=False)
    return hashlib.sha256(f"{before}{text}".encode("utf-8", "surrogatepass")).hexdigest()


def verify(entries: Iterable[tuple[int, str, Entry]]) -> Verdict:
    """Follows (`id`, hash, entry) from the first to the last."""
    count, head, broken_at = 0, NO_HASH, None
    for number, kept, entry in entries:
        if broken_at is None and kept != hash_of(head, entry):
            broken_at = number
        count, head = count + 1, kept
    return Verdict(count, head, broken_at)
