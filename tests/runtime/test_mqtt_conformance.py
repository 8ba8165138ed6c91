"""One suite for every broker that Vigie runs on: what `runtime/mqtt.py` gets from Mosquitto and from the embedded amqtt.

Where amqtt keeps less than MQTT promises, the test says so: that part is what the replay from the Pis' own logs carries.
"""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from paho.mqtt.client import MQTTv5, MQTTv311

from tests.brokers import RunningBroker
from tests.waiting import wait_until_async
from vigie.deploy.broker import free_port
from vigie.runtime.broker_errors import BrokerRefused
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import SystemClock
from vigie.runtime.mqtt import Connection, ConnectionLost, Identity, Message, Will, connect, keep_connected


@pytest.fixture(scope="module", params=["mosquitto", "embedded"])
def broker(request, tmp_path_factory):
    running = RunningBroker(request.param, tmp_path_factory.mktemp(request.param), port=free_port())
    yield running
    running.stop()


def is_embedded(broker: RunningBroker) -> bool:
    return broker.program.name == "embedded broker"


def open_connection(broker: RunningBroker, identity: Identity | str):
    """A connection in the version that the broker speaks."""
    if isinstance(identity, str):
        identity = Identity(identity)
    protocol = MQTTv311 if is_embedded(broker) else MQTTv5
    return connect(BrokerSettings(url=broker.address), identity, protocol=protocol)


async def take(connection: Connection, count: int, *, within_s: float = 5.0) -> list[Message]:
    """The next messages: `count`, or as many as came in time."""
    taken: list[Message] = []
    messages: AsyncIterator[Message] = connection.messages()
    try:
        async with asyncio.timeout(within_s):
            while len(taken) < count:
                taken.append(await anext(messages))
    except TimeoutError:
        pass
    return taken


async def test_a_published_message_arrives_as_it_was_sent(broker):
    async with open_connection(broker, "plain") as connection:
        await connection.subscribe("plain/#")
        await connection.publish("plain/a", b"\x00\xff{}", qos=1)
        await connection.publish("plain/b", b"", qos=0)
        first, second = await take(connection, 2)
    assert (first.topic, first.payload, first.qos, first.retain, first.dup) == ("plain/a", b"\x00\xff{}", 1, False, False)
    assert (second.topic, second.payload) == ("plain/b", b"")
    assert second.qos == (1 if is_embedded(broker) else 0)  # amqtt delivers at the subscription's QoS


async def test_a_packet_leaves_at_once_though_the_one_before_it_is_not_acknowledged(broker):
    async with open_connection(broker, "hasty") as connection:
        assert connection._client.socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_messages_of_one_sender_keep_their_order(broker):
    async with open_connection(broker, "order-in") as receiver, open_connection(broker, "order-out") as sender:
        await receiver.subscribe("order/#")
        await asyncio.gather(*(sender.publish("order/a", str(number).encode()) for number in range(200)))
        assert [int(message.payload) for message in await take(receiver, 200)] == list(range(200))


async def test_publish_tells_whether_somebody_listens_where_the_broker_says_so(broker):
    async with open_connection(broker, "listener") as connection:
        heard = await connection.publish("nobody/here", b"x")
        assert heard is is_embedded(broker)  # 3.1.1 has no word for it
        await connection.subscribe("somebody/#")
        assert await connection.publish("somebody/here", b"x") is True


async def test_the_broker_tells_what_is_left_of_a_messages_expiry_where_it_knows_one(broker):
    identity = Identity("expiry", persistent=True)
    async with open_connection(broker, identity) as receiver:
        await receiver.subscribe("expiry/#")
        await receiver.publish("expiry/live", b"", expiry_s=1000)
        await receiver.publish("expiry/for-ever", b"")
        live, for_ever = await take(receiver, 2)
        assert (live.expires_in_s, for_ever.expires_in_s) == (None if is_embedded(broker) else 1000, None)
    if is_embedded(broker):
        return
    waiting = Identity("expiry", persistent=True, manual_ack=True)

    async def left_s() -> int:
        async with open_connection(broker, waiting) as again:  # it acknowledges nothing: the broker goes on waiting
            return (await take(again, 1))[0].expires_in_s

    async with open_connection(broker, "expiry-out") as sender:
        await sender.publish("expiry/kept", b"", expiry_s=1000)

    async def is_less() -> bool:
        return 990 <= await left_s() < 1000

    await wait_until_async(is_less, "the expiry runs down while the broker waits")


