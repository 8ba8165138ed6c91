"""Every number of a log is stored, dropped, quarantined, elsewhere or missing: never two of them, whatever arrives and when."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Select, func, select

from tests.server.running import event
from vigie.protocol.events import Event
from vigie.server.store.database import open_database
from vigie.server.store.events import Appended, Batch, append
from vigie.server.store.quarantine import Refusal
from vigie.server.store.streams import Stream
from vigie.server.store.tables import events, skips, streams

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
TOP = 40


@contextmanager
def database(folder: Path) -> Iterator[Connection]:
    opened = open_database(f"sqlite:///{folder / 'v.db'}")
    with opened.writing.connect() as connection:
        yield connection
    opened.dispose()


def gap(seq: int, *ranges: tuple[int, int], **changes: Any) -> dict[str, Any]:
    """A device's word that it has given these numbers up."""
    details = {"reason": "log_full", "count": 1, "ranges": [list(pair) for pair in ranges]}
    return event(seq, **{"type": "gap", "sensor": "gap", "details": details, **changes})


def refused(seq: int, stream_id: str = "s1") -> Refusal:
    return Refusal(f"bridge:refused-{stream_id}-{seq}", "no event", b"junk", device_id="raspberry-01", number=(stream_id, seq))


def put(connection: Connection, *items: dict[str, Any] | Refusal) -> Appended:
    """Stores a batch and answers what became of it."""
    made = [Event.model_validate(item) for item in items if isinstance(item, dict)]
    with connection.begin():
        return append(connection, Batch(made, [item for item in items if isinstance(item, Refusal)], NOW))


class Model:
    """The plain way: sets of numbers."""

    def __init__(self) -> None:
        self.stored: set[int] = set()
        self.elsewhere: set[int] = set()
        self.dropped: set[int] = set()
        self.quarantined: set[int] = set()

    def take(self, items: list[tuple[str, Any]]) -> None:
        self.stored |= {seq for kind, seq in items if kind == "event"} | {seq for kind, (seq, *_) in of(items, "gap")}
        self.elsewhere |= {seq for kind, seq in items if kind == "elsewhere"} - self.stored
        for _, (seq, first, last) in of(items, "gap"):
            self.dropped |= set(range(first, min(last, seq - 1) + 1)) - self.quarantined
        self.quarantined |= {seq for kind, seq in items if kind == "refused"} - self.dropped

    @property
    def ledger(self) -> dict[str, int]:
        """What the stream's row has to say."""
        elsewhere = self.elsewhere - self.stored
        dropped = self.dropped - self.stored - elsewhere
        quarantined = self.quarantined - self.stored - elsewhere - dropped
        known = self.stored | elsewhere | dropped | quarantined
        through = 0
        while through + 1 in known:
            through += 1
        return {
            "stored": len(self.stored),
            "elsewhere": len(elsewhere),
            "dropped": len(dropped),
            "quarantined": len(quarantined),
            "through_seq": through,
            "max_seq": max(known),
        }


def of(items: list[tuple[str, Any]], kind: str) -> list[tuple[str, Any]]:
    return [item for item in items if item[0] == kind]


seqs = st.integers(1, TOP)
items = st.one_of(
    st.tuples(st.just("event"), seqs),
    st.tuples(st.just("refused"), seqs),
    st.tuples(st.just("elsewhere"), seqs),
    st.tuples(
        st.just("gap"),
        st.tuples(st.integers(TOP + 1, TOP + 20), seqs, st.sampled_from([0, 1, 5, 2**40])).map(
            lambda drawn: (drawn[0], drawn[1], drawn[1] + drawn[2])
        ),
    ),
)


def real(item: tuple[str, Any]) -> dict[str, Any] | Refusal:
    kind, what = item
    if kind == "event":
        return event(what)
    if kind == "refused":
        return refused(what)
    if kind == "elsewhere":
        return event(what, id=f"old-{what}")
    seq, first, last = what
    return gap(seq, (first, last), id=f"gap-{seq}-{first}-{last}")


def is_possible(item: tuple[str, Any], gaps: dict[int, Any]) -> bool:
    """One number is one event: no two gap events bear the same."""
    return item[0] != "gap" or gaps.setdefault(item[1][0], item[1]) == item[1]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(items, min_size=1, max_size=8), min_size=1, max_size=8))
def test_whatever_arrives_the_sums_and_the_mark_are_those_of_plain_sets(batches: list[list[tuple[str, Any]]]):
    model, gaps = Model(), {}
    with TemporaryDirectory() as folder, database(Path(folder)) as connection:
        put(connection, *(event(seq, id=f"old-{seq}", stream_id="old") for seq in range(1, TOP + 1)))
        for drawn in batches:
            batch = [item for item in drawn if is_possible(item, gaps)]
            batch = [item for item in batch if item[0] != "elsewhere" or item[1] not in model.stored]
            batch = [item for item in batch if not (item[0] == "elsewhere" and ("event", item[1]) in batch)]
            if not batch:
                continue
            appended = put(connection, *map(real, batch))
            assert not appended.conflicts
            model.take(batch)
            [stream] = [one for one in appended.streams if one.stream_id == "s1"]
            assert {name: getattr(stream, name) for name in model.ledger} == model.ledger
            assert stream.through_event_id == id_at(connection, stream)
            assert not overlaps(connection)


def ask(connection: Connection, query: Select[Any]) -> list[Any]:
    with connection.begin():
        return [tuple(row) for row in connection.execute(query)]


