"""`acks/{device}`: tells each device what the server has committed of its log. One a second, or one every 5,000 events.

A server that was restored from a backup has less than before, and a device must hear that: so the newest word stands,
not the highest number. Words come two ways, as the answers to uploads and to heartbeats, and may overtake each other.
"""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass

from vigie.bridge.broker import Broker
from vigie.protocol import topics
from vigie.protocol.states import Ack
from vigie.protocol.topics import is_device_id
from vigie.runtime.clock import Clock, wait_for_event
from vigie.runtime.mqtt import BrokerError

log = logging.getLogger(__name__)

INTERVAL_S = 1.0
HURRY_EVENTS = 5_000
"""A device sends no more than some 18,000 events ahead of its ack: one a second would be the most that a backlog can drain."""
MAX_STREAMS = 1000


@dataclass(frozen=True, slots=True)
class Word:
    """What the server said of a stream at some moment between `asked_at_s` and `answered_at_s` of the monotonic clock."""

    through_seq: int
    event_id: str | None
    asked_at_s: float
    answered_at_s: float

    def stands_after(self, before: "Word") -> bool:
        """Whether this word replaces `before`.

        One that was asked for after the other had been answered is the newer one, also when it says less. Where the two
        overlap nobody can tell, and the higher is: within one life of a server the number only grows.
        """
        if self.asked_at_s >= before.answered_at_s:
            return True
        return before.asked_at_s < self.answered_at_s and self.through_seq >= before.through_seq


class Acks:
    """Keeps the newest word per stream, and publishes it when it is asked for or has changed."""

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._words: OrderedDict[tuple[str, str], Word] = OrderedDict()
        self._due: dict[tuple[str, str], None] = {}
        self._told: dict[tuple[str, str], int] = {}
        self._offered = asyncio.Event()
        self._hurry = asyncio.Event()

    def offer(self, device_id: str, stream_id: str, through_seq: int, event_id: str | None, *, asked_at_s: float) -> None:
        """The server has just answered: it holds every event of this stream up to `through_seq`. To be published soon."""
        if not is_device_id(device_id):
            return
        key = (device_id, stream_id)
        word = Word(through_seq, event_id, asked_at_s, self._clock.monotonic())
        if (before := self._words.get(key)) is None or word.stands_after(before):
            self._words[key] = word
        self._words.move_to_end(key)
        if len(self._words) > MAX_STREAMS:
            forgotten, _ = self._words.popitem(last=False)
            self._told.pop(forgotten, None)
        self._due[key] = None
        self._offered.set()
        if self._words[key].through_seq - self._told.get(key, 0) >= HURRY_EVENTS:
            self._hurry.set()

    async def run(self) -> None:
        """For ever: publishes what is due, then rests for the interval, so that a burst makes one ack, and a long one some."""
        while True:
            await self._offered.wait()
            self._offered.clear()
            self._hurry.clear()
            due, self._due = self._due, {}
            for key in due:
                if (word := self._words.get(key)) is not None:
                    self._told[key] = word.through_seq
                    await self._publish(*key, word)
            await wait_for_event(self._hurry, INTERVAL_S, self._clock)

    async def _publish(self, device_id: str, stream_id: str, word: Word) -> None:
        ack = Ack(stream_id=stream_id, through_seq=word.through_seq, event_id=word.event_id)
        try:
            await self._broker.publish(topics.ack(device_id), ack.model_dump_json(exclude_none=True).encode())
        except BrokerError as error:
            log.debug("ack not sent: device=%s %s", device_id, error)  # its next heartbeat asks again
