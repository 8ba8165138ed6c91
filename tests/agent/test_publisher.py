"""What the publisher does with the log and the broker: live in order and once, pages that fit, and what a refusal means.

When which event is sent again is `tests/domain/test_replay.py`'s.
"""

import asyncio
import json

import pytest

from tests.agent.test_event_log import draft
from vigie.agent.event_log import EventLog
from vigie.agent.publisher import LIVE_UNANSWERED, Publisher
from vigie.protocol.codec import MAX_PAYLOAD_BYTES
from vigie.protocol.events import BROKER_KEEPS_S
from vigie.protocol.states import Ack, ReplayPage
from vigie.runtime.mqtt import PublishRefused


class FakeConnection:
    """A broker link by hand: takes everything; while `holds`, gives no PUBACK."""

    def __init__(self):
        self.sent, self.holds, self.refuses, self.is_heard = [], False, False, True
        self._release = asyncio.Event()

    async def publish(self, topic, payload, *, qos=1, retain=False, expiry_s=None):
        assert (qos, retain) == (1, False)
        assert expiry_s == (BROKER_KEEPS_S if topic.startswith("sensors/") else None)
        self.sent.append((topic, json.loads(payload), len(payload)))
        if self.refuses:
            raise PublishRefused(topic, "not authorized")
        if self.holds:
            await self._release.wait()
        return self.is_heard

    def release(self):
        self.holds = False
        self._release.set()

    def live(self):
        return [body["meta"]["seq"] for topic, body, _ in self.sent if topic.startswith("sensors/")]

    def replayed(self):
        pages = [ReplayPage.model_validate(body) for topic, body, _ in self.sent if topic.startswith("replays/")]
        return [item.payload["meta"]["seq"] for page in pages for item in page.events]


class Office:
    """A publisher on a real log and a fake clock, connected."""

    def __init__(self, folder, clock, faults):
        self.clock, self.connection = clock, FakeConnection()
        self.log = EventLog(folder, faults, clock)
        self.publisher = Publisher("raspberry-01", "boot", self.log, faults, clock)
        self.log.on_accepted.append(self.publisher.offer)
        self.log.start()
        self.tasks = []

    async def connect(self):
        self.connection = FakeConnection()
        self.tasks = [asyncio.ensure_future(self.publisher.run(self.connection))]
        await self.clock.advance(0)

    def disconnect(self):
        for task in self.tasks:
            task.cancel()

    async def accept(self, count, boot_id="boot", age_s=0.0):
        mono_ms = round((self.clock.monotonic() - age_s) * 1000)
        for _ in range(count):
            self.log.accept(draft(mono_ms, boot_id=boot_id))
        await self.log.flush()

    async def advance(self, seconds):
        """Turns the clock; the log's thread gets its turn at each quarter of a second."""
        for _ in range(round(seconds * 4)):
            await self.clock.advance(0.25)
            await self.log.flush()

    async def settle(self):
        """Until the pages that may go at this moment have gone."""
        sent = None
        while sent != len(self.connection.sent):
            sent = len(self.connection.sent)
            for _ in range(10):
                await self.log.flush()
                await asyncio.sleep(0)

    async def ack(self, through_seq, stream_id=None):
        await self.publisher.acknowledge(Ack(stream_id=stream_id or self.log.stream_id, through_seq=through_seq))


@pytest.fixture
async def office(tmp_path, clock, faults):
    made = Office(tmp_path, clock, faults)
    yield made
    made.disconnect()
    made.log.close()


async def test_live_events_keep_their_order_within_a_window(office):
    await office.connect()
    office.connection.holds = True
    await office.accept(50)
    await office.advance(0.5)
    assert office.connection.live() == list(range(1, LIVE_UNANSWERED + 1))
    office.connection.release()
    await office.advance(0.5)
    assert office.connection.live() == list(range(1, 51))


async def test_without_acknowledgements_nothing_is_replayed(office):
    await office.connect()
    await office.accept(3)
    await office.advance(60)
    assert office.connection.replayed() == []


async def test_what_is_acknowledged_is_not_replayed_and_the_rest_is_after_three_seconds(office):
    await office.connect()
    await office.accept(3)
    await office.advance(1)
    await office.ack(2)
    await office.advance(1)
    assert office.connection.replayed() == []
    await office.advance(2)
    assert office.connection.replayed() == [3]


async def test_what_went_out_on_a_lost_connection_is_replayed_at_the_first_ack_of_the_next(office):
    await office.connect()
    await office.accept(3)
    await office.ack(0)
    await office.advance(0.5)
    office.disconnect()
    await office.connect()
    await office.advance(0.5)
    assert office.connection.sent == []
    await office.ack(1)
    await office.advance(0.5)
    assert office.connection.replayed() == [2, 3]


