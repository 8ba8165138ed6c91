"""A log that is an old copy begins a new stream; a server that has lost events gets them again; times are filled in."""

import pytest

from tests.agent.test_event_log import draft, open_log
from vigie.agent.log_file import LogFile, read_events
from vigie.domain.acks import DOUBT_FOR_S
from vigie.protocol.events import ClockQuality
from vigie.protocol.states import Ack
from vigie.protocol.times import from_unix_ms


class Notary:
    """A log with ten events, on a clock turned by hand, and everything it says about its stream."""

    def __init__(self, folder, faults, clock):
        self.path, self.clock = folder / "events.sqlite", clock
        self.accepted, self.streams, self.owed = [], [], []
        self.log = open_log(folder, faults, self.accepted, clock=clock)
        self.log.on_new_stream.append(lambda: self.streams.append(self.log.stream_id))
        self.log.on_owed.append(self.owed.append)

    async def accept(self, first, last, **options):
        for number in range(first, last + 1):
            self.log.accept(draft(number, **options))
        await self.log.flush()

    async def ack(self, through_seq, event_id=None, stream_id=None):
        await self.log.acknowledge(Ack(stream_id=stream_id or self.log.stream_id, through_seq=through_seq, event_id=event_id))

    async def page(self):
        return await self.log.call(lambda file: [(event.seq, event.draft.id) for event in file.page(0, 1000)])


@pytest.fixture
async def notary(tmp_path, faults, clock):
    made = Notary(tmp_path, faults, clock)
    await made.accept(1, 10)
    yield made
    made.log.close()


async def test_an_ack_is_noted_and_its_moment_known(notary, tmp_path, clock, faults):
    assert notary.log.acked_at is None
    await notary.ack(4, "id-4")
    assert (notary.log.acked_through, notary.log.acked_at) == (4, clock.monotonic())
    await notary.ack(9, stream_id="another")
    assert notary.log.acked_through == 4
    notary.log.close()
    again = open_log(tmp_path, faults, clock=clock)
    assert again.acked_through == 4
    assert again.acked_at is None
    again.close()


@pytest.mark.parametrize(("through_seq", "event_id"), [(8, "other-history"), (12, None), (12, "id-12")])
async def test_a_copied_log_begins_a_new_stream_with_what_the_server_lacks(notary, faults, through_seq, event_id):
    first_stream = notary.log.stream_id
    await notary.ack(6, "id-6")
    await notary.ack(through_seq, event_id)
    assert notary.streams == [notary.log.stream_id]
    assert notary.log.stream_id != first_stream
    assert (notary.log.last_seq, notary.log.acked_through, notary.log.acked_at) == (4, 0, None)
    assert faults.names() == ("log_was_copied",)
    assert await notary.page() == [(1, "id-7"), (2, "id-8"), (3, "id-9"), (4, "id-10")]
    await notary.accept(11, 11)
    assert (notary.accepted[-1].stream_id, notary.accepted[-1].seq) == (notary.log.stream_id, 5)
    await notary.ack(2, "id-8")
    assert notary.log.acked_through == 2
    assert faults.names() == ()


async def test_a_fork_survives_a_restart_and_the_history_has_both_streams(notary, tmp_path, faults):
    first_stream = notary.log.stream_id
    await notary.ack(6)
    await notary.ack(11)
    notary.log.close()
    file = LogFile(tmp_path / "events.sqlite")
    assert (file.stream_id, file.last_seq(), file.acked_through) == (notary.log.stream_id, 4, 0)
    file.close()
    found = [(event.stream_id, event.seq, event.draft.id) for event in read_events(notary.path)]
    old = [(first_stream, number, f"id-{number}") for number in range(1, 7)]
    assert found == [*old, *((notary.log.stream_id, number, f"id-{number + 6}") for number in range(1, 5))]


async def test_what_a_copy_had_dropped_is_told_with_the_numbers_of_its_new_stream(notary):
    await notary.ack(3)
    await notary.log.call(lambda _file: notary.log._writer._accepted(notary.log._writer.room.drop(2)))
    await notary.accept(12, 12)
    assert notary.accepted[-2].draft.body["ranges"] == [[4, 5]]
    old_gap = notary.accepted[-2].draft.id
    for turn in range(2):
        await notary.ack(99)
        assert notary.log.acked_through == 0
        page = await notary.page()
        gap = notary.accepted[-1]
        assert (gap.seq, gap.draft.id) == page[-1]
        assert gap.draft.body["ranges"] == ([[1, 2], [8, 8]], [[1, 2], [8, 8], [10, 10]])[turn]
        assert [id_ for _, id_ in page[:-1]] == ["id-6", "id-7", "id-8", "id-9", "id-10", "id-12"]
        assert notary.log.last_seq == gap.seq
        assert gap.draft.id != old_gap
    held = await notary.log.call(lambda _file: notary.log._writer.room.held())
    assert held.events == 3 + 6 + 1


async def test_forking_twice_at_the_same_event_leaves_the_newest_stream(notary):
    await notary.ack(11)
    await notary.ack(11)
    assert len(set(notary.streams)) == 2
    assert await notary.page() == [(number, f"id-{number}") for number in range(1, 11)]


async def test_a_server_that_has_lost_events_is_believed_after_a_while_and_gets_them_again(notary, clock):
    await notary.ack(10)
    for _ in range(2):
        await notary.ack(3)
        clock.turn(DOUBT_FOR_S / 2)
    assert notary.log.acked_through == 10
    await notary.ack(3)
    assert (notary.log.acked_through, notary.owed) == (3, [4])
    assert [event for event in notary.accepted if event.draft.type == "gap"] == []


async def test_what_the_server_lost_and_the_log_pruned_is_told(notary, clock):
    await notary.ack(10)
    await notary.log.call(lambda _file: notary.log._writer.room.prune(5))
    for _ in range(3):
        await notary.ack(2)
        clock.turn(DOUBT_FOR_S / 2)
    await notary.log.flush()
    assert notary.accepted[-1].seq == 11
    assert notary.accepted[-1].draft.body == {"reason": "server_lost", "count": 3, "ranges": [[3, 5]]}
    assert notary.owed == [3]


async def test_a_straggling_ack_changes_nothing(notary, clock):
    await notary.ack(10)
    for _ in range(10):
        await notary.ack(3)
        clock.turn(DOUBT_FOR_S / 4)
        await notary.ack(10)
    assert notary.log.acked_through == 10
    assert notary.owed == []


async def test_events_without_a_time_get_it_once_the_clock_is_known_and_are_owed_again(notary):
    await notary.accept(11, 15, boot_id="this boot")
    await notary.ack(13)
    await notary.log.fill_times("this boot", 1_764_000_000_000, ClockQuality.SYNCED)
    events = await notary.log.call(lambda file: file.page(0, 100))
    assert all(event.draft.occurred_at is None for event in events[:10]), "of another boot: nobody knows"
    assert [event.draft.occurred_at for event in events[10:]] == [from_unix_ms(1_764_000_000_000 + n) for n in range(11, 16)]
    assert {event.draft.clock for event in events[10:]} == {ClockQuality.SYNCED}
    assert notary.owed == [11]
    await notary.log.fill_times("this boot", 1_764_000_000_000, ClockQuality.SYNCED)
    assert notary.owed == [11], "there is nothing left to fill in"


async def test_without_a_file_or_after_a_restart_acks_do_no_harm(notary):
    await notary.log.call(lambda file: file.close())
    await notary.ack(5, "id-5")
    await notary.ack(11)
    assert notary.log.acked_through in (0, 5)
