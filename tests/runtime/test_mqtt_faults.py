"""What `runtime/mqtt.py` does when the broker refuses, freezes, talks nonsense or is not there."""

import asyncio
import logging
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import MQTTv5, MQTTv311

from tests.brokers import RunningBroker
from tests.waiting import wait_until_async
from vigie.deploy.broker import free_port
from vigie.runtime.broker_errors import BrokerAbsent, BrokerMute, BrokerRefused, BrokerUnreachable
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import SystemClock
from vigie.runtime.mqtt import Connection, ConnectionLost, Identity, PublishRefused, connect, keep_connected
from vigie.testing import FakeClock

CONNACK_5 = b"\x20\x03\x00\x00\x00"
TAKEN_OVER_5 = b"\xe0\x02\x8e\x00"

_AMQTT_WITH_PASSWORDS = """
import asyncio, sys
from amqtt.broker import Broker
async def main():
    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1]}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}},
    })
    await broker.start()
    await asyncio.Event().wait()
asyncio.run(main())
"""


class StrictBroker(RunningBroker):
    """A broker that lets nobody in without a password."""

    def __init__(self, kind, folder):
        port = free_port()
        self._strict_argv = [sys.executable, "-c", _AMQTT_WITH_PASSWORDS, str(port)]
        if kind == "mosquitto":
            folder.mkdir()
            configuration = folder / "strict.conf"
            configuration.write_text(f"allow_anonymous false\nlistener {port} 127.0.0.1\n")
            self._strict_argv = ["mosquitto", "-c", str(configuration)]
        super().__init__(kind, folder, port)

    def start(self):
        self._folder.mkdir(exist_ok=True)
        log = (self._folder / "strict.log").open("wb")
        self._process = subprocess.Popen(self._strict_argv, stdout=log, stderr=log)
        log.close()


@asynccontextmanager
async def fake_broker(*answers: bytes, answer_to_connect: bytes = CONNACK_5):
    """Something that listens and, after a CONNECT, sends these bytes. Gives its settings."""

    async def talk(reader, writer):
        try:
            await reader.read(1000)
            writer.write(answer_to_connect)
            for answer in answers:
                writer.write(answer)
            await writer.drain()
            await reader.read()
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield BrokerSettings(url=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def read_until_lost(connection: Connection) -> ConnectionLost:
    try:
        async with asyncio.timeout(5):
            async for _ in connection.messages():
                pass
    except ConnectionLost as lost:
        return lost
    raise AssertionError("the messages have ended without an error")


@pytest.mark.parametrize("kind", ["mosquitto", "embedded"])
async def test_refused_credentials_say_which_variables_to_check(kind, tmp_path):
    broker = StrictBroker(kind, tmp_path / "strict")
    protocol = MQTTv5 if kind == "mosquitto" else MQTTv311

    async def refusal():
        try:
            async with connect(BrokerSettings(url=broker.address), Identity("x"), protocol=protocol):
                pass
        except BrokerUnreachable:
            return None  # not up yet
        except BrokerRefused as error:
            return error

    try:
        error = await wait_until_async(refusal, "the broker refuses us")
        assert "MQTT_USERNAME and MQTT_PASSWORD" in str(error)
    finally:
        broker.stop()


async def test_after_a_refusal_the_next_attempt_waits_long_enough_not_to_be_locked_out(tmp_path):
    broker = StrictBroker("mosquitto", tmp_path / "strict")
    losses, clock = [], FakeClock()
    session = asyncio.Event().wait
    settings = BrokerSettings(url=broker.address, protocol="5")
    keeper = asyncio.create_task(keep_connected(settings, Identity("x"), lambda _: session(), clock=clock, on_lost=losses.append))

    async def refused(times: int) -> bool:
        await clock.advance(0 if losses and isinstance(losses[-1], BrokerRefused) else 1)
        return sum(isinstance(error, BrokerRefused) for error in losses) >= times

    try:
        await wait_until_async(lambda: refused(1), "the first refusal")
        await clock.advance(29.0)
        assert sum(isinstance(error, BrokerRefused) for error in losses) == 1
        await clock.advance(2.0)
        await wait_until_async(lambda: refused(2), "the second refusal")
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        broker.stop()


@pytest.mark.parametrize("kind", ["mosquitto", "embedded"])
async def test_a_frozen_broker_is_noticed_by_its_missing_ping(kind, tmp_path):
    broker = RunningBroker(kind, tmp_path / "broker", port=free_port())
    settings = BrokerSettings(url=broker.address).model_copy(update={"keepalive_s": 1})
    try:
        async with connect(settings, Identity("x"), protocol=MQTTv5 if kind == "mosquitto" else MQTTv311) as connection:
            await connection.subscribe("a/#")
            broker.freeze()
            lost = await read_until_lost(connection)
            assert "lost" in str(lost)
    finally:
        broker.thaw()
        broker.stop()


async def test_a_broker_that_accepts_and_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr("vigie.runtime.mqtt.CONNACK_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = BrokerSettings(url=f"127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(BrokerMute):
            async with connect(settings, Identity("x")):
                pass


async def test_nobody_listening_is_unreachable():
    settings = BrokerSettings(url=f"127.0.0.1:{free_port()}")
    with pytest.raises(BrokerAbsent, match="no broker at 127.0.0.1"):
        async with connect(settings, Identity("x")):
            pass


async def test_a_name_that_does_not_resolve_is_unreachable():
    with pytest.raises(BrokerUnreachable, match=r"nowhere\.invalid"):
        async with connect(BrokerSettings(url="nowhere.invalid"), Identity("x")):
            pass


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x20\x7f" + b"\xff" * 127,
        b"\x30\x05\x00\xff\xff\xff\xff",
        b"\x90\x02\x00\x01",
        b"\x40\x01\x00",
        b"\xff\xff\xff\xff\xff",
    ],
)
async def test_bytes_that_are_no_mqtt_end_the_connection_and_nothing_else(garbage):
    async with fake_broker(garbage) as settings, connect(settings, Identity("x")) as connection:
        answered = asyncio.create_task(connection.publish("a", b""))
        await asyncio.wait([answered], timeout=0.3)
        assert not answered.done() or isinstance(answered.exception(), ConnectionLost)
        answered.cancel()