async def test_what_nobody_listened_to_is_replayed_at_the_first_ack(office):
    await office.connect()
    office.connection.is_heard = False
    await office.accept(2)
    await office.advance(0.5)
    office.connection.is_heard = True
    await office.ack(0)
    await office.advance(0.5)
    assert office.connection.replayed() == [1, 2]


async def test_old_news_is_never_live(office):
    await office.accept(2, age_s=6)
    await office.accept(1, boot_id="boot-before")
    await office.accept(1)
    await office.connect()
    await office.ack(0)
    await office.advance(2)
    assert office.connection.live() == [4]
    assert office.connection.replayed() == [1, 2, 3]
    ages = [item["age_ms"] for _, body, _ in office.connection.sent if "events" in body for item in body["events"]]
    assert ages[0] >= 6000
    assert ages[2] is None


async def test_pages_fit_into_a_payload_and_cover_everything_in_order(office):
    await office.accept(2000, age_s=100)
    await office.connect()
    await office.ack(0)
    for _ in range(12):
        await office.advance(1)
        await office.ack(max(office.connection.replayed(), default=0))
    assert office.connection.replayed() == list(range(1, 2001))
    assert max(size for _, _, size in office.connection.sent) <= MAX_PAYLOAD_BYTES


async def test_pages_that_nobody_acknowledges_stop_and_are_sent_again_later(office):
    for _ in range(3):
        await office.accept(8000, age_s=100)
    await office.connect()
    await office.ack(0)
    await office.settle()
    sent = office.connection.replayed()
    assert 17_000 < len(sent) <= 20_000
    await office.advance(9)
    assert office.connection.replayed() == sent
    await office.ack(0)  # the bridge lives, but has not got them
    await office.advance(1)
    await office.settle()
    again = office.connection.replayed()[len(sent) :]
    assert again == list(range(1, 1001))


async def test_a_log_that_begins_again_is_replayed_from_its_start(office):
    await office.accept(5, age_s=100)
    await office.connect()
    await office.ack(0)
    await office.advance(1)
    await office.ack(3)
    first_stream = office.log.stream_id
    await office.ack(6)  # the server has more of this stream than the log: it is an old copy
    await office.ack(0)
    await office.advance(0.5)
    assert office.log.stream_id != first_stream
    assert office.connection.replayed() == [1, 2, 3, 4, 5, 1, 2]  # those after 3, by their new numbers


async def test_what_is_owed_is_sent_though_the_server_has_it(office):
    await office.accept(5, age_s=100)
    await office.connect()
    await office.ack(5)
    await office.advance(1)
    assert office.connection.replayed() == []
    for listener in office.log.on_owed:
        listener(4)
    await office.advance(1)
    assert office.connection.replayed() == [4, 5]


async def test_replays_rest_when_acks_stop_coming(office):
    await office.accept(10, age_s=100)
    await office.connect()
    await office.advance(25)
    assert office.connection.sent == []
    await office.ack(0)
    await office.advance(2)
    assert office.connection.replayed() == list(range(1, 11))


async def test_a_refused_event_is_a_fault_and_comes_as_a_replay(office, faults):
    await office.connect()
    office.connection.refuses = True
    await office.accept(1)
    await office.advance(1)
    assert faults.names() == ("publish_refused",)
    office.connection.refuses = False
    await office.ack(0)
    await office.advance(7)
    assert office.connection.replayed() == [1]


async def test_live_events_go_before_replays(office):
    await office.accept(3000, age_s=100)
    await office.connect()
    office.connection.holds = True
    await office.accept(30)
    await office.ack(0)
    await office.advance(0.75)
    assert office.connection.replayed() == []
    assert len(office.connection.live()) == LIVE_UNANSWERED
    office.connection.release()
    await office.advance(1)
    await office.settle()
    assert len(office.connection.live()) == 30
    assert office.connection.replayed() == list(range(1, 3001))


async def test_faults_of_the_way_end_with_the_ack_that_makes_them_void(office, faults):
    await office.connect()
    office.connection.refuses = True
    await office.accept(1)
    await office.ack(0)
    await office.advance(4)
    assert faults.names() == ("publish_refused", "replay_failed")
    await office.ack(1)
    await office.advance(1)
    assert faults.names() == ()


async def test_a_refusal_in_an_earlier_stream_is_no_fault_of_the_new_one(office, faults):
    await office.connect()
    office.connection.refuses = True
    await office.accept(1)
    await office.advance(1)
    assert faults.names() == ("publish_refused",)
    office.connection.refuses = False
    await office.ack(9)  # the log is an old copy: it begins a new stream
    await office.advance(1)
    assert faults.names() == ("log_was_copied",)
    await office.ack(0)
    await office.advance(1)
    assert office.connection.replayed() == [1]
