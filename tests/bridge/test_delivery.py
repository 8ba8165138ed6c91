"""Nothing is lost and nothing is stored twice, whichever side goes away."""

import asyncio
import json

from tests.bridge.conftest import (
    STREAM,
    bridge_is_up,
    bridge_listens,
    heartbeat,
    payload,
    publish_events,
    rows_in,
    running_bridge,
    sequence,
)
from tests.bridge.stub_server import answer_500
from tests.brokers import RunningBroker
from tests.waiting import wait_until_async
from vigie.deploy.broker import free_port
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.mqtt import ConnectionLost, Identity, connect


async def stored(server, count, within_s=10.0):
    await wait_until_async(lambda: len(server.stored) >= count, f"{count} events are stored", within_s=within_s)


async def test_a_sensors_message_reaches_the_server_as_an_event(bridge, device, server):
    await device.publish("sensors/pi/motion", b'{"confidence": 0.95, "location": "entrance"}')
    await stored(server, 1)
    event = server.stored[0]
    assert event["type"] == "motion_detected"
    assert event["device_id"] == "pi"
    assert event["details"] == {"confidence": 0.95, "location": "entrance"}
    assert "late" not in event


async def test_events_arrive_once_and_in_order(bridge, device, server):
    await publish_events(device, 1, 200)
    await stored(server, 200)
    assert sequence(server) == list(range(1, 201))
    assert server.duplicates == 0


async def test_a_server_that_is_away_for_a_while_gets_everything_when_it_is_back(bridge, device, server):
    await publish_events(device, 1, 50)
    await stored(server, 50)
    await server.stop()
    await publish_events(device, 51, 150)
    await server.start()
    await publish_events(device, 151, 200)
    await stored(server, 200)
    assert sequence(server) == list(range(1, 201))


async def test_a_server_that_answers_500_gets_the_same_events_until_it_takes_them(bridge, device, server):
    server.fault = answer_500
    await publish_events(device, 1, 20)
    await wait_until_async(lambda: server.headers, "an attempt")
    server.fault = None
    await stored(server, 20)
    assert sequence(server) == list(range(1, 21))


async def test_an_answer_that_is_cut_off_stores_nothing_twice(settings, device, server, link):
    link.cut_replies_after = 20
    async with running_bridge(settings.model_copy(update={"backend_url": link.url})):
        await bridge_listens(device)
        await publish_events(device, 1, 20)
        await wait_until_async(lambda: len(server.batches) >= 2, "the bridge has tried again")
        link.cut_replies_after = None
        link.cut()
        await wait_until_async(lambda: sequence(server) == list(range(1, 21)), "all are stored, in order")
        await wait_until_async(lambda: server.duplicates, "some came twice")


async def test_a_broker_that_restarts_empty_is_found_again(bridge, mosquitto, server):
    broker = BrokerSettings(url=mosquitto.address)
    async with connect(broker, Identity("pi-1")) as device:
        await publish_events(device, 1, 10)
    await stored(server, 10)
    mosquitto.restart()
    await wait_until_async(lambda: not server.reported("health")[-1]["broker_connected"], "the bridge says that the broker is gone")
    await bridge_is_up(server)
    async with connect(broker, Identity("pi-2")) as device:
        await publish_events(device, 11, 20)
    await stored(server, 20)
    assert sequence(server) == list(range(1, 21))


async def test_events_wait_at_the_broker_while_the_bridge_is_away(settings, device, server):
    async with running_bridge(settings):
        await bridge_is_up(server)
    await publish_events(device, 1, 100)
    async with running_bridge(settings):
        await stored(server, 100)
    assert sequence(server) == list(range(1, 101))


async def test_a_bridge_that_finds_its_spool_full_uploads_it_first(settings, device, server):
    server.fault = answer_500
    async with running_bridge(settings):
        await bridge_is_up(server)
        await publish_events(device, 1, 30)
        await wait_until_async(lambda: server.headers, "an attempt")
        await wait_until_async(lambda: rows_in(settings.data_dir) == 30, "30 are spooled")
    server.fault = None
    async with running_bridge(settings):
        await stored(server, 30)
    assert sequence(server) == list(range(1, 31))


async def test_a_replay_page_brings_back_what_is_missing_and_tells_its_age(bridge, device, server):
    page = {
        "events": [
            {"sensor": "motion", "payload": json.loads(payload(1)), "age_ms": 3_600_000},
            {"sensor": "motion", "payload": {"no": "meta"}, "age_ms": 0},
            {"sensor": "motion", "payload": json.loads(payload(2)), "age_ms": 4000},
            {"sensor": "button", "payload": json.loads(payload(3, state="pressed")), "age_ms": None},
        ]
    }
    await device.publish("replays/pi", json.dumps(page).encode())
    await device.publish("replays/pi", json.dumps(page).encode())
    await stored(server, 3)
    await device.publish("replays/pi", json.dumps({"events": [{"sensor": "motion", "payload": json.loads(payload(4))}]}).encode())
    await stored(server, 4)
    assert [(event["seq"], event["type"], event.get("late", False)) for event in server.stored] == [
        (1, "motion_detected", True),
        (2, "motion_detected", False),
        (3, "button_pressed", True),
        (4, "motion_detected", True),
    ]
    assert [item["reason"] for item in server.quarantined] == ["a replayed event without meta cannot be told from a new one"]


