"""The device's copy of the site's mode: kept on disk, put back on the broker where it shows an older one or none."""

import asyncio
import logging
import random
from collections.abc import Callable

from pydantic import ValidationError

from vigie.agent.arrivals import Arrivals
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import WallClock
from vigie.domain.mode import INITIAL, UNSTAMPED, Hearing, Register, hear, next_record
from vigie.protocol import topics
from vigie.protocol.codec import decode_object
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import ClockQuality, explain
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime.clock import Clock
from vigie.runtime.mode_keys import EVERYBODY, ModeKey, Writers
from vigie.runtime.mqtt import Connection, Message, PublishRefused

log = logging.getLogger(__name__)

VALUE_NAME = "mode"
RETAINED_WAIT_S = 1.5
_SHORT_S, _LONG_S = 0.2, 1.5


class ModeKeeper:
    """The newest mode record that this device has seen. `saved` is the JSON that the event log kept, if any; `fallback` is what
    is known where that cannot be read. `arrivals`: whether what is heard now has just been said. `writers` may set the mode;
    `key` signs what this device sets itself. `on_change` gets the new record, and whether it has just been said.
    """

    def __init__(
        self,
        device_id: str,
        event_log: EventLog,
        wall: WallClock,
        clock: Clock,
        *,
        arrivals: Arrivals,
        saved: str | None,
        fallback: ModeRecord = INITIAL,
        writers: Writers = EVERYBODY,
        key: ModeKey | None = None,
        faults: Faults | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._device_id = device_id
        self._log = event_log
        self._wall = wall
        self._clock = clock
        self._jitter = jitter
        self._arrivals = arrivals
        self._writers = writers
        self._key = key
        self._faults = faults or Faults()
        self._register = Register(_read(saved) or fallback)
        self._heard = False
        self._wake = asyncio.Event()
        self.on_change: Callable[[ModeRecord, bool], None] = lambda _record, _is_live: None

    @property
    def record(self) -> ModeRecord:
        """The record that this device obeys."""
        return self._register.record

    def set(self, mode: Mode, *, changed_by: str, changed_from: str) -> None:
        """A change made on this device: obeyed at once, and told to the site as soon as there is a broker."""
        record = next_record(
            self.record,
            mode,
            writer=self._device_id,
            changed_by=changed_by,
            changed_from=changed_from,
            now=self._clock.now(),
            now_is_known=self._knows_the_time(),
        )
        self._keep(Register(self._key.sign(record) if self._key else record, self._clock.monotonic()), is_live=True)

    def hear(self, message: Message) -> None:
        """A message on `site/mode`; an empty one says that somebody cleared it."""
        payload = message.payload
        try:
            record = ModeRecord.model_validate(decode_object(payload)) if payload else None
        except BadPayload as error:
            log.warning("site/mode ignored: %s", error.reason)
            return
        except ValidationError as error:
            log.warning("site/mode ignored: %s", explain(error))
            return
        if record is not None and not self._writers.allow(record):
            what = f"a mode that none of the site's writers has signed: {record.mode} by {record.changed_by or 'nobody'}"
            self._faults.report("mode_refused", what)
            record = None  # ours is put in its place
        elif record is not None:
            self._faults.clear("mode_refused")
        is_live = not message.retain and self._arrivals.is_awake
        if record is not None and record.stamp == UNSTAMPED and is_live and (doubt := self._arrivals.why_doubted()):
            log.warning("a mode written by hand is not obeyed: %s by %s: %s", record.mode, record.changed_by or "nobody", doubt)
            is_live = False
        self._take(record, is_live=is_live)

    async def run(self, connection: Connection) -> None:
        """Notices a broker without a mode, and publishes the record when it is due, for the length of a connection."""
        self._heard = False
        await self._clock.sleep(RETAINED_WAIT_S)
        if not self._heard:
            self._take(None)
        while True:
            while (due := self._register.publish_at) is None:
                self._wake.clear()
                await self._wake.wait()
            await self._clock.sleep(due - self._clock.monotonic())
            if self._register.publish_at == due:
                await self._put_back(connection)

    async def _put_back(self, connection: Connection) -> None:
        record = self._register.record
        self._register = Register(record)
        log.info("putting mode=%s back on the broker", record.mode)
        try:
            await connection.publish(topics.MODE, record.model_dump_json().encode(), retain=True)
        except PublishRefused as error:  # a broker may give devices read access only
            log.warning("%s", error)

    def _take(self, record: ModeRecord | None, *, is_live: bool = False) -> None:
        self._heard = True
        hearing = Hearing(
            writer=self._device_id,
            now=self._clock.now(),
            now_is_known=self._knows_the_time(),
            monotonic_s=self._clock.monotonic(),
            delay_s=_SHORT_S + (_LONG_S - _SHORT_S) * self._jitter(),
            is_live=is_live,
        )
        self._keep(hear(self._register, record, hearing), is_live=is_live)

    def _knows_the_time(self) -> bool:
        return self._wall.quality() is not ClockQuality.UNSYNCED

    def _keep(self, register: Register, *, is_live: bool) -> None:
        before, self._register = self.record, register
        self._wake.set()
        if self.record == before:
            return
        log.info("mode=%s changed_by=%s", self.record.mode, self.record.changed_by)
        self._log.put_value(VALUE_NAME, self.record.model_dump_json())
        self.on_change(self.record, is_live)


def _read(saved: str | None) -> ModeRecord | None:
    if saved is None:
        return None
    try:
        return ModeRecord.model_validate_json(saved)
    except ValidationError as error:  # of another version: the broker or another Pi has a record that we can read
        log.warning("the mode on disk cannot be read: %s", error)
        return None
