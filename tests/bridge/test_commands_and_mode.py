"""Down the bridge: commands with their answers, and the site's mode."""

import asyncio
import json
import time

import pytest

from tests.bridge.conftest import bridge_is_up, heartbeat, running_bridge
from tests.waiting import wait_until_async
from vigie.domain.promptness import PROMPT_WITHIN_S
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.mqtt import Identity, connect

TURN = {"command_id": "c-1", "device_id": "pi", "command": "servo", "body": {"direction": "left"}}
SURVEILLANCE = {"mode": "surveillance", "stamp": [1795460000000, 0, "server"], "changed_by": "dashboard"}


async def is_heard(server, device, **more):
    before = len(server.reported("heartbeat"))
    await device.publish("heartbeats/pi", heartbeat(**more), qos=0)
    await wait_until_async(lambda: len(server.reported("heartbeat")) > before, "the heartbeat is passed on")


async def answering(device, **result):
    """A device that answers its next command; gives what it was asked."""
    message = await anext(device.messages())
    body = json.loads(message.payload)
    await device.publish("results/pi/servo", json.dumps({"command_id": body["command_id"], **result}).encode())
    return message.retain, body


async def retained_mode(mosquitto):
    async with connect(BrokerSettings(url=mosquitto.address), Identity("look")) as connection:
        await connection.subscribe("site/mode")
        try:
            async with asyncio.timeout(0.2):
                return json.loads((await anext(connection.messages())).payload)
        except (TimeoutError, json.JSONDecodeError):
            return None


async def test_a_command_is_published_fresh_and_answered_with_the_devices_result(bridge, device, server):
    await device.subscribe("commands/pi/+")
    await is_heard(server, device)
    asked = asyncio.create_task(answering(device, status="done", angle_deg=30))
    answer = await server.call("command", TURN)
    assert answer["status"] == "done"
    assert answer["result"]["angle_deg"] == 30
    assert await asked == (False, {"direction": "left", "command_id": "c-1", "boot_id": "boot-1", "beat": 7})


async def test_a_refusal_by_the_device_comes_back_with_its_reason(bridge, device, server):
    await device.subscribe("commands/pi/+")
    await is_heard(server, device)
    asked = asyncio.create_task(answering(device, status="rejected", reason="no such preset"))
    answer = await server.call("command", TURN)
    assert (answer["status"], answer["reason"]) == ("rejected", "no such preset")
    await asked


async def test_a_device_that_was_never_heard_is_offline(bridge, server):
    answer = await server.call("command", TURN)
    assert (answer["status"], answer["reason"]) == ("offline", "no heartbeat of pi in the last 30 s")


async def test_a_device_that_does_not_listen_is_offline_at_once(bridge, device, server):
    await is_heard(server, device)
    assert (await server.call("command", TURN))["reason"] == "pi is not connected to the MQTT broker"


async def test_a_device_that_does_not_answer_is_a_time_out(settings, device, server, monkeypatch):
    monkeypatch.setattr("vigie.bridge.commands.ANSWER_WITHIN_S", 0.2)
    async with running_bridge(settings):
        await bridge_is_up(server)
        await device.subscribe("commands/pi/+")
        await is_heard(server, device)
        answer = await server.call("command", TURN)
        assert (answer["status"], answer["reason"]) == ("timeout", "no answer from pi in 0.2 s")


async def test_another_commands_result_is_not_taken_for_ours(bridge, device, server):
    await device.subscribe("commands/pi/+")
    await is_heard(server, device)

    async def confused():
        await anext(device.messages())
        for result in (b'{"command_id": "other", "status": "rejected"}', b"rubbish", b'{"command_id": "c-1", "status": "done"}'):
            await device.publish("results/pi/servo", result)

    asked = asyncio.create_task(confused())
    assert (await server.call("command", TURN))["status"] == "done"
    await asked


async def test_without_a_broker_commands_and_mode_say_so(bridge, mosquitto, server):
    mosquitto.kill()
    await wait_until_async(lambda: not server.reported("health")[-1]["broker_connected"], "the bridge notices")
    assert (await server.call("command", TURN))["status"] == "no_broker"
    assert (await server.call("set_mode", SURVEILLANCE))["status"] == "no_broker"
    assert all(record["mode"] == "active" for record in server.reported("mode"))


@pytest.mark.parametrize(
    "body", [{}, {**TURN, "device_id": "../x"}, {**TURN, "command": "a/b"}, {**TURN, "body": {"x": float("nan")}}]
)
async def test_a_command_that_makes_no_sense_is_rejected(bridge, device, server, body):
    await is_heard(server, device)
    assert (await server.call("command", body))["status"] == "rejected"


async def test_status_and_states_are_passed_on_and_said_again_to_a_new_server(bridge, device, server):
    await device.publish("status/pi", b'{"state": "online"}', retain=True)
    await device.publish("states/pi/servo", b'{"angle_deg": 0}', retain=True)
    await device.publish("states/pi/servo", b"rubbish", retain=True)
    await device.publish("states/pi/servo", b'{"angle_deg": 30}', retain=True)
    await wait_until_async(
        lambda: [s for s in server.reported("state") if s["body"] == {"angle_deg": 30}], "the state is passed on"
    )
    assert [(status["body"], status["retained"]) for status in server.reported("status")] == [({"state": "online"}, False)]
    await server.stop()
    server.reports.clear()
    await server.start()
    await wait_until_async(lambda: server.reported("state") and server.reported("status"), "everything is said again", within_s=15)
    assert server.reports[0][0] == "hello"
    assert server.reported("state") == [{"device_id": "pi", "part": "servo", "body": {"angle_deg": 30}, "retained": True}]