async def test_after_an_upload_the_device_hears_how_far_the_server_is(bridge, device, server):
    await device.subscribe("acks/pi")
    await publish_events(device, 1, 100)
    seen = []
    async with asyncio.timeout(5):
        async for message in device.messages():
            seen.append(json.loads(message.payload))
            if seen[-1]["through_seq"] == 100:
                break
    assert all(ack["stream_id"] == STREAM for ack in seen)
    assert len(seen) <= 3  # a burst makes one ack, and one for what came after it


async def test_a_heartbeat_is_answered_with_what_the_server_has(bridge, device, server):
    server.through_seq[STREAM] = 41
    await device.subscribe("acks/pi")
    await device.publish("heartbeats/pi", heartbeat(last_seq=50), qos=0)
    async with asyncio.timeout(5):
        message = await anext(device.messages())
    assert json.loads(message.payload) == {"stream_id": STREAM, "through_seq": 41}


async def test_a_heartbeat_is_not_answered_while_its_events_are_still_here(bridge, device, server):
    server.fault = answer_500
    await publish_events(device, 1, 5)
    await wait_until_async(lambda: server.headers, "an attempt")
    await device.subscribe("acks/pi")
    await device.publish("heartbeats/pi", heartbeat(last_seq=5), qos=0)
    await wait_until_async(lambda: server.reported("heartbeat"), "the server has the heartbeat")
    server.fault = None
    async with asyncio.timeout(10):
        message = await anext(device.messages())
    assert json.loads(message.payload)["through_seq"] > 0  # the upload's ack, not the heartbeat's 0 before it


async def test_a_redelivered_third_party_message_is_stored_once(settings, server, mosquitto):
    """The bridge has committed, the broker has not seen the PUBACK: it delivers again, with DUP."""
    broker = BrokerSettings(url=mosquitto.address)
    identity = Identity(settings.bridge_id, persistent=True, manual_ack=True)
    async with running_bridge(settings):
        await bridge_is_up(server)
    async with connect(broker, Identity("third-party")) as sender:
        await sender.publish("sensors/pi/door", b'{"open": true}')
        await sender.publish("sensors/pi/door", b'{"open": true}')
    # Somebody with our session takes both, and vanishes without a PUBACK: from now on they are redeliveries.
    async with connect(broker, identity) as taker:
        first = [await anext(taker.messages()) for _ in range(2)]
        taker.fail(ConnectionLost("pulled"))
    async with running_bridge(settings):
        await stored(server, 2)
        assert server.duplicates == 0
    assert [message.dup for message in first] == [False, False]
    assert len({item["id"] for item in server.stored}) == 2


async def test_the_token_goes_with_every_batch_and_with_the_link(settings, device, server):
    async with running_bridge(settings.model_copy(update={"backend_token": "s3cret"})):
        await bridge_is_up(server)
        await publish_events(device, 1, 1)
        await stored(server, 1)
    assert server.headers[-1]["Authorization"] == "Bearer s3cret"
    assert server.handshakes[-1] == "Bearer s3cret"


async def test_the_embedded_broker_carries_events_acks_and_commands_too(settings, server, tmp_path):
    broker = RunningBroker("embedded", tmp_path / "embedded", port=free_port())
    address = BrokerSettings(url=broker.address, protocol="3.1.1")
    try:
        async with (
            running_bridge(settings.model_copy(update={"broker": address})),
            connect(address, Identity("pi"), protocol=4) as device,
        ):
            await bridge_is_up(server)
            await device.subscribe("acks/pi")
            await publish_events(device, 1, 20)
            await stored(server, 20)
            async with asyncio.timeout(5):
                ack = json.loads((await anext(device.messages())).payload)
            assert ack["stream_id"] == STREAM
            await device.subscribe("commands/pi/+")
            await device.publish("heartbeats/pi", heartbeat(), qos=0)
            await wait_until_async(lambda: server.reported("heartbeat"), "the heartbeat is passed on")
            answer = asyncio.create_task(
                server.call("command", {"command_id": "c", "device_id": "pi", "command": "servo", "body": {}})
            )
            async with asyncio.timeout(5):
                while (message := await anext(device.messages())).topic != "commands/pi/servo":
                    pass
            await device.publish("results/pi/servo", b'{"command_id": "c", "status": "done"}')
            assert (await answer)["status"] == "done"
            assert json.loads(message.payload)["boot_id"] == "boot-1"
    finally:
        broker.stop()
    assert sequence(server) == list(range(1, 21))
