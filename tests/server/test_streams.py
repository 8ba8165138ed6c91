"""High-water marks: whatever the order of arrival, the mark is the longest run without a hole, and nothing counts twice."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.running import event
from vigie.protocol.events import Event
from vigie.server.store.database import open_database
from vigie.server.store.events import Batch, append
from vigie.server.store.streams import load_all_streams

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[set[int], list[list[int]]]:
    """Numbers, and batches that bring each of them at least once, in any order and with repeats."""
    seqs = draw(st.sets(st.integers(1, 60), min_size=1, max_size=40))
    order = draw(st.permutations(sorted(seqs)))
    repeats = draw(st.lists(st.sampled_from(sorted(seqs)), max_size=20))
    flat = [*order, *repeats]
    batches = []
    while flat:
        size = draw(st.integers(1, 15))
        batches.append(flat[:size])
        flat = flat[size:]
    return seqs, batches


@settings(max_examples=60)
@given(arrivals())
def test_any_order_with_repeats_ends_in_the_same_marks(case: tuple[set[int], list[list[int]]]):
    seqs, batches = case
    with TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'v.db'}")
        seen: set[int] = set()
        with database.writing.connect() as connection:
            for seqs_of_batch in batches:
                with connection.begin():
                    events = [Event.model_validate(event(seq, late=seq % 7 == 0)) for seq in seqs_of_batch]
                    appended = append(connection, Batch(events, [], NOW))
                seen |= set(seqs_of_batch)
                assert [stream.through_seq for stream in appended.streams] == [run_from_one(seen)]
            with connection.begin():
                [stream] = load_all_streams(connection)
        database.dispose()
    assert stream.through_seq == run_from_one(seqs)
    assert (stream.stored, stream.max_seq) == (len(seqs), max(seqs))
    assert stream.late == sum(seq % 7 == 0 for seq in seqs)
    assert stream.missing is None


def run_from_one(seqs: set[int]) -> int:
    """The plain way: count up while the next is there."""
    through = 0
    while through + 1 in seqs:
        through += 1
    return through


def test_a_filled_hole_heals_the_mark_over_more_than_one_page(tmp_path: Path):
    database = open_database(f"sqlite:///{tmp_path / 'v.db'}")
    with database.writing.connect() as connection:
        for start in (2, 1002, 2002):
            with connection.begin():
                append(connection, Batch([Event.model_validate(event(seq)) for seq in range(start, start + 1000)], [], NOW))
        with connection.begin():
            [stream] = append(connection, Batch([Event.model_validate(event(1))], [], NOW)).streams
    database.dispose()
    assert (stream.through_seq, stream.stored) == (3001, 3001)
