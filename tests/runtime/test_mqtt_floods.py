"""Whoever reads slowly is not buried: what waits to be read is bounded, but for what was promised to be acknowledged."""

import pytest

from tests.waiting import wait_until_async
from vigie.runtime import mqtt_connection
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.mqtt import Identity, connect

ROOM = 50


@pytest.fixture(autouse=True)
def _little_room(monkeypatch):
    monkeypatch.setattr(mqtt_connection, "UNREAD_MAX_BYTES", ROOM * mqtt_connection._MESSAGE_BYTES)


@pytest.mark.parametrize("qos", [0, 1])
async def test_a_flood_that_nobody_reads_is_cut_and_after_reading_it_goes_on(mosquitto, qos):
    settings = BrokerSettings(url=mosquitto.address)
    async with connect(settings, Identity("slow")) as slow, connect(settings, Identity("flood")) as flood:
        await slow.subscribe("flood/#")
        for _ in range(4 * ROOM):
            await flood.publish("flood/a", b"", qos=qos)
        await flood.publish("nobody", b"")  # its PUBACK says that the broker has had all of them,
        await slow.publish("nobody", b"")  # and this one comes behind them
        assert slow._inbox.qsize() == ROOM
        messages = slow.messages()
        assert {(await anext(messages)).topic for _ in range(ROOM)} == {"flood/a"}
        await flood.publish("flood/b", b"")
        assert (await anext(messages)).topic == "flood/b"


async def test_what_was_promised_is_kept_beside_what_is_cut(mosquitto):
    settings = BrokerSettings(url=mosquitto.address)
    async with connect(settings, Identity("slow", manual_ack=True)) as slow, connect(settings, Identity("flood")) as flood:
        await slow.subscribe("flood/#")
        for _ in range(2 * ROOM):
            await flood.publish("flood/a", b"", qos=0)
        for _ in range(10):
            await flood.publish("flood/b", b"", qos=1)
        await wait_until_async(lambda: slow._inbox.qsize() >= ROOM + 10, "the last message is there")
        assert slow._inbox.qsize() == ROOM + 10
