"""The agent's connection: rivals under one name, floods of commands, acks that stand behind nothing. Real Mosquitto."""

import asyncio
import json
import logging

import pytest

from tests.agent.running import RunningAgent, listener
from tests.waiting import wait_until_async
from vigie.agent.faults import Faults
from vigie.agent.link import MAX_WAITING_COMMANDS, Link
from vigie.agent.tasks import WELL_AFTER_S, kept_running
from vigie.protocol import topics
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.reconnects import LASTING_S

DEVICE = "raspberry-01"


class StandIn:
    """A device of which each part only waits; it notes acks, and obeys when `may_obey` is set."""

    def __init__(self):
        self.device_id, self.capabilities, self.faults = DEVICE, (), Faults()
        self.publisher = self.board = self.pulse = self.mode = self.commands = self.supervision = self.peers = self.arrivals = self
        self.peer_topics, self.was_linked = (topics.EVERY_ALARM,), []
        self.acks, self.heard, self.losses, self.obeyed, self.runs = [], [], [], 0, 0
        self.may_obey, self.may_acknowledge = asyncio.Event(), asyncio.Event()
        self.may_acknowledge.set()

    def status(self, state, _capabilities):
        return json.dumps({"state": state}).encode()

    async def ask(self, connection):
        await connection.ping()

    def lost(self, error):
        self.losses.append(error)

    def arrived(self, message):
        return message

    def linked(self, is_linked):
        self.was_linked.append(is_linked)

    def hear(self, message):
        self.heard.append((message.topic, message.retain))

    async def run(self, _connection):
        self.runs += 1
        await asyncio.Event().wait()

    async def acknowledge(self, ack):
        await self.may_acknowledge.wait()
        self.acks.append(ack.through_seq)

    async def obey(self, _message):
        await self.may_obey.wait()
        self.obeyed += 1


@pytest.fixture
def device():
    return StandIn()


@pytest.fixture
async def link(device, clock, mosquitto):
    made = Link(BrokerSettings(url=mosquitto.address), device, clock)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def linked(device, times=5):
    await wait_until_async(lambda: device.runs >= times, "the link is up")


async def test_an_ack_does_not_wait_behind_commands_and_a_flood_of_them_is_bounded(link, device, mosquitto, caplog):
    caplog.set_level(logging.WARNING, "vigie.agent.link")
    await linked(device)
    async with listener(mosquitto.address, "nothing") as sender:
        for _ in range(5):
            await asyncio.gather(*(sender.publish(f"commands/{DEVICE}/servo", {}) for _ in range(100)))
        await sender.publish(f"acks/{DEVICE}", {"stream_id": "s", "through_seq": 7})
        await wait_until_async(lambda: device.acks == [7], "the ack is heard")
        assert device.obeyed == 0
        assert caplog.text.count("commands wait") == 1
        device.may_obey.set()
        await wait_until_async(lambda: device.obeyed == MAX_WAITING_COMMANDS + 1, "what waited is done")


async def test_a_command_does_not_wait_behind_an_ack_that_the_disk_holds_up(link, device, mosquitto):
    device.may_acknowledge.clear()
    device.may_obey.set()
    await linked(device)
    async with listener(mosquitto.address, "nothing") as sender:
        for number in range(50):
            await sender.publish(f"acks/{DEVICE}", {"stream_id": "s", "through_seq": number})
        await sender.publish(f"acks/{DEVICE}", b"no ack")
        await sender.publish(f"commands/{DEVICE}/servo", {})
        await wait_until_async(lambda: device.obeyed == 1, "the command is done")


async def test_supervision_knows_when_there_is_a_broker(link, device, mosquitto):
    await linked(device)
    assert device.was_linked == [True]
    mosquitto.stop()
    await wait_until_async(lambda: device.was_linked == [True, False], "the connection is gone")


async def test_only_a_mode_out_of_the_brokers_memory_says_that_it_is_retained(link, device, mosquitto):
    async with listener(mosquitto.address, "nothing") as sender:
        await linked(device)
        await sender.publish(topics.MODE, {"mode": "night"}, retain=True)
        await sender.publish("sensors/raspberry-02/alarm", {"state": "triggered"})
        await wait_until_async(lambda: len(device.heard) == 2, "both are heard")
        assert device.heard == [(topics.MODE, False), ("sensors/raspberry-02/alarm", False)]


async def test_a_rival_is_a_fault_until_a_connection_has_lasted_five_minutes(link, device, clock, mosquitto):
    await linked(device)
    device.faults.report("identity_conflict", "as keep_connected found it")
    await clock.advance(LASTING_S - 1)
    assert device.faults.names() == ("identity_conflict",)
    await clock.advance(2)
    assert device.faults.names() == ()


async def test_two_agents_of_one_name_both_say_so_and_slow_down(start_agent, mosquitto, tmp_path):
    first = start_agent(DEVICE)
    second = RunningAgent(tmp_path / "second", mosquitto.address, DEVICE)
    try:
        async with listener(mosquitto.address, "heartbeats/#") as seen:

            def suspicious() -> set[str]:
                beats = seen.on(f"heartbeats/{DEVICE}")
                return {beat["stream_id"] for beat in beats if "identity_conflict" in beat["faults"]}

            await wait_until_async(lambda: len(suspicious()) == 2, "both say it", within_s=40)
        for agent in (first, second):
            assert "fault=identity_conflict" in agent.log
            assert "Traceback" not in agent.log
    finally:
        second.kill()


async def test_a_task_that_fails_is_a_fault_until_it_has_run_for_a_minute(clock, faults, caplog):
    starts = []

    async def run():
        starts.append(clock.monotonic())
        if len(starts) == 1:
            raise ZeroDivisionError
        await asyncio.Event().wait()

    task = asyncio.create_task(kept_running("lame", run, faults, clock))
    await clock.advance(1)
    assert len(starts) == 2
    assert faults.names() == ("task:lame",)
    await clock.advance(WELL_AFTER_S + 1)
    assert faults.names() == ()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
