"""What the bridge does with messages, whatever they are: each is spooled or acknowledged at once, and nothing raises."""

import asyncio
import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bridge.test_intake import payloads
from tests.waiting import wait_until_async
from vigie.bridge import inlet
from vigie.bridge.broker import Broker
from vigie.bridge.commands import CommandRelay
from vigie.bridge.inlet import MAX_WAITING_QOS0, Inlet
from vigie.bridge.mode import ModeRegister
from vigie.bridge.presence import MAX_ENTRIES, Presence
from vigie.bridge.spool import Spool
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


class Bench:
    def __init__(self, folder, spool=None):
        self.clock = FakeClock()
        self.presence = Presence(self.clock)
        broker = Broker()
        self.mode = ModeRegister(folder / "mode.json", broker, self.clock, writer="b")
        relay = CommandRelay(broker, self.presence)
        listeners = dict.fromkeys(("status", "states", "heartbeats"), self.presence.on_message)
        listeners |= {"results": relay.on_message, "site": self.mode.on_message}
        self.inlet = Inlet(spool, broker, listeners, self.clock)
        self.ears = Ears()


@given(topic=topic_texts, payload=bodies)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_bytes_on_any_topic_are_spooled_or_acknowledged(tmp_path, topic, payload):
    bench = Bench(tmp_path)
    bench.inlet._take(bench.ears, message(topic, payload))
    is_for_spool = topic.split("/")[0] in ("sensors", "replays")
    assert len(bench.inlet._waiting) == (1 if is_for_spool else 0)
    assert len(bench.ears.acknowledged) == (0 if is_for_spool else 1)


def test_an_old_brokers_memory_is_no_event(tmp_path):
    bench = Bench(tmp_path)
    old = Ears(is_mqtt5=False)
    bench.inlet._take(old, message(retain=True))
    assert (len(bench.inlet._waiting), len(old.acknowledged)) == (0, 1)
    bench.inlet._take(bench.ears, message(retain=True))  # MQTT 5 was asked for live ones only
    assert len(bench.inlet._waiting) == 1


def test_a_flood_at_qos_0_is_bounded_and_said(tmp_path, caplog):
    bench = Bench(tmp_path)
    for _ in range(MAX_WAITING_QOS0 + 10):
        bench.inlet._take(bench.ears, message(qos=0))
    bench.inlet._take(bench.ears, message(qos=1))
    assert len(bench.inlet._waiting) == MAX_WAITING_QOS0 + 1
    assert caplog.text.count("publish at QoS 1") == 1


async def test_a_flood_of_large_messages_at_qos_0_is_bounded_by_their_size(tmp_path, monkeypatch):
    monkeypatch.setattr(inlet, "MAX_WAITING_BYTES_QOS0", 5000)
    spool = await Spool.open(tmp_path / "spool.db", boot_id="b", clock=FakeClock())
    bench = Bench(tmp_path, spool)
    for _ in range(10):
        bench.inlet._take(bench.ears, message(payload=b" " * 1000, qos=0))
    assert len(bench.inlet._waiting) == 5
    committing = asyncio.create_task(bench.inlet.commit())
    await wait_until_async(lambda: spool.depth == 5, "the disk has taken them")
    bench.inlet._take(bench.ears, message(qos=0))
    await wait_until_async(lambda: spool.depth == 6, "there is room again")
    committing.cancel()
    await spool.close()


async def test_a_message_is_acknowledged_only_after_its_commit_also_on_a_full_disk(tmp_path, caplog):
    clock = FakeClock()
    spool = await Spool.open(tmp_path / "spool.db", boot_id="b", clock=clock)
    bench = Bench(tmp_path, spool)
    bench.inlet._clock = clock
    task = asyncio.create_task(bench.inlet.commit())
    try:
        await spool._do(lambda: spool._file._db.execute("PRAGMA max_page_count = 1"))
        bench.inlet._take(bench.ears, message(payload=json.dumps({"x": "y" * 60_000}).encode()))
        async with asyncio.timeout(5):
            while bench.inlet.disk_fault is None:
                await asyncio.sleep(0)
        assert bench.ears.acknowledged == []
        await spool._do(lambda: spool._file._db.execute("PRAGMA max_page_count = 100000"))
        async with asyncio.timeout(5):
            while not bench.ears.acknowledged:
                await clock.advance(1)
        assert (spool.depth, bench.inlet.disk_fault) == (1, None)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await spool.close()
    assert "nothing is acknowledged until it works again" in caplog.text


async def test_reports_that_the_server_is_too_slow_for_are_passed_on_once_newest_first_come(tmp_path):
    bench = Bench(tmp_path)
    for angle_deg in range(3):
        bench.inlet._take(bench.ears, message("states/pi/servo", json.dumps({"angle_deg": angle_deg}).encode()))
    bench.inlet._take(bench.ears, message("status/pi", b'{"state": "online"}'))
    first, second = await bench.presence.next_report(), await bench.presence.next_report()
    assert (first.kind, first.message.body) == ("state", {"angle_deg": 2})
    assert second.kind == "status"


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
