"""`vigie mode` works on the broker alone."""

import json

import pytest

from tests.brokers import RunningBroker
from vigie.deploy.broker import free_port
from vigie.deploy.site_mode import run
from vigie.protocol.states import Mode
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.mqtt import Identity, connect


@pytest.fixture(params=["mosquitto", "embedded"])
def broker(request, tmp_path):
    running = RunningBroker(request.param, tmp_path / "broker", port=free_port())
    yield running
    running.stop()


def environment(broker) -> dict[str, str]:
    return {"MQTT_BROKER": broker.address, "MQTT_PROTOCOL": broker.program.protocol}


def test_the_mode_set_is_the_mode_read(broker, capsys):
    assert run(None, environment(broker)) == 0
    assert capsys.readouterr().out == "active\n"
    assert run(Mode.SURVEILLANCE, environment(broker)) == 0
    assert run(None, environment(broker)) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("surveillance (set by ")


def test_a_later_change_beats_an_earlier_one(broker):
    run(Mode.SURVEILLANCE, environment(broker))
    run(Mode.ACTIVE, environment(broker))
    assert run(Mode.NIGHT, environment(broker)) == 0


async def test_the_record_is_retained_and_stamped(mosquitto):
    import asyncio

    await asyncio.to_thread(run, Mode.SURVEILLANCE, {"MQTT_BROKER": mosquitto.address})
    async with connect(BrokerSettings(url=mosquitto.address), Identity("reader")) as connection:
        await connection.subscribe("site/mode")
        async for message in connection.messages():
            record = json.loads(message.payload)
            assert message.retain
            assert (record["mode"], record["stamp"][1]) == ("surveillance", 0)
            break


def test_no_broker_is_one_line_and_exit_1(capsys):
    assert run(None, {"MQTT_BROKER": f"127.0.0.1:{free_port()}"}) == 1
    assert capsys.readouterr().err.count("\n") == 1
