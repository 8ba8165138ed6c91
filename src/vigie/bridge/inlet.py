"""From the broker into the spool: commit first, then PUBACK. Everything else that arrives goes to its listener at once."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vigie.bridge.broker import Broker
from vigie.bridge.events_api import Unavailable
from vigie.bridge.quick_intake import rows_of
from vigie.bridge.spool import Spool
from vigie.bridge.spool_file import Received, SpooledRow, SpoolError
from vigie.domain.flooding import FloodGate
from vigie.protocol import topics
from vigie.protocol.errors import BadPayload, BadTopic
from vigie.protocol.topics import Topic
from vigie.runtime.clock import Clock
from vigie.runtime.ids import new_id
from vigie.runtime.mqtt import Connection, Message

log = logging.getLogger(__name__)

Listener = Callable[[Topic, Message], None]

MAX_COMMIT = 500
MAX_COMMIT_BYTES = 256 * 1024
BULK_BESIDE_LIVE_BYTES = 64 * 1024
"""A page more or less: events in a hurry do not wait for more than that."""

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


class Straight(Protocol):
    """The way past a disk that takes nothing: `Uplink` has one."""

    async def send_straight(self, rows: Sequence[SpooledRow]) -> None:
        """One attempt; raises `Unavailable`."""
        ...

    async def wait_straight(self, fault: str) -> None:
        """Until the next attempt is due."""
        ...


@dataclass(slots=True)
class _Arrival:
    connection: Connection
    message: Message
    received_at: datetime
    is_safe: bool = False
    excess_of: str | None = None


class Inlet:
    """The session with the broker, and the task that commits what it brings.

    The two are apart so that an answer to a command does not wait for the disk. `listeners` maps a topic's first level
    (`status`, `results`, `site`, …) to who is told; a listener must not block. Replays, and what a flooding device sends
    above its rate, wait behind everything else.
    """

    def __init__(self, spool: Spool, straight: Straight, broker: Broker, listeners: Mapping[str, Listener], clock: Clock) -> None:
        self._spool = spool
        self._straight = straight
        self._broker = broker
        self._listeners = listeners
        self._clock = clock
        self._gate = FloodGate()
        self._live: deque[_Arrival] = deque()
        self._bulk: deque[_Arrival] = deque()
        self._excess: Counter[str] = Counter()  # device -> its messages above the rate that wait: later ones must not overtake them
        self._unanswered: deque[_Arrival] = deque()  # PUBACKs go out in the order of arrival (MQTT 5, 4.6)
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._complained: set[str] = set()
        self._sent_straight: dict[int, bytes] = {}  # packet id -> fingerprint: what a full disk could not note

    async def session(self, connection: Connection) -> None:
        """One connection, from the subscriptions to its loss. For `keep_connected`."""
        if not connection.session_present:
            await self._spool.forget_deliveries()
            self._sent_straight.clear()
        # An event is what is published, not what a broker remembers: retained ones are not wanted at subscribe.
        await connection.subscribe(topics.ALL_SENSORS, topics.ALL_REPLAYS, send_retained=False)
        await connection.subscribe(*_LIVE_FILTERS, retain_as_published=False)
        self._broker.came_up(connection)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._broker.ask(connection), name="signs of life")
                async for message in connection.messages():
                    self._take(connection, message)
        finally:
            self._broker.went_down()

    def _take(self, connection: Connection, message: Message) -> None:
        branch, _, rest = message.topic.partition("/")
        if branch in ("sensors", "replays"):
            if message.retain and not connection.is_mqtt5:  # 3.1.1 cannot ask for none; live ones come without the flag
                connection.acknowledge(message)
            elif message.qos == 0 and self._is_crowded:
                self._complain(branch, "too many messages at QoS 0 for this disk: some are dropped; publish at QoS 1")
            else:
                self._enqueue(_Arrival(connection, message, self._clock.now()), branch, rest.partition("/")[0])
            return
        connection.acknowledge(message)
        try:
            topic = topics.parse(message.topic)
            if branch in self._listeners:  # amqtt also hands out what we have not subscribed to
                self._listeners[branch](topic, message)
        except (BadTopic, BadPayload) as error:
            self._complain(message.topic, f"message on {message.topic[:100]!r} ignored: {error.reason}")

    def _enqueue(self, arrival: _Arrival, branch: str, device: str) -> None:
        if branch == "replays":
            self._bulk.append(arrival)
        elif self._gate.passes(device, self._clock.monotonic()) and not self._excess[device]:
            self._live.append(arrival)
        else:
            arrival.excess_of = device
            self._excess[device] += 1
            self._bulk.append(arrival)
        if arrival.message.qos:
            self._unanswered.append(arrival)
        self._waiting_bytes += len(arrival.message.payload)
        self._arrived.set()

    @property
    def waiting(self) -> int:
        """How many messages wait for the disk."""
        return len(self._live) + len(self._bulk)

    @property
    def _is_crowded(self) -> bool:
        """QoS 0 knows no acknowledgement to hold back, so what a slow disk makes us keep is bounded here."""
        return self.waiting >= MAX_WAITING_QOS0 or self._waiting_bytes >= MAX_WAITING_BYTES_QOS0

    async def commit(self) -> None:
        """For ever: spools what has arrived, as one commit, then acknowledges it."""
        while True:
            await self._arrived.wait()
            live = _pop(self._live, MAX_COMMIT_BYTES)
            bulk = [] if self._live else _pop(self._bulk, BULK_BESIDE_LIVE_BYTES if live else MAX_COMMIT_BYTES)
            self._excess -= Counter(one.excess_of for one in bulk if one.excess_of is not None)
            if not self._live and not self._bulk:
                self._arrived.clear()
            received = [self._received(one, is_live=True) for one in live]
            received += [self._received(one, is_live=False) for one in bulk]
            await self._make_safe(received)
            for one in (*live, *bulk):
                one.is_safe = True
                self._waiting_bytes -= len(one.message.payload)
            while self._unanswered and self._unanswered[0].is_safe:
                answered = self._unanswered.popleft()
                answered.connection.acknowledge(answered.message)

    def _received(self, one: _Arrival, *, is_live: bool) -> Received:
        message = one.message
        rows = rows_of(
            message.topic,
            message.payload,
            received_at=one.received_at,
            new_id=self._new_id,
            expires_in_s=message.expires_in_s,
        )
        return Received(rows, message.mid, message.dup, is_live)

    async def _make_safe(self, received: Sequence[Received]) -> None:
        """In the spool, or, where the disk takes nothing, on the server. Meanwhile there is no PUBACK: the broker keeps it."""
        if self._sent_straight:
            received = [one for one in received if not (one.dup and self._was_sent_straight(one))]
        while True:
            try:
                await self._spool.add(received)
            except SpoolError:
                pass
            else:
                return
            new = await self._spool.unknown(received)
            try:
                await self._straight.send_straight(self._spool.unspooled(new))
            except Unavailable as error:
                await self._straight.wait_straight(str(error))
            else:
                self._sent_straight.update((one.mid, row.fingerprint) for one in new for row in one.rows if row.fingerprint)
                return

    def _was_sent_straight(self, one: Received) -> bool:
        return len(one.rows) == 1 and self._sent_straight.get(one.mid, b"") == one.rows[0].fingerprint

    def _new_id(self) -> str:
        return new_id(self._clock.now())

    def _complain(self, key: str, text: str) -> None:
        """Once per topic, so that a chatty neighbour does not fill the journal."""
        if key in self._complained or len(self._complained) >= MAX_COMPLAINTS:
            return
        self._complained.add(key)
        log.warning("%s", text)


def _pop(waiting: deque[_Arrival], max_bytes: int) -> list[_Arrival]:
    """The oldest of them within the limits, at least one where there is any."""
    taken: list[_Arrival] = []
    size_bytes = 0
    while waiting and len(taken) < MAX_COMMIT:
        size_bytes += len(waiting[0].message.payload)
        if taken and size_bytes > max_bytes:
            break
        taken.append(waiting.popleft())
    return taken
