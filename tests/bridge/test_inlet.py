"""What the bridge does with messages, whatever they are: each is spooled or acknowledged at once, and nothing raises."""

import asyncio
import contextlib
import json
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bridge.test_intake import payloads
from tests.waiting import wait_until_async
from vigie.bridge import inlet
from vigie.bridge.broker import Broker
from vigie.bridge.commands import CommandRelay
from vigie.bridge.events_api import Unavailable
from vigie.bridge.inlet import MAX_WAITING_QOS0, Inlet
from vigie.bridge.mode import ModeRegister
from vigie.bridge.presence import MAX_ENTRIES, Presence
from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import SpooledRow
from vigie.protocol import topics
from vigie.runtime.mqtt import Message
from vigie.testing import FakeClock

topic_texts = st.one_of(
    st.builds("/".join, st.lists(st.sampled_from(["status", "states", "heartbeats", "results", "pi", "servo", ""]), max_size=4)),
    st.sampled_from(
        ["site/mode", "site/other", "status/pi", "states/pi/servo", "heartbeats/pi", "results/pi/servo", "sensors/pi/x"]
    ),
    st.text(max_size=12),
)
bodies = payloads | st.sampled_from([b'{"state": "online"}', b'{"mode": "night"}', b'{"mode": "night", "stamp": [1, 2, "x"]}', b""])


class Ears:
    """The part of a connection that the inlet uses while it listens."""

    def __init__(self, *, is_mqtt5: bool = True) -> None:
        self.is_mqtt5 = is_mqtt5
        self.acknowledged: list[Message] = []

    def acknowledge(self, message: Message) -> None:
        self.acknowledged.append(message)


def message(topic="sensors/pi/x", payload=b"{}", *, qos=1, retain=False, mid=1) -> Message:
    return Message(topic, payload, qos=qos, retain=retain, dup=False, mid=mid if qos else 0)