async def test_a_take_over_that_the_broker_tells_is_said_plainly():
    async with fake_broker(TAKEN_OVER_5) as settings, connect(settings, Identity("x")) as connection:
        assert "is this device id in use twice?" in str(await read_until_lost(connection))


async def test_two_programs_under_one_id_are_suspected_where_the_broker_tells_nothing(mosquitto, caplog):
    caplog.set_level(logging.WARNING, "vigie.runtime.mqtt")
    settings = BrokerSettings(url=mosquitto.address)

    async def session(connection: Connection) -> None:
        async for _ in connection.messages():
            pass

    keepers = [asyncio.create_task(keep_connected(settings, Identity("twin"), session, clock=SystemClock())) for _ in range(2)]
    try:
        await wait_until_async(lambda: "is this id in use twice?" in caplog.text, "the suspicion in the log")
    finally:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)


async def test_a_broker_that_knows_no_mqtt_5_gets_3_1_1():
    connects: list[bytes] = []

    async def talk(reader, writer):
        try:
            packet = await reader.read(1000)
            connects.append(packet[8:9])
            # 3.1.1's "unacceptable protocol version", then what 3.1.1 wants to hear.
            writer.write(b"\x20\x02\x00\x01" if packet[8] == MQTTv5 else b"\x20\x02\x00\x00")
            await writer.drain()
            if packet[8] != MQTTv5:
                await reader.read()
        finally:
            writer.close()

    async def session(connection: Connection) -> None:
        assert not connection.is_mqtt5

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server, asyncio.timeout(5):
        settings = BrokerSettings(url=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await keep_connected(settings, Identity("x"), session, clock=SystemClock())
    assert connects == [b"\x05", b"\x04"]


@pytest.mark.parametrize(("has_spoken_5", "versions"), [(True, [5, 5, 5]), (False, [5, 4])])
async def test_a_broker_that_is_killed_while_we_connect_is_not_taken_for_an_old_one(has_spoken_5, versions):
    """One that has spoken MQTT 5; of a silent stranger we only know that it may be amqtt."""
    connects: list[int] = []
    answers = [CONNACK_5, b""] if has_spoken_5 else [b""]

    async def talk(reader, writer):
        packet = await reader.read(1000)
        connects.append(packet[8])
        if len(connects) <= len(answers):
            writer.write(answers[len(connects) - 1])
        else:
            writer.write(CONNACK_5 if packet[8] == MQTTv5 else b"\x20\x02\x00\x00")
            await writer.drain()
            await reader.read()
        writer.close()

    async def session(connection: Connection) -> None:
        if len(connects) > len(answers):
            return
        async for _ in connection.messages():
            pass

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server, asyncio.timeout(5):
        settings = BrokerSettings(url=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await keep_connected(settings, Identity("x"), session, clock=SystemClock())
    assert connects == versions


async def test_a_publish_that_the_acl_forbids_is_an_error(tmp_path):
    port = free_port()
    (tmp_path / "acl").write_text("topic read #\ntopic write allowed/#\n")
    (tmp_path / "acl").chmod(0o700)
    configuration = tmp_path / "acl.conf"
    configuration.write_text(f"user root\nallow_anonymous true\nacl_file {tmp_path / 'acl'}\nlistener {port} 127.0.0.1\n")
    broker = StrictBroker.__new__(StrictBroker)
    broker._folder, broker._strict_argv = tmp_path / "acl-broker", ["mosquitto", "-c", str(configuration)]
    broker.start()

    async def refused():
        try:
            async with connect(BrokerSettings(url=f"127.0.0.1:{port}"), Identity("x")) as connection:
                await connection.publish("allowed/a", b"")
                await connection.publish("forbidden/a", b"")
        except BrokerUnreachable:
            return None
        except PublishRefused as error:
            return error

    try:
        error = await wait_until_async(refused, "the refusal")
        assert error.topic == "forbidden/a"
    finally:
        broker.stop()


async def test_lost_connections_leave_no_descriptor_open(mosquitto):
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    settings = BrokerSettings(url=mosquitto.address)
    async with connect(settings, Identity("x")):
        pass
    before = open_files()
    for _ in range(30):
        async with connect(settings, Identity("x")) as connection:
            connection.fail(ConnectionLost("pulled"))
    await wait_until_async(lambda: open_files() <= before, "the descriptors are closed")
