"""The agent's side of the broker: one connection after another, and what is said on each."""

import asyncio
import logging

from pydantic import ValidationError

from vigie.agent.device import Device
from vigie.protocol import topics
from vigie.protocol.codec import decode_object
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import explain
from vigie.protocol.states import Ack
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import BrokerError, Connection, Identity, Message, PublishRefused, Will, keep_connected

log = logging.getLogger(__name__)

OFFLINE_TIMEOUT_S = 1.0
_MAX_WAITING_COMMANDS = 100


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
        await keep_connected(self._broker, Identity(f"vigie-{device_id}", will=will), self._session, clock=self._clock)

    def say_goodbye(self) -> None:
        """Publishes `offline` on the present connection, then ends it."""
        self._goodbye.set()

    async def _session(self, connection: Connection) -> None:
        device = self._device
        if self._goodbye.is_set():
            return
        await connection.subscribe(topics.all_commands(device.device_id), topics.ack(device.device_id), topics.MODE)
        status = topics.status(device.device_id)
        await connection.publish(status, device.pulse.status("online", device.capabilities), retain=True)
        commands: asyncio.Queue[Message] = asyncio.Queue(_MAX_WAITING_COMMANDS)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._read(connection, commands), name="read"),
                group.create_task(self._obey(connection, commands), name="commands"),
                group.create_task(device.publisher.run(connection), name="events"),
                group.create_task(device.board.run(connection), name="states"),
                group.create_task(device.pulse.run(connection), name="heartbeat"),
                group.create_task(device.mode.run(connection), name="mode"),
            ]
            await self._goodbye.wait()
            for task in tasks:
                task.cancel()
        await self._publish_offline(connection)

    async def _publish_offline(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(OFFLINE_TIMEOUT_S):
                offline = self._device.pulse.status("offline", self._device.capabilities)
                await connection.publish(topics.status(self._device.device_id), offline, retain=True)
        except (TimeoutError, BrokerError) as error:
            log.info("no goodbye to the broker: %s", error or "it does not answer")

    async def _read(self, connection: Connection, commands: "asyncio.Queue[Message]") -> None:
        ack_topic = topics.ack(self._device.device_id)
        async for message in connection.messages():
            if message.topic == topics.MODE:
                await self._device.mode.hear(message.payload)
            elif message.topic == ack_topic:
                await self._acknowledge(message)
            else:
                await commands.put(message)

    async def _acknowledge(self, message: Message) -> None:
        try:
            ack = Ack.model_validate(decode_object(message.payload))
        except BadPayload as error:
            log.warning("ack ignored: %s", error.reason)
            return
        except ValidationError as error:
            log.warning("ack ignored: %s", explain(error))
            return
        await self._device.publisher.acknowledge(ack)

    async def _obey(self, connection: Connection, commands: "asyncio.Queue[Message]") -> None:
        while True:
            answer = await self._device.commands.obey(await commands.get())
            if answer is None:
                continue
            try:
                await connection.publish(*answer)
            except PublishRefused as error:  # done all the same; who asked is not told
                log.warning("%s", error)