async def test_a_retained_message_comes_with_the_subscription(broker):
    async with open_connection(broker, "keeper") as connection:
        await connection.publish("kept/state", b"{}", retain=True)
    async with open_connection(broker, "latecomer") as connection:
        await connection.subscribe("kept/#")
        (message,) = await take(connection, 1)
        assert (message.payload, message.retain) == (b"{}", True)
        await connection.publish("kept/state", b"", retain=True)


async def test_the_retain_flag_of_a_live_message_is_passed_on_or_not_as_asked(broker):
    async with open_connection(broker, "flags-a") as as_published, open_connection(broker, "flags-b") as as_in_311:
        await as_published.subscribe("flags/#")
        await as_in_311.subscribe("flags/#", retain_as_published=False)
        await as_published.publish("flags/a", b"1", retain=True)
        (seen,) = await take(as_published, 1)
        (other,) = await take(as_in_311, 1)
        assert seen.retain is not is_embedded(broker)  # 3.1.1 cannot ask for it
        assert other.retain is False
        await as_published.publish("flags/a", b"", retain=True)


async def test_retained_messages_can_be_declined(broker):
    async with open_connection(broker, "declining") as connection:
        await connection.publish("declined/a", b"old", retain=True)
        await connection.subscribe("declined/#", send_retained=False)
        await connection.publish("declined/b", b"live")
        messages = await take(connection, 2, within_s=2.0 if is_embedded(broker) else 0.3)
        wanted = [message.payload for message in messages if not message.retain]
        assert wanted == [b"live"]
        # 3.1.1 has no way to decline; there the flag on what comes is how to tell.
        assert len(messages) == (2 if is_embedded(broker) else 1)
        await connection.publish("declined/a", b"", retain=True)


async def test_the_last_will_is_sent_when_the_client_vanishes_and_not_when_it_says_goodbye(broker):
    will = Will("wills/pi", b"offline")
    async with open_connection(broker, "will-watch") as watcher:
        await watcher.subscribe("wills/#")
        async with open_connection(broker, Identity("will-polite", will=will)):
            pass
        async with open_connection(broker, Identity("will-gone", will=Will("wills/gone", b"offline"))) as victim:
            victim.fail(ConnectionLost("pulled"))
            victim._shut()
        messages = await take(watcher, 1)
        assert [(message.topic, message.payload) for message in messages] == [("wills/gone", b"offline")]


async def test_what_was_not_acknowledged_comes_again_after_a_reconnect(broker):
    identity = Identity("unacked", persistent=True, manual_ack=True)
    async with open_connection(broker, identity) as receiver, open_connection(broker, "unacked-out") as sender:
        assert receiver.session_present is False
        await receiver.subscribe("unacked/#")
        for number in range(6):
            await sender.publish("unacked/a", str(number).encode())
        first = await take(receiver, 6)
        for message in first[:2]:
            receiver.acknowledge(message)
        # A round trip on the same connection: the broker has read both PUBACKs before the connection ends.
        await receiver.publish("elsewhere", b"")
        receiver.fail(ConnectionLost("pulled"))
        receiver._shut()
    async with open_connection(broker, identity) as receiver:
        assert receiver.session_present is True
        again = await take(receiver, 4, within_s=2.0)
        for message in again:
            receiver.acknowledge(message)
    if is_embedded(broker):
        again = [message for message in again if message.topic == "unacked/a"]  # amqtt adds others' retained ones
    payloads = [int(message.payload) for message in again]
    if is_embedded(broker):
        # amqtt forgets what it had already handed out: from there on only the replay brings it back.
        assert payloads == sorted(payloads)
        assert set(payloads) <= {2, 3, 4, 5}
    else:
        assert payloads == [2, 3, 4, 5]
        assert all(message.dup for message in again)
        by_number = {int(message.payload): message.mid for message in first}
        assert [message.mid for message in again] == [by_number[number] for number in payloads]