def id_at(connection: Connection, stream: Stream) -> str | None:
    found = ask(connection, select(events.c.id).where(events.c.stream_id == "s1", events.c.seq == stream.through_seq))
    return found[0][0] if found else None


def overlaps(connection: Connection) -> list[Any]:
    ranges = ask(
        connection, select(skips.c.first_seq, skips.c.last_seq).where(skips.c.stream_id == "s1").order_by(skips.c.last_seq)
    )
    return [(one, other) for one, other in pairwise(ranges) if one[1] >= other[0] or other[0] > other[1]]


def test_a_gap_as_long_as_a_century_costs_what_is_stored_in_it(tmp_path: Path):
    with database(tmp_path) as connection:
        put(connection, *(event(3 * seq) for seq in range(1, 501)))
        started = time.process_time()
        [stream] = put(connection, gap(2**62, (1, 2**61), (5, 2**40), (2**61 + 1, 2**62 + 9))).streams
        for _ in range(100):
            put(connection, gap(2**62, (1, 2**61), id="again"), event(2**62 - 5, id="x"))
        assert time.process_time() - started < 2
        assert (stream.through_seq, stream.stored, stream.dropped) == (2**62, 501, 2**62 - 501)
        assert ask(connection, select(func.count()).select_from(skips)) == [(1,)]


def test_a_gap_speaks_only_of_its_own_log_and_of_what_came_before_it(tmp_path: Path):
    with database(tmp_path) as connection:
        [stream] = put(connection, gap(5, (3, 9), (7, 8), (4, 2))).streams
        assert (stream.dropped, stream.through_seq, stream.max_seq) == (2, 0, 5)
        [stream] = put(connection, {**gap(1, (1, 9), device_id="other"), "stream_id": None, "seq": None, "id": "theirs"}).streams
        assert (stream.stream_id, stream.dropped) == ("", 0)
        [stream] = put(connection, event(9, type="gap", sensor="gap", details={"ranges": "all of them"}, id="odd")).streams
        assert (stream.dropped, stream.stored) == (2, 2)


def test_a_hole_that_is_filled_by_skips_and_events_by_turns_heals_over_many_pages(tmp_path: Path):
    with database(tmp_path) as connection:
        for start in range(0, 6000, 1500):
            put(connection, *(event(seq) for seq in range(start + 2, start + 1502, 2)))
            put(connection, *(refused(seq) for seq in range(start + 3, start + 1503, 2)))
        [stream] = put(connection, event(1)).streams
        assert (stream.through_seq, stream.stored, stream.quarantined) == (6001, 3001, 3000)


def test_a_gap_that_an_older_server_stored_without_a_thought_counts_when_it_is_sent_again(tmp_path: Path):
    with database(tmp_path) as connection:
        put(connection, event(1), gap(5, (2, 4)))
        with connection.begin():
            connection.exec_driver_sql("DELETE FROM skips")
            connection.execute(streams.update().values(dropped=0, through_seq=1))
        [stream] = put(connection, gap(5, (2, 4))).streams
        assert (stream.through_seq, stream.dropped, stream.through_event_id) == (5, 3, "event-5")


def test_an_event_that_comes_again_under_a_new_number_is_stored_once_and_accounted_for_in_both_logs(tmp_path: Path):
    with database(tmp_path) as connection:
        put(connection, *(event(seq) for seq in range(1, 6)))
        copies = [{**event(seq), "stream_id": "copy", "seq": seq - 2} for seq in (3, 4, 5)]
        appended = put(connection, *copies, *copies, {**event(1), "stream_id": None, "seq": None})
        assert (len(appended.stored), len(appended.duplicates), len(appended.conflicts)) == (0, 7, 0)
        [stream] = appended.streams
        assert (stream.stream_id, stream.through_seq, stream.elsewhere, stream.through_event_id) == ("copy", 3, 3, None)
        other = {**event(1), "stream_id": "copy", "seq": 4, "id": "other", "type": "motion_ended"}
        appended = put(connection, {**event(6), "stream_id": "copy", "seq": 4}, other)
        assert (len(appended.stored), len(appended.conflicts)) == (1, 1)
        assert (appended.streams[0].through_seq, appended.streams[0].through_event_id) == (4, "event-6")


def test_an_event_that_bears_the_id_of_another_is_quarantined_and_its_number_accounted_for(tmp_path: Path):
    with database(tmp_path) as connection:
        put(connection, event(1))
        appended = put(connection, event(2, id="event-1", details={"forged": True}), event(3))
        assert (len(appended.conflicts), appended.streams[0].through_seq, appended.streams[0].quarantined) == (1, 3, 1)
        put(connection, event(2))
        [stream] = put(connection, event(4)).streams
        assert (stream.through_seq, stream.quarantined, stream.stored) == (4, 0, 4)


def test_the_greatest_numbers_that_a_log_can_have_are_no_trouble(tmp_path: Path):
    top = 2**63 - 1
    with database(tmp_path) as connection:
        put(connection, refused(top - 2), refused(top - 4), refused(top - 6), refused(top))
        [stream] = put(connection, gap(top - 1, (1, top))).streams
        assert (stream.through_seq, stream.stored, stream.quarantined) == (top, 1, 4)
        [stream] = put(connection, event(top), refused(top), event(3)).streams
        assert (stream.through_seq, stream.stored, stream.quarantined, stream.dropped) == (top, 3, 3, top - 6)