async def test_a_mode_is_set_when_the_broker_has_it(bridge, mosquitto, server):
    assert await server.call("set_mode", SURVEILLANCE) == {"status": "done"}
    shown = await retained_mode(mosquitto)
    assert (shown["mode"], shown["stamp"]) == ("surveillance", SURVEILLANCE["stamp"])
    await wait_until_async(lambda: server.reported("mode")[-1]["mode"] == "surveillance", "the server hears it")


async def test_a_server_that_has_not_heard_of_the_last_change_is_told_and_says_it_again(bridge, mosquitto, server):
    newest = {**SURVEILLANCE, "stamp": [1895460000000, 4, "pi"]}
    await server.call("set_mode", newest)
    wanted = {**SURVEILLANCE, "mode": "night", "changed_from": "page 10.0.0.7", "bypass": ["pi/button"]}
    answer = await server.call("set_mode", wanted)
    assert (answer["status"], answer["record"]["stamp"]) == ("behind", newest["stamp"])
    assert (await retained_mode(mosquitto))["mode"] == "surveillance"
    assert await server.call("set_mode", {**wanted, "stamp": [1895460000000, 5, "server"]}) == {"status": "done"}
    shown = await retained_mode(mosquitto)
    assert {name: shown[name] for name in ("mode", "changed_from", "bypass")} == {
        "mode": "night",
        "changed_from": "page 10.0.0.7",
        "bypass": ["pi/button"],
    }


async def test_a_mode_written_by_hand_counts_as_a_change_made_now(bridge, device, mosquitto, server):
    await server.call("set_mode", SURVEILLANCE)
    await device.publish("site/mode", b'{"mode": "night"}', retain=True)
    await wait_until_async(lambda: server.reported("mode")[-1]["mode"] == "night", "the server hears it")
    assert server.reported("mode")[-1]["changed_by"] == "mqtt"

    async def is_stamped():
        shown = await retained_mode(mosquitto)
        return shown and "stamp" in shown and shown["stamp"] > SURVEILLANCE["stamp"]

    await wait_until_async(is_stamped, "the broker has it with a stamp")


async def test_a_mode_by_hand_that_the_broker_had_kept_for_us_is_of_unknown_age_and_replaced_by_ours(
    settings, device, mosquitto, server
):
    async with running_bridge(settings):
        await bridge_is_up(server)
        await server.call("set_mode", SURVEILLANCE)
        await wait_until_async((settings.data_dir / "bridge-mode.json").exists, "it is on disk")
    await device.publish("site/mode", b'{"mode": "active"}', retain=True)

    async def is_back():
        shown = await retained_mode(mosquitto)
        return shown and shown.get("stamp") == SURVEILLANCE["stamp"]

    async with running_bridge(settings):
        await wait_until_async(is_back, "our record is back on the broker")


async def test_a_mode_by_hand_that_waited_in_a_frozen_broker_is_not_taken_for_a_change_made_now(bridge, device, mosquitto, server):
    await server.call("set_mode", SURVEILLANCE)
    until = time.monotonic() + PROMPT_WITHIN_S + 0.5
    mosquitto.freeze()
    await device.publish("site/mode", b'{"mode": "active"}', qos=0, retain=True)
    await wait_until_async(lambda: time.monotonic() >= until, "the time has come")
    mosquitto.thaw()

    async def is_back():
        shown = await retained_mode(mosquitto)
        return shown and shown.get("stamp") == SURVEILLANCE["stamp"]

    await wait_until_async(is_back, "our record is back on the broker")
    assert server.reported("mode")[-1]["mode"] == "surveillance"


@pytest.mark.parametrize("retained", [b'{"mode": "active", "stamp": [5, 0, "pi"]}', b"rubbish", b""])
async def test_an_older_mode_or_none_or_rubbish_is_replaced_by_ours(bridge, device, mosquitto, server, retained):
    await server.call("set_mode", SURVEILLANCE)
    await device.publish("site/mode", retained, retain=True)

    async def is_back():
        shown = await retained_mode(mosquitto)
        return shown and shown.get("stamp") == SURVEILLANCE["stamp"]

    await wait_until_async(is_back, "our record is back on the broker")


async def test_the_mode_is_put_back_on_an_empty_broker_by_a_bridge_that_has_restarted(settings, mosquitto, server):
    async with running_bridge(settings):
        await bridge_is_up(server)
        await server.call("set_mode", SURVEILLANCE)
        await wait_until_async((settings.data_dir / "bridge-mode.json").exists, "it is on disk")
    mosquitto.restart()

    async def is_back():
        shown = await retained_mode(mosquitto)
        return shown and shown["mode"] == "surveillance"

    async with running_bridge(settings):
        await wait_until_async(is_back, "the mode is back on the broker")