async def test_an_absent_session_finds_its_messages_or_the_replay_has_to_carry_them(broker):
    identity = Identity("absent", persistent=True, manual_ack=True)
    async with open_connection(broker, identity) as receiver:
        await receiver.subscribe("absent/#")
    async with open_connection(broker, "absent-out") as sender:
        for number in range(50):  # every one of them gets its PUBACK, whatever becomes of it
            await sender.publish("absent/a", str(number).encode())
    async with open_connection(broker, identity) as receiver:
        kept = await take(receiver, 50, within_s=2.0 if is_embedded(broker) else 5.0)
        messages = [int(message.payload) for message in kept]
        for message in kept:
            receiver.acknowledge(message)
    if is_embedded(broker):
        # Measured: 1 of 50. The acknowledgements above were no promise; the Pis' logs are.
        assert len(messages) < 50
        assert set(messages) < set(range(50))
    else:
        assert messages == list(range(50))


async def test_a_second_client_under_our_id_takes_over(broker):
    async with open_connection(broker, "twin") as first, open_connection(broker, "watch") as watcher:
        await first.subscribe("twin/#")
        async with open_connection(broker, "twin") as second:
            await second.subscribe("twin/#")
            await watcher.publish("twin/a", b"1")
            assert [message.payload for message in await take(second, 1)] == [b"1"]
            if is_embedded(broker):  # amqtt leaves the first one deaf instead of cutting it off
                assert await take(first, 1, within_s=0.2) == []
                return
            await wait_until_async(lambda: first._lost, "the first one is cut off")
            with pytest.raises(ConnectionLost):
                await first.publish("twin/a", b"")


async def test_the_version_is_found_out_by_trying(broker):
    versions: list[bool] = []

    async def session(connection: Connection) -> None:
        versions.append(connection.is_mqtt5)

    async with asyncio.timeout(10):
        await keep_connected(BrokerSettings(url=broker.address), Identity("auto"), session, clock=SystemClock())
    assert versions == [not is_embedded(broker)]


async def test_a_sign_of_life_comes_after_all_that_was_sent_before(broker):
    async with open_connection(broker, "asker") as connection:
        await connection.subscribe("asker/#")
        for _ in range(3):
            await connection.publish("asker/a", b"", qos=0)
            await connection.ping()
        if not is_embedded(broker):  # amqtt answers before it has handed over the last of them
            assert connection._inbox.qsize() == 3
        connection._client._send_pingreq()  # paho's own: its answer is none of ours
        await asyncio.gather(connection.ping(), connection.ping())


async def test_who_waits_for_a_sign_of_life_hears_of_the_loss(tmp_path, broker):
    own = RunningBroker("embedded" if is_embedded(broker) else "mosquitto", tmp_path / "own", port=free_port())
    try:
        async with open_connection(own, "asker") as connection:
            own.freeze()
            asking = asyncio.create_task(connection.ping())
            await asyncio.sleep(0)
            own.kill()
            with pytest.raises(ConnectionLost):
                await asking
            with pytest.raises(ConnectionLost):
                await connection.ping()
    finally:
        own.stop()


async def test_a_lost_broker_is_connected_to_again_and_again(tmp_path, broker):
    kind = "embedded" if is_embedded(broker) else "mosquitto"
    own = RunningBroker(kind, tmp_path / "own", port=free_port())
    settings = BrokerSettings(url=own.address, protocol=own.program.protocol)
    sessions, losses = [], []

    async def session(connection: Connection) -> None:
        sessions.append(connection)
        async for _ in connection.messages():
            pass

    keeper = asyncio.create_task(keep_connected(settings, Identity("again"), session, clock=SystemClock(), on_lost=losses.append))
    try:
        for round_ in range(1, 3):
            await wait_until_async(lambda: len(sessions) == round_, f"session {round_}")  # noqa: B023 - awaited at once
            before = len(losses)
            own.kill()
            await wait_until_async(lambda: len(losses) > before, "the loss is noticed")  # noqa: B023
            own.start()
        await wait_until_async(lambda: len(sessions) == 3, "the third session")
        assert not keeper.done()
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        own.stop()


@pytest.mark.parametrize("filter_", ["bad/#/filter"])
async def test_a_subscription_that_is_no_filter_is_an_error(broker, filter_):
    async with open_connection(broker, "filters") as connection:
        with pytest.raises(ValueError, match="Invalid subscription filter"):
            await connection.subscribe(filter_)


def test_a_refusal_names_what_to_check():
    error = BrokerRefused(BrokerSettings(url="h:1"), 135, "Not authorized")
    assert "MQTT_USERNAME" in str(error)
