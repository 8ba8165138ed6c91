"""From the broker into the spool: commit first, then PUBACK. Everything else that arrives goes to its listener at once."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from vigie.bridge.broker import Broker
from vigie.bridge.intake import rows_of
from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import Received, SpoolError
from vigie.protocol import topics
from vigie.protocol.errors import BadPayload, BadTopic
from vigie.protocol.topics import Topic
from vigie.runtime.backoff import Backoff
from vigie.runtime.clock import Clock
from vigie.runtime.ids import new_id
from vigie.runtime.mqtt import Connection, Message

log = logging.getLogger(__name__)

Listener = Callable[[Topic, Message], None]

MAX_COMMIT = 250
MAX_WAITING_QOS0 = 10_000
MAX_WAITING_BYTES_QOS0 = 32 * 1024 * 1024
MAX_COMPLAINTS = 1000
_LIVE_FILTERS = (
    topics.ALL_RESULTS,
    topics.ALL_STATES,
    topics.ALL_STATUS,
    topics.ALL_HEARTBEATS,
    topics.MODE,
)


@dataclass(frozen=True, slots=True)
class _Arrival:
    connection: Connection
    message: Message
    received_at: datetime


class Inlet:
    """The session with the broker, and the task that commits what it brings.

    The two are apart so that an answer to a command does not wait for the disk. `listeners` maps a topic's first level
    (`status`, `results`, `site`, …) to who is told; a listener must not block.
    """

    def __init__(self, spool: Spool, broker: Broker, listeners: Mapping[str, Listener], clock: Clock) -> None:
        self._spool = spool
        self._broker = broker
        self._listeners = listeners
        self._clock = clock
        self._waiting: deque[_Arrival] = deque()
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._complained: set[str] = set()
        self.disk_fault: str | None = None

    async def session(self, connection: Connection) -> None:
        """One connection, from the subscriptions to its loss. For `keep_connected`."""
        if not connection.session_present:
            await self._retrying(self._spool.forget_deliveries)
        # An event is what is published, not what a broker remembers: retained ones are not wanted at subscribe.
        await connection.subscribe(topics.ALL_SENSORS, topics.ALL_REPLAYS, send_retained=False)
        await connection.subscribe(*_LIVE_FILTERS, retain_as_published=False)
        self._broker.came_up(connection)
        try:
            async for message in connection.messages():
                self._take(connection, message)
        finally:
            self._broker.went_down()

    def _take(self, connection: Connection, message: Message) -> None:
        branch = message.topic.partition("/")[0]
        if branch in ("sensors", "replays"):
            if message.retain and not connection.is_mqtt5:  # 3.1.1 cannot ask for none; live ones come without the flag
                connection.acknowledge(message)
            elif message.qos == 0 and self._is_crowded:
                self._complain(branch, "too many messages at QoS 0 for this disk: some are dropped; publish at QoS 1")
            else:
                self._waiting.append(_Arrival(connection, message, self._clock.now()))
                self._waiting_bytes += len(message.payload)
                self._arrived.set()
            return
        connection.acknowledge(message)
        try:
            topic = topics.parse(message.topic)
            if branch in self._listeners:  # amqtt also hands out what we have not subscribed to
                self._listeners[branch](topic, message)
        except (BadTopic, BadPayload) as error:
            self._complain(message.topic, f"message on {message.topic[:100]!r} ignored: {error.reason}")

    @property
    def _is_crowded(self) -> bool:
        """QoS 0 knows no acknowledgement to hold back, so what a slow disk makes us keep is bounded here."""
        return len(self._waiting) >= MAX_WAITING_QOS0 or self._waiting_bytes >= MAX_WAITING_BYTES_QOS0

    async def commit(self) -> None:
        """For ever: spools what has arrived, as one commit, then acknowledges it."""
        while True:
            await self._arrived.wait()
            batch = [self._waiting.popleft() for _ in range(min(MAX_COMMIT, len(self._waiting)))]
            self._waiting_bytes -= sum(len(one.message.payload) for one in batch)
            if not self._waiting:
                self._arrived.clear()
            received = [
                Received(
                    rows_of(one.message.topic, one.message.payload, received_at=one.received_at, new_id=self._new_id),
                    one.message.mid,
                    one.message.dup,
                )
                for one in batch
            ]
            await self._retrying(lambda: self._spool.add(received))  # noqa: B023 - awaited before the next turn
            for one in batch:
                one.connection.acknowledge(one.message)

    async def _retrying(self, work: Callable[[], Awaitable[None]]) -> None:
        """Until the disk takes it. Meanwhile there is no PUBACK: the broker keeps what it has for us."""
        backoff = Backoff(base_s=0.2, cap_s=5.0)
        while True:
            try:
                await work()
            except SpoolError as error:
                if self.disk_fault is None:
                    log.error("%s; nothing is acknowledged until it works again", error)  # noqa: TRY400 - the text says it all
                self.disk_fault = str(error)
                await self._clock.sleep(backoff.next_delay_s())
            else:
                if self.disk_fault is not None:
                    log.warning("the spool takes events again")
                self.disk_fault = None
                return

    def _new_id(self) -> str:
        return new_id(self._clock.now())

    def _complain(self, key: str, text: str) -> None:
        """Once per topic, so that a chatty neighbour does not fill the journal."""
        if key in self._complained or len(self._complained) >= MAX_COMPLAINTS:
            return
        self._complained.add(key)
        log.warning("%s", text)
