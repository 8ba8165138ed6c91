"""The broker runner: both kinds start, on the port they are asked for, and reach nobody but this machine."""

import socket

import pytest

from tests.brokers import RunningBroker
from tests.processes import listening_addresses
from vigie.deploy import broker as broker_module
from vigie.deploy.broker import NoBroker, choose, free_port
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.mqtt import Identity, connect


@pytest.fixture(params=["mosquitto", "embedded"])
def running(request, tmp_path):
    broker = RunningBroker(request.param, tmp_path / "broker", port=free_port())
    yield broker
    broker.stop()


async def test_each_broker_passes_a_message_on(running):
    settings = BrokerSettings(url=running.address, protocol=running.program.protocol)
    protocol = 4 if running.program.protocol == "3.1.1" else 5
    async with connect(settings, Identity("test"), protocol=protocol) as connection:
        await connection.subscribe("sensors/#")
        await connection.publish("sensors/pi/motion", b"{}")
        async for message in connection.messages():
            assert (message.topic, message.payload) == ("sensors/pi/motion", b"{}")
            break


def test_each_broker_listens_on_its_one_port_of_loopback_only(running):
    assert listening_addresses(running.pid) == [f"127.0.0.1:{running.port}"]


def test_a_held_port_is_left_alone():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        held = holder.getsockname()[1]
        assert free_port(held) != held


def test_without_any_broker_the_error_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(broker_module, "_SBIN", str(tmp_path))
    with pytest.raises(NoBroker, match="apt install mosquitto"):
        choose("mosquitto", tmp_path)
    assert choose("auto", tmp_path).name == "embedded broker"
