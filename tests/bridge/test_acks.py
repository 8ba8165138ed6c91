"""What a device hears of the server: its newest word, in whatever order the words arrive."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import wait_until_async
from vigie.bridge.acks import HURRY_EVENTS, MAX_STREAMS, Acks, Word
from vigie.runtime.mqtt import ConnectionLost
from vigie.testing import FakeClock


class Broker:
    """Takes what is published, while it is up."""

    def __init__(self) -> None:
        self.is_up = True
        self.published: list[tuple[str, dict[str, object]]] = []

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        assert not retain
        if not self.is_up:
            raise ConnectionLost("gone")
        self.published.append((topic, json.loads(payload)))
        return True


class Bench:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.broker = Broker()
        self.acks = Acks(self.broker, self.clock)

    def offer(self, through_seq: int, *, asked_s_ago: float = 0.0, event_id: str | None = None, stream_id: str = "s") -> None:
        self.acks.offer("pi", stream_id, through_seq, event_id, asked_at_s=self.clock.monotonic() - asked_s_ago)

    async def told(self) -> list[int]:
        """The numbers published so far, once what is due is out."""
        await self.clock.advance(1)
        return [body["through_seq"] for _, body in self.broker.published]


@pytest.fixture
async def bench():
    made = Bench()
    task = asyncio.create_task(made.acks.run())
    yield made
    task.cancel()


async def test_a_burst_makes_one_ack_with_the_id_of_the_event_there(bench):
    for seq in range(1, 50):
        bench.offer(seq, event_id=f"id-{seq}")
        bench.clock.turn(0.001)
    await wait_until_async(lambda: bench.broker.published, "an ack is out")
    assert bench.broker.published == [("acks/pi", {"stream_id": "s", "through_seq": 49, "event_id": "id-49"})]


async def test_a_server_that_has_less_than_before_is_believed_each_time_it_says_so(bench):
    bench.offer(100)
    assert await bench.told() == [100]
    for _ in range(2):
        bench.clock.turn(10)
        bench.offer(40)
        await bench.told()
    assert await bench.told() == [100, 40, 40]


async def test_a_heartbeats_answer_asked_before_an_upload_does_not_overtake_its_cursor(bench):
    bench.clock.turn(10)
    bench.offer(50)
    assert await bench.told() == [50]
    bench.offer(40, asked_s_ago=5)  # asked before, answered after
    assert await bench.told() == [50, 50]


async def test_of_two_answers_that_overlap_the_higher_stands(bench):
    bench.clock.turn(10)
    bench.offer(70, asked_s_ago=2)
    bench.clock.turn(1)
    bench.offer(60, asked_s_ago=2)
    bench.offer(80, asked_s_ago=2)
    assert await bench.told() == [80]


async def test_an_ack_that_finds_no_broker_is_not_an_end(bench):
    bench.broker.is_up = False
    bench.offer(1)
    assert await bench.told() == []
    bench.broker.is_up = True
    bench.offer(2)
    assert await bench.told() == [2]


async def test_streams_that_anybody_can_make_up_are_bounded(bench):
    for number in range(MAX_STREAMS + 50):
        bench.offer(1, stream_id=f"stream-{number}")
    bench.acks.offer("No Device", "s", 1, None, asked_at_s=0.0)
    assert len(bench.acks._words) == MAX_STREAMS
    await bench.told()
    assert {topic for topic, _ in bench.broker.published} == {"acks/pi"}


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10), st.integers(0, 100)), min_size=1, max_size=8))
def test_a_word_that_was_wholly_over_before_another_was_asked_for_never_stands(heard):
    words = sorted((Word(seq, None, start, start + length) for start, length, seq in heard), key=lambda word: word.answered_at_s)
    kept = words[0]
    for word in words[1:]:
        kept = word if word.stands_after(kept) else kept
        assert not any(other.asked_at_s >= kept.answered_at_s and other is not kept for other in words if other is word)


async def test_a_backlog_is_acknowledged_every_5000_events_and_not_only_every_second(bench):
    bench.offer(100)
    await wait_until_async(lambda: bench.broker.published, "the first ack is out")
    bench.offer(100 + HURRY_EVENTS - 1)
    bench.clock.turn(0.1)
    assert len(bench.broker.published) == 1
    bench.offer(100 + HURRY_EVENTS)
    await wait_until_async(lambda: len(bench.broker.published) == 2, "the next ack does not wait for its second")
    assert bench.broker.published[-1][1]["through_seq"] == 100 + HURRY_EVENTS
