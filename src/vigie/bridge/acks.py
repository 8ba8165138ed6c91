"""`acks/{device}`: tells each device what the server has committed of its log. At most one a second per device."""

import asyncio
import logging

from vigie.bridge.broker import Broker
from vigie.protocol import topics
from vigie.protocol.states import Ack
from vigie.protocol.topics import is_device_id
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import BrokerError

log = logging.getLogger(__name__)

INTERVAL_S = 1.0
MAX_DEVICES = 1000


class Acks:
    """Newest wins, and the newest is always sent: a device prunes and replays by it."""

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._waiting: dict[tuple[str, str], int] = {}
        self._offered = asyncio.Event()

    def offer(self, device_id: str, stream_id: str, through_seq: int) -> None:
        """Every event of this stream up to `through_seq` is on the server; to be published soon."""
        if not is_device_id(device_id) or len(self._waiting) >= MAX_DEVICES:
            return
        key = (device_id, stream_id)
        self._waiting[key] = max(through_seq, self._waiting.get(key, 0))
        self._offered.set()

    async def run(self) -> None:
        """For ever: publishes what waits, then rests for the interval, so that a burst makes one ack."""
        while True:
            await self._offered.wait()
            self._offered.clear()
            waiting, self._waiting = self._waiting, {}
            for (device_id, stream_id), through_seq in waiting.items():
                ack = Ack(stream_id=stream_id, through_seq=through_seq)
                try:
                    await self._broker.publish(topics.ack(device_id), ack.model_dump_json(exclude_none=True).encode())
                except BrokerError as error:
                    log.debug("ack not sent: device=%s %s", device_id, error)  # its next heartbeat asks again
            await self._clock.sleep(INTERVAL_S)
