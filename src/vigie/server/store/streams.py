"""High-water marks: per event log of a device, how far it is stored without a hole."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from vigie.protocol.events import StoredEvent
from vigie.protocol.times import to_unix_ms
from vigie.server.store.database import upsert
from vigie.server.store.tables import events, streams

NO_STREAM = ""
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Stream:
    """One event log of a device. `stream_id` is "" for events that came without a log behind them.

    `through_seq`: stored without a hole up to here; `max_seq`: the newest stored; `accepted_seq`: the newest that the
    device has, by its last heartbeat at `last_proof_at_ms`.
    """

    device_id: str
    stream_id: str
    through_seq: int = 0
    max_seq: int = 0
    stored: int = 0
    late: int = 0
    accepted_seq: int | None = None
    last_proof_at_ms: int | None = None
    seen_at_ms: int = 0

    @property
    def missing(self) -> int | None:
        """How many events the device has and we have not; None while no heartbeat has said how far its log goes."""
        if self.accepted_seq is None:
            return None
        return max(self.accepted_seq, self.max_seq) - self.stored


def advance_streams(connection: Connection, stored: list[StoredEvent]) -> list[Stream]:
    """Counts newly inserted events in; moves each mark on, also over what had arrived ahead of a hole that is now filled."""

    def key(event: StoredEvent) -> tuple[str, str]:
        return event.device_id, event.stream_id or NO_STREAM

    advanced = []
    for (device_id, stream_id), group in groupby(sorted(stored, key=key), key):
        news = list(group)
        stream = _load(connection, device_id, stream_id) or Stream(device_id, stream_id)
        advanced.append(_advance(connection, stream, news))
    if advanced:
        _save_counts(connection, advanced)
    return advanced


def load_streams(connection: Connection, keys: Iterable[tuple[str, str | None]]) -> list[Stream]:
    """The named streams, as they are."""
    found = (_load(connection, device_id, stream_id or NO_STREAM) for device_id, stream_id in sorted(keys, key=str))
    return [stream for stream in found if stream is not None]


def load_all_streams(connection: Connection) -> list[Stream]:
    """Every stream, the longest unseen first."""
    return [_from_row(row) for row in connection.execute(select(streams).order_by(streams.c.seen_at_ms))]


def save_proofs(connection: Connection, proofs: Iterable[Stream]) -> None:
    """Writes what heartbeats said (`accepted_seq`, `last_proof_at_ms`, `seen_at_ms`), and nothing else."""
    rows = [_row_of(stream) for stream in proofs]
    if rows:
        statement = upsert(connection, streams)
        proven = {name: statement.excluded[name] for name in ("accepted_seq", "last_proof_at_ms", "seen_at_ms")}
        connection.execute(statement.on_conflict_do_update(index_elements=["device_id", "stream_id"], set_=proven), rows)


def _advance(connection: Connection, stream: Stream, news: list[StoredEvent]) -> Stream:
    seqs = {event.seq for event in news if event.seq is not None}
    through = stream.through_seq
    while through + 1 in seqs:
        through += 1
    max_seq = max(stream.max_seq, *seqs) if seqs else stream.max_seq
    if through > stream.through_seq and max_seq > through:
        through = _end_of_run(connection, stream, through)
    return replace(
        stream,
        through_seq=through,
        max_seq=max_seq,
        stored=stream.stored + len(news),
        late=stream.late + sum(event.late for event in news),
        seen_at_ms=max(to_unix_ms(event.received_at) for event in news),
    )


def _end_of_run(connection: Connection, stream: Stream, through: int) -> int:
    """The last seq before the next hole above `through`; reads the unique index only, and each seq once in its life."""
    while True:
        page = connection.scalars(
            select(events.c.seq)
            .where(events.c.device_id == stream.device_id, events.c.stream_id == stream.stream_id, events.c.seq > through)
            .order_by(events.c.seq)
            .limit(_PAGE)
        ).all()
        for seq in page:
            if seq != through + 1:
                return through
            through = seq
        if len(page) < _PAGE:
            return through


def _save_counts(connection: Connection, advanced: list[Stream]) -> None:
    """Writes what events changed; what heartbeats said stays as it is."""
    statement = upsert(connection, streams)
    counted = {name: statement.excluded[name] for name in ("through_seq", "max_seq", "stored", "late", "seen_at_ms")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["device_id", "stream_id"], set_=counted),
        [_row_of(stream) for stream in advanced],
    )


def _load(connection: Connection, device_id: str, stream_id: str) -> Stream | None:
    wanted = select(streams).where(streams.c.device_id == device_id, streams.c.stream_id == stream_id)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _from_row(row)


def _from_row(row: Row[Any]) -> Stream:
    return Stream(**row._mapping)


def _row_of(stream: Stream) -> dict[str, object]:
    return {column.name: getattr(stream, column.name) for column in streams.columns}
