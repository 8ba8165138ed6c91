"""`vigie mode` works on the broker alone."""

import asyncio
import getpass
import json
import socket

import pytest
from paho.mqtt.client import MQTTv5, MQTTv311

from tests.agent.running import RunningAgent
from tests.brokers import RunningBroker
from tests.waiting import wait_until_async
from vigie.deploy.broker import free_port
from vigie.deploy.site_mode import read_or_set, run
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import SystemClock
from vigie.runtime.mode_keys import ModeKey, make_key
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


def broker_settings(broker) -> BrokerSettings:
    return BrokerSettings(url=broker.address, protocol=broker.program.protocol)


def alarm(*zones: dict) -> bytes:
    return json.dumps({"state": "disarmed", "mode": "active", "zones": zones}).encode()


def zone(sensor: str, **changes) -> dict:
    modes = ["surveillance", "night"]
    return {"sensor": sensor, "kind": "button", "type": "instant", "modes": modes, "open": True, "location": "hall", **changes}


async def retain(broker, **payloads: bytes) -> None:
    """What devices have retained as their alarms, by the last two digits of their names."""
    protocol = MQTTv311 if broker.program.protocol == "3.1.1" else MQTTv5
    async with connect(broker_settings(broker), Identity("device"), protocol=protocol) as connection:
        for name, payload in payloads.items():
            await connection.publish(f"states/raspberry-{name[-2:]}/alarm", payload, retain=True)


async def test_where_the_mode_is_signed_one_without_a_key_is_not_said_to_be_set(broker, capsys):
    signed = ModeKey(b"s" * 32).sign(ModeRecord(mode=Mode.ACTIVE, stamp=(1_790_000_000_000, 0, "server")))
    protocol = MQTTv311 if broker.program.protocol == "3.1.1" else MQTTv5
    async with connect(broker_settings(broker), Identity("server"), protocol=protocol) as connection:
        await connection.publish("site/mode", signed.model_dump_json().encode(), retain=True)
    assert await asyncio.to_thread(run, Mode.SURVEILLANCE, environment(broker)) == 1
    assert "VIGIE_MODE_KEY_FILE" in capsys.readouterr().err
    assert await asyncio.to_thread(run, None, environment(broker)) == 0
    assert capsys.readouterr().out == "active\n"


async def test_a_key_that_the_site_does_not_know_is_not_said_to_have_set_anything(mosquitto, tmp_path, capsys, request):
    known, strange = make_key(tmp_path / "known"), tmp_path / "strange"
    make_key(strange)
    config = tmp_path / "agent.toml"
    config.write_text(f'[sensors.motion]\npin = 17\n[site]\nmode_writers = {{ hub = "{known.public}" }}\n')
    agent = RunningAgent(tmp_path / "raspberry-01", mosquitto.address, config=config)
    request.addfinalizer(agent.kill)
    environment = {"MQTT_BROKER": mosquitto.address}
    with_key = {**environment, "VIGIE_MODE_KEY_FILE": str(tmp_path / "known")}
    assert await asyncio.to_thread(run, Mode.NIGHT, with_key) == 0
    await wait_until_async(lambda: "mode=night" in agent.log, "it is obeyed")
    capsys.readouterr()
    with_strange = {**environment, "VIGIE_MODE_KEY_FILE": str(strange)}
    assert await asyncio.to_thread(run, Mode.ACTIVE, with_strange) == 1
    assert "refused: the site has put night back" in capsys.readouterr().err
    assert "mode=active" not in agent.log


async def test_arming_with_open_zones_names_them_and_changes_nothing(broker, capsys):
    await retain(
        broker,
        pi_01=alarm(zone("button"), zone("motion", self_closing=True), zone("back", open=False)),
        pi_02=alarm(zone("cellar", modes=["night"], location="")),
        pi_03=b"rubbish",
    )
    assert await asyncio.to_thread(run, Mode.SURVEILLANCE, environment(broker)) == 1
    assert capsys.readouterr().err == (
        "vigie mode: open: raspberry-01/button (hall); close them, or arm without them with --bypass\n"
    )
    assert await asyncio.to_thread(run, None, environment(broker)) == 0
    assert capsys.readouterr().out == "active\n"


async def test_bypassed_zones_are_in_the_record_until_the_site_is_disarmed(broker, capsys):
    await retain(broker, pi_01=alarm(zone("button")), pi_02=alarm(zone("cellar", modes=["night"])))
    assert await asyncio.to_thread(run, Mode.SURVEILLANCE, environment(broker), bypass=True) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "bypassed: raspberry-01/button"
    assert await asyncio.to_thread(run, Mode.NIGHT, environment(broker)) == 1
    assert capsys.readouterr().err.startswith("vigie mode: open: raspberry-02/cellar (hall); close")
    assert await asyncio.to_thread(run, Mode.ACTIVE, environment(broker)) == 0
    assert "bypassed" not in capsys.readouterr().out


async def test_the_record_says_who_set_it_on_which_machine(broker):
    record = await read_or_set(broker_settings(broker), Mode.ACTIVE, SystemClock())
    assert (record.changed_by, record.changed_from) == (getpass.getuser(), f"cli {socket.gethostname()}"[:64])
