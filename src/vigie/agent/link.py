"""The agent's side of the broker: one connection after another, and what is said on each."""

import asyncio
import logging

from pydantic import ValidationError

from vigie.agent.arrivals import Arrived
from vigie.agent.device import Device
from vigie.protocol import topics
from vigie.protocol.codec import decode_object
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import explain
from vigie.protocol.states import Ack
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import BrokerError, Connection, Identity, Message, PublishRefused, Will, keep_connected
from vigie.runtime.reconnects import LASTING_S

log = logging.getLogger(__name__)

OFFLINE_TIMEOUT_S = 1.0
MAX_WAITING_COMMANDS = 100
_MAX_WAITING_ACKS = 20
_PEERS = tuple(f"{name}/" for name in ("sensors", "heartbeats"))


class Link:
    """Keeps this device on its broker. Everything that is not a log or a pin is lost with a connection, and made anew."""

    def __init__(self, broker: BrokerSettings, device: Device, clock: Clock) -> None:
        self._broker = broker
        self._device = device
        self._clock = clock
        self._goodbye = asyncio.Event()

    async def run(self) -> None:
        """Connects for ever; returns after `say_goodbye`."""
        device_id = self._device.device_id
        # With its capabilities, as when we say it ourselves: a camera that is away is still a camera (409, not 404).
        will = Will(topics.status(device_id), self._device.pulse.status("offline", self._device.capabilities))
        identity = Identity(f"vigie-{device_id}", will=will)
        lost, rival = self._device.arrivals.lost, self._has_rival
        await keep_connected(self._broker, identity, self._session, clock=self._clock, on_lost=lost, on_rival=rival)

    def say_goodbye(self) -> None:
        """Publishes `offline` on the present connection, then ends it."""
        self._goodbye.set()

    def _has_rival(self) -> None:
        what = f"another agent seems to have our DEVICE_ID={self._device.device_id}: give one of the two another"
        self._device.faults.report("identity_conflict", what)

    async def _clear_rival(self) -> None:
        """A connection that has lasted this long nobody wants to have."""
        await self._clock.sleep(LASTING_S)
        self._device.faults.clear("identity_conflict")

    async def _session(self, connection: Connection) -> None:
        device = self._device
        if self._goodbye.is_set():
            return
        await connection.subscribe(topics.all_commands(device.device_id), topics.ack(device.device_id), *device.peer_topics)
        await connection.subscribe(topics.MODE, retain_as_published=False)  # retained then means: out of the broker's memory
        await device.arrivals.ask(connection)  # whoever sees us online may steer us by hand
        status = topics.status(device.device_id)
        await connection.publish(status, device.pulse.status("online", device.capabilities), retain=True)
        device.supervision.linked(True)
        try:
            await self._converse(connection)
        finally:
            device.supervision.linked(False)
        await self._publish_offline(connection)

    async def _converse(self, connection: Connection) -> None:
        """Until we say goodbye; a lost connection is raised by the task that reads."""
        device = self._device
        commands: asyncio.Queue[Arrived] = asyncio.Queue(MAX_WAITING_COMMANDS)
        acks: asyncio.Queue[Ack] = asyncio.Queue(_MAX_WAITING_ACKS)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._read(connection, commands, acks), name="read"),
                group.create_task(device.arrivals.run(connection), name="signs of life"),
                group.create_task(self._acknowledge(acks), name="acks"),
                group.create_task(self._obey(connection, commands), name="commands"),
                group.create_task(device.publisher.run(connection), name="events"),
                group.create_task(device.board.run(connection), name="states"),
                group.create_task(device.pulse.run(connection), name="heartbeat"),
                group.create_task(device.mode.run(connection), name="mode"),
                group.create_task(self._clear_rival(), name="rival"),
            ]
            await self._goodbye.wait()
            for task in tasks:
                task.cancel()

    async def _publish_offline(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(OFFLINE_TIMEOUT_S):
                offline = self._device.pulse.status("offline", self._device.capabilities)
                await connection.publish(topics.status(self._device.device_id), offline, retain=True)
        except (TimeoutError, BrokerError) as error:
            log.info("no goodbye to the broker: %s", error or "it does not answer")

    async def _read(self, connection: Connection, commands: "asyncio.Queue[Arrived]", acks: "asyncio.Queue[Ack]") -> None:
        """Never waits for what a message leads to: an ack must not stand behind commands, nor a command behind a slow disk."""
        ack_topic = topics.ack(self._device.device_id)
        is_crowded = False
        async for message in connection.messages():
            if message.topic == topics.MODE:
                self._device.mode.hear(message)
            elif message.topic == ack_topic:
                if (ack := _ack_in(message)) is not None and not acks.full():  # there is another one in a second
                    acks.put_nowait(ack)
            elif message.topic.startswith(_PEERS):
                self._device.peers.hear(message)
            elif not commands.full():
                commands.put_nowait(self._device.arrivals.arrived(message))
                is_crowded = is_crowded and commands.qsize() > MAX_WAITING_COMMANDS // 2
            elif not is_crowded:
                is_crowded = True
                log.warning("%d commands wait: those that come now are ignored", MAX_WAITING_COMMANDS)

    async def _acknowledge(self, acks: "asyncio.Queue[Ack]") -> None:
        while True:
            await self._device.publisher.acknowledge(await acks.get())

    async def _obey(self, connection: Connection, commands: "asyncio.Queue[Arrived]") -> None:
        while True:
            answer = await self._device.commands.obey(await commands.get())
            if answer is None:
                continue
            try:
                await connection.publish(*answer)
            except PublishRefused as error:  # done all the same; who asked is not told
                log.warning("%s", error)


def _ack_in(message: Message) -> Ack | None:
    try:
        return Ack.model_validate(decode_object(message.payload))
    except BadPayload as error:
        log.warning("ack ignored: %s", error.reason)
    except ValidationError as error:
        log.warning("ack ignored: %s", explain(error))
    return None
