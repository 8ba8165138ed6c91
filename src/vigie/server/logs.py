"""The event logs of one device in memory: the newest of them, sums over all, and since when each misses something."""

from collections import Counter
from dataclasses import dataclass, replace

from vigie.protocol.times import from_unix_ms
from vigie.server.api.schemas import Ledger, StreamLedger
from vigie.server.store.streams import NO_STREAM, Advance, Stream

MAX_LOGS = 20
"""Anybody on the broker can make up logs. Older ones are counted in sums, and read from the tables when they come again."""
MISSING_GRACE_S = 60.0
"""Events may be on their way for this long before they are called missing: a heartbeat can overtake them."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """What has not arrived for a minute: of the logs in memory, and the sum of those that no longer are."""

    streams: tuple[Stream, ...]
    older: int


class DeviceLogs:
    """The tables' figures, with what heartbeats have said since. Times are monotonic seconds."""

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id
        self._streams: dict[str, Stream] = {}  # the one that was heard of last comes last
        self._without_log = Stream(device_id, NO_STREAM)
        self._older: Counter[str] = Counter()
        self._missing_since: dict[str, float] = {}

    def get(self, stream_id: str) -> Stream | None:
        """A log that is in memory."""
        return self._streams.get(stream_id)

    @property
    def has_older(self) -> bool:
        """Whether there are logs that only the tables know."""
        return self._older["logs"] > 0

    def take(self, advance: Advance, now_s: float) -> None:
        """What the tables say. Of heartbeats memory knows more: the newest is written down later."""
        stream = advance.now
        if stream.stream_id == NO_STREAM:
            self._without_log = stream
            return
        known = self._streams.get(stream.stream_id)
        if known is None:
            if self.has_older and advance.before.seen_at_ms:
                self._older.subtract(_sums(advance.before))
        elif known.last_proof_at_ms is not None:
            stream = replace(stream, accepted_seq=known.accepted_seq, last_proof_at_ms=known.last_proof_at_ms)
        self._keep(stream, now_s)

    def prove(self, stream_id: str, last_seq: int, now_ms: int, now_s: float) -> Stream:
        """A heartbeat: the device's log goes as far as `last_seq`. It never goes back: an older copy of a log says less."""
        stream = self._streams.get(stream_id) or Stream(self._device_id, stream_id)
        accepted_seq = max(last_seq, stream.accepted_seq or 0)
        proven = replace(stream, accepted_seq=accepted_seq, last_proof_at_ms=now_ms, seen_at_ms=now_ms)
        self._keep(proven, now_s)
        return proven

    def overdue(self, now_s: float) -> Overdue:
        """What has been missing for longer than `MISSING_GRACE_S`, judged log by log."""
        late = (stream_id for stream_id, since in self._missing_since.items() if now_s - since >= MISSING_GRACE_S)
        return Overdue(tuple(self._streams[stream_id] for stream_id in late), self._older["missing"])

    def ledger(self, present: str | None, quarantined: int) -> Ledger:
        """The proof of completeness. `present`: the log that the last heartbeat named; else the one heard of last."""
        sums = Counter(self._older)
        for stream in self._streams.values():
            sums.update(_sums(stream))
        present = present or next(reversed(self._streams), None)
        stream = self._streams.get(present or NO_STREAM) or self._without_log
        proofs = [one.last_proof_at_ms for one in self._streams.values() if one.last_proof_at_ms is not None]
        has_log = sums["logs"] > 0
        return Ledger(
            device_id=self._device_id,
            stream_id=present,
            accepted=sums["accepted"] if sums["proven"] else None,
            stored=sums["stored"] if has_log else self._without_log.stored,
            dropped=sums["dropped"],
            through_seq=stream.through_seq,
            missing=sums["missing"] if sums["proven"] else None,
            late=sums["late"] if has_log else self._without_log.late,
            quarantined=quarantined,
            last_proof_at=from_unix_ms(max(proofs)) if proofs else None,
            streams=[_stream_ledger(one) for one in reversed(self._streams.values())],
        )

    def _keep(self, stream: Stream, now_s: float) -> None:
        self._streams.pop(stream.stream_id, None)
        self._streams[stream.stream_id] = stream
        if not stream.missing:
            self._missing_since.pop(stream.stream_id, None)
        else:
            self._missing_since.setdefault(stream.stream_id, now_s)
        if len(self._streams) > MAX_LOGS:
            oldest = self._streams.pop(next(iter(self._streams)))
            self._missing_since.pop(oldest.stream_id, None)
            self._older.update(_sums(oldest))


def _sums(stream: Stream) -> dict[str, int]:
    """A log as it counts in the sums: one that no heartbeat has named reaches at least as far as the newest event of it."""
    accepted = stream.max_seq if stream.accepted is None else stream.accepted
    return {
        "logs": 1,
        "proven": stream.accepted is not None,
        "accepted": accepted,
        "stored": stream.stored + stream.elsewhere,
        "dropped": stream.dropped,
        "missing": accepted - stream.stored - stream.skipped,
        "late": stream.late,
    }


def _stream_ledger(stream: Stream) -> StreamLedger:
    return StreamLedger(
        stream_id=stream.stream_id,
        accepted=stream.accepted,
        stored=stream.stored + stream.elsewhere,
        dropped=stream.dropped,
        quarantined=stream.quarantined,
        missing=stream.missing,
        late=stream.late,
        through_seq=stream.through_seq,
        last_proof_at=None if stream.last_proof_at_ms is None else from_unix_ms(stream.last_proof_at_ms),
    )
