"""The strong proof: the rows of an event log against the rows of the server, id by id. Eight bytes of memory a row."""

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from vigie.agent.log_file import LoggedEvent, read_events
from vigie.owner.server_access import Server
from vigie.protocol.gaps import Range, ranges_of

MAX_NAMED = 1000
"""So many missing events are named by their numbers; of further ones only the count is given."""


@dataclass(slots=True)
class RowProof:
    """How a log compares: `found` of `accepted` ids are on the server once, `duplicated` more than once, the others are missing."""

    log: Path
    accepted: int
    found: int = 0
    duplicated: int = 0
    missing: int = 0
    missing_ranges: dict[str, tuple[Range, ...]] = field(default_factory=dict)

    def as_object(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "log": str(self.log),
            "accepted": self.accepted,
            "stored_once": self.found,
            "duplicated": self.duplicated,
            "missing": self.missing,
            "missing_ranges": self.missing_ranges,
        }


class Comparison:
    """A log, read once when this is made, and ticked off against the server as often as `read_server` is called.

    Making it raises `sqlite3.Error` where the log cannot be read, and `ValueError` for a row that has rotted.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self.stream_ids: set[str] = set()
        self._ids = array("Q", (one for one, _ in groupby(sorted(self._noted(read_events(log))))))
        self._seen = bytearray(len(self._ids))
        self._cursor = 0

    def read_server(self, server: Server, device_id: str | None) -> None:
        """Ticks off what the server has, and has got since the last call. Raises `ServerSilent`."""
        for page in server.events(device_id, self._cursor):
            for event in page:
                self._tick(_fingerprint(event["id"]))
                self._cursor = event["cursor"]

    @property
    def is_complete(self) -> bool:
        """Whether every row has been met."""
        return 0 not in self._seen

    def proof(self) -> RowProof:
        """The result so far. Reads the log again to name what is missing, so it may raise what making this raises."""
        found, missing = self._seen.count(1), self._seen.count(0)
        proof = RowProof(self._log, len(self._ids), found, len(self._ids) - found - missing, missing)
        if missing:
            named: dict[str, list[int]] = {}
            for count, event in enumerate(self._unmet(read_events(self._log))):
                if count == MAX_NAMED:
                    break
                named.setdefault(event.stream_id, []).append(event.seq)
            proof.missing_ranges = {stream_id: ranges_of(seqs) for stream_id, seqs in named.items()}
        return proof

    def _noted(self, events: Iterable[LoggedEvent]) -> Iterable[int]:
        for event in events:
            self.stream_ids.add(event.stream_id)
            yield _fingerprint(event.draft.id)

    def _place(self, fingerprint: int) -> int | None:
        place = bisect_left(self._ids, fingerprint)
        return place if place < len(self._ids) and self._ids[place] == fingerprint else None

    def _tick(self, fingerprint: int) -> None:
        place = self._place(fingerprint)
        if place is not None:
            self._seen[place] = min(2, self._seen[place] + 1)

    def _unmet(self, events: Iterable[LoggedEvent]) -> Iterable[LoggedEvent]:
        for event in events:
            place = self._place(_fingerprint(event.draft.id))
            if place is not None and not self._seen[place]:
                yield event


def words(ranges: Mapping[str, tuple[Range, ...]]) -> str:
    """`seq 12-15, 18`, of several logs each with the beginning of its name."""
    texts = []
    for stream_id, found in ranges.items():
        numbers = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found[:5])
        more = ", …" if len(found) > 5 else ""
        texts.append(f"seq {numbers}{more}" + (f" of {stream_id[:8]}" if len(ranges) > 1 else ""))
    return "; ".join(texts)


def _fingerprint(event_id: str) -> int:
    """64 bits of the id: among a million of them two are alike once in thirty million houses."""
    return int.from_bytes(hashlib.blake2b(event_id.encode(), digest_size=8).digest())