class Straight:
    """The way past the disk: to a server that takes nothing, until it `takes`."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.takes = False
        self.sent: list[SpooledRow] = []
        self.fault = ""

    async def send_straight(self, rows):
        if not self.takes:
            raise Unavailable("no server")
        self.sent += rows

    async def wait_straight(self, fault):
        self.fault = fault
        await self.clock.sleep(1)


class Bench:
    def __init__(self, folder, spool=None):
        self.clock = FakeClock()
        self.straight = Straight(self.clock)
        self.presence = Presence(self.clock)
        broker = Broker(self.clock)
        self.mode = ModeRegister(folder / "mode.json", broker, self.clock, writer="b")
        relay = CommandRelay(broker, self.presence)
        listeners = dict.fromkeys(("status", "states", "heartbeats"), self.presence.on_message)
        listeners |= {"results": relay.on_message, "site": self.mode.on_message}
        self.inlet = Inlet(spool, self.straight, broker, listeners, self.clock)
        self.ears = Ears()


@given(topic=topic_texts, payload=bodies)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_bytes_on_any_topic_are_spooled_or_acknowledged(tmp_path, topic, payload):
    bench = Bench(tmp_path)
    bench.inlet._take(bench.ears, message(topic, payload))
    is_for_spool = topic.split("/")[0] in ("sensors", "replays")
    assert bench.inlet.waiting == (1 if is_for_spool else 0)
    assert len(bench.ears.acknowledged) == (0 if is_for_spool else 1)


def test_an_old_brokers_memory_is_no_event(tmp_path):
    bench = Bench(tmp_path)
    old = Ears(is_mqtt5=False)
    bench.inlet._take(old, message(retain=True))
    assert (bench.inlet.waiting, len(old.acknowledged)) == (0, 1)
    bench.inlet._take(bench.ears, message(retain=True))  # MQTT 5 was asked for live ones only
    assert bench.inlet.waiting == 1


def test_a_flood_at_qos_0_is_bounded_and_said(tmp_path, caplog):
    bench = Bench(tmp_path)
    for _ in range(MAX_WAITING_QOS0 + 10):
        bench.inlet._take(bench.ears, message(qos=0))
    bench.inlet._take(bench.ears, message(qos=1))
    assert bench.inlet.waiting == MAX_WAITING_QOS0 + 1
    assert caplog.text.count("publish at QoS 1") == 1


async def test_a_flood_of_large_messages_at_qos_0_is_bounded_by_their_size(tmp_path, monkeypatch):
    monkeypatch.setattr(inlet, "MAX_WAITING_BYTES_QOS0", 5000)
    spool = await Spool.open(tmp_path / "spool.db", boot_id="b", clock=FakeClock())
    bench = Bench(tmp_path, spool)
    for _ in range(10):
        bench.inlet._take(bench.ears, message(payload=b" " * 1000, qos=0))
    assert bench.inlet.waiting == 5
    committing = asyncio.create_task(bench.inlet.commit())
    await wait_until_async(lambda: spool.depth == 5, "the disk has taken them")
    bench.inlet._take(bench.ears, message(qos=0))
    await wait_until_async(lambda: spool.depth == 6, "there is room again")
    committing.cancel()
    await spool.close()


@asynccontextmanager
async def committing(tmp_path):
    """An inlet whose spool file has no room for a message as large as `BIG`."""
    clock = FakeClock()
    spool = await Spool.open(tmp_path / "spool.db", boot_id="b", clock=clock)
    bench = Bench(tmp_path, spool)
    bench.inlet._clock = bench.straight.clock = bench.clock = clock
    await spool.disk.do(lambda file: file._db.execute("PRAGMA max_page_count = 1"))
    task = asyncio.create_task(bench.inlet.commit())
    try:
        yield bench, spool
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await spool.close()


BIG = json.dumps({"x": "y" * 60_000}).encode()


async def make_room(spool: Spool) -> None:
    await spool.disk.do(lambda file: file._db.execute("PRAGMA max_page_count = 100000"))


async def test_a_message_is_acknowledged_only_after_its_commit_also_on_a_full_disk(tmp_path, caplog):
    async with committing(tmp_path) as (bench, spool):
        bench.inlet._take(bench.ears, message(payload=BIG))
        await wait_until_async(lambda: bench.straight.fault, "neither disk nor server takes it")
        assert bench.ears.acknowledged == []
        assert "full" in spool.disk.fault
        await make_room(spool)

        async def is_acknowledged():
            await bench.clock.advance(1)
            return bench.ears.acknowledged

        await wait_until_async(is_acknowledged, "it is acknowledged")
        assert (spool.depth, spool.disk.fault) == (1, None)
    assert caplog.text.count("until it works again") == 1


async def test_on_a_full_disk_a_message_goes_straight_to_the_server_and_is_acknowledged_then(tmp_path):
    async with committing(tmp_path) as (bench, spool):
        bench.straight.takes = True
        bench.inlet._take(bench.ears, message(payload=BIG, mid=7))
        await wait_until_async(lambda: bench.ears.acknowledged, "it is acknowledged")
        assert [json.loads(row.item)["details"]["x"][0] for row in bench.straight.sent] == ["y"]
        assert spool.depth == 0
        again = Message("sensors/pi/x", BIG, qos=1, retain=False, dup=True, mid=7)
        await make_room(spool)
        bench.inlet._take(bench.ears, again)  # the PUBACK was lost
        await wait_until_async(lambda: len(bench.ears.acknowledged) == 2, "it is acknowledged again")
        assert (spool.depth, len(bench.straight.sent)) == (0, 1)


async def test_acknowledgements_keep_the_order_of_arrival_although_live_events_are_stored_first(tmp_path):
    spool = await Spool.open(tmp_path / "spool.db", boot_id="b", clock=FakeClock())
    bench = Bench(tmp_path, spool)
    for mid in range(1, 11):
        bench.inlet._take(bench.ears, message("replays/pi", b'{"events": []}' + b" " * 60_000, mid=mid))
    bench.inlet._take(bench.ears, message(mid=11))
    task = asyncio.create_task(bench.inlet.commit())
    await wait_until_async(lambda: len(bench.ears.acknowledged) == 11, "all are acknowledged")
    assert [one.mid for one in bench.ears.acknowledged] == list(range(1, 12))
    task.cancel()
    await spool.close()


async def test_reports_that_the_server_is_too_slow_for_are_passed_on_once_newest_first_come(tmp_path):
    bench = Bench(tmp_path)
    for angle_deg in range(3):
        bench.inlet._take(bench.ears, message("states/pi/servo", json.dumps({"angle_deg": angle_deg}).encode()))
    bench.inlet._take(bench.ears, message("status/pi", b'{"state": "online"}'))
    first, second = await bench.presence.next_report(), await bench.presence.next_report()
    assert (first.kind, first.message.body) == ("state", {"angle_deg": 2})
    assert second.kind == "status"


async def test_what_somebody_has_cleared_is_passed_on_as_an_empty_body_and_said_again_to_a_new_server(tmp_path):
    bench = Bench(tmp_path)
    for topic in ("status/pi", "states/pi/servo", "heartbeats/pi"):
        bench.inlet._take(bench.ears, message(topic, b""))
    for _ in range(2):
        reports = [await bench.presence.next_report() for _ in range(2)]
        assert [(report.kind, report.message.body) for report in reports] == [("status", {}), ("state", {})]
        bench.presence.repeat_all()


def test_an_empty_object_is_no_status_and_clears_nothing(tmp_path):
    bench = Bench(tmp_path)
    bench.inlet._take(bench.ears, message("status/pi", b"{}"))
    assert not bench.presence._latest


async def test_an_old_heartbeat_is_not_told_to_a_new_server_as_if_it_were_news(tmp_path):
    bench = Bench(tmp_path)
    bench.inlet._take(bench.ears, message("heartbeats/pi", b'{"boot_id": "b", "beat": 1, "stream_id": "s", "last_seq": 0}', qos=0))
    bench.inlet._take(bench.ears, message("status/pi", b'{"state": "online"}'))
    bench.clock.turn(15)
    bench.presence.repeat_all()
    report = await bench.presence.next_report()
    assert (report.kind, report.message.retained) == ("status", True)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.presence.next_report(), 0.01)
    assert bench.presence.heartbeat("pi") is not None
    bench.clock.turn(15)
    assert bench.presence.heartbeat("pi") is None


def test_states_of_more_devices_than_there_can_be_do_not_fill_the_memory(tmp_path):
    bench = Bench(tmp_path)
    for number in range(MAX_ENTRIES + 50):
        bench.inlet._take(bench.ears, message(topics.state(f"pi-{number}", "servo"), b"{}"))
    assert len(bench.presence._latest) == MAX_ENTRIES
