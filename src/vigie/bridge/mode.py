"""The bridge's replica of the site's mode: the newest record, on disk, put back where the broker shows an older one."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vigie.bridge.broker import Broker
from vigie.domain.mode import INITIAL, SET_SINCE_YEAR, Hearing, Register, hear, newest
from vigie.protocol import topics
from vigie.protocol.codec import decode_object
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import explain
from vigie.protocol.states import ModeRecord
from vigie.protocol.topics import Topic
from vigie.runtime.clock import Clock
from vigie.runtime.mode_keys import EVERYBODY, Writers
from vigie.runtime.mqtt import BrokerError, Message

log = logging.getLogger(__name__)

RETAINED_WAIT_S = 1.0
"""A broker sends its retained messages right after the SUBACK; what has not come by then is not there."""

PUT_BACK_DELAY_S = 0.5
"""The agents do the same with a delay of their own: whoever is first spares the others."""

LIVE_AFTER_S = 10.0
"""What a persistent session has kept for us while we were away comes right after a connect, and looks like news."""


class ModeRegister:
    """`record` is the newest that we have seen; which one that is, `domain.mode` says. `on_change` is told of each new one."""

    def __init__(self, path: Path, broker: Broker, clock: Clock, *, writer: str, writers: Writers = EVERYBODY) -> None:
        self._path = path
        self._broker = broker
        self._clock = clock
        self._writer = writer
        self._writers = writers
        self.fault: str | None = None
        self._register = Register(_read(path))
        self._is_new_connection = False
        self._connected_at = clock.monotonic()
        self._heard = False
        self._wake = asyncio.Event()
        self.on_change: Callable[[], None] = lambda: None
        broker.on_change(self._on_broker)

    @property
    def record(self) -> ModeRecord:
        """The record that stands, as far as we know."""
        return self._register.record

    def on_message(self, _topic: Topic, message: Message) -> None:
        """Takes what the broker shows on `site/mode`. Raises `BadPayload` for what is no mode; ours then replaces it."""
        shown = None
        try:
            if message.payload:
                shown = self._allowed(ModeRecord.model_validate(decode_object(message.payload)))
        except ValidationError as error:
            raise BadPayload(explain(error)) from error
        finally:
            is_settled = not self._broker.had_kept_for_us or self._clock.monotonic() - self._connected_at > LIVE_AFTER_S
            self._hear(shown, is_live=not message.retain and is_settled and self._broker.why_doubted is None)

    async def on_request(self, data: Any) -> dict[str, Any]:
        """The Socket.IO handler of `set_mode`: `done` once the broker has it, else nothing has changed here.

        `behind` comes with a record that the server has not heard of yet: its user's wish is newer, and it has to say so.
        """
        try:
            wanted = ModeRecord.model_validate(data)
        except ValidationError as error:
            return {"status": "rejected", "reason": explain(error)}
        if not self._writers.allow(wanted):
            return {"status": "rejected", "reason": "the server's key is none of the site's mode_writers: set its mode_key_file"}
        if newest(self.record, wanted) != wanted:
            return {"status": "behind", "record": self.record.model_dump(mode="json")}
        try:
            await self._publish(wanted)
        except BrokerError as error:
            return {"status": "no_broker", "reason": str(error)}
        if newest(self.record, wanted) == wanted:
            self._take(Register(wanted))
        return {"status": "done"}

    def _allowed(self, record: ModeRecord) -> ModeRecord | None:
        """None for one that none of the site's writers has signed: ours is put in its place."""
        if self._writers.allow(record):
            self.fault = None
            return record
        self.fault = (
            f"a mode that none of the site's writers has signed was refused: {record.mode} by {record.changed_by or 'nobody'}"
        )
        return None

    async def run(self) -> None:
        """For ever: keeps the record on disk, and publishes it when that is due."""
        saved = self.record
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self.record != saved:
                saved = self.record
                await self._save(saved)
            if self._is_new_connection:
                self._is_new_connection = False
                await self._clock.sleep(RETAINED_WAIT_S)
                if not self._heard:
                    self._hear(None)
            if (due := self._register.publish_at) is None:
                continue
            await self._clock.sleep(due - self._clock.monotonic())
            if self._register.publish_at == due and self._broker.connected:
                await self._put_back()

    def _on_broker(self, connected: bool) -> None:
        self._is_new_connection, self._heard = connected, False
        self._connected_at = self._clock.monotonic()
        self._wake.set()

    def _hear(self, shown: ModeRecord | None, *, is_live: bool = False) -> None:
        self._heard = True
        now = self._clock.now()
        hearing = Hearing(
            writer=self._writer,
            now=now,
            now_is_known=now.year >= SET_SINCE_YEAR,
            monotonic_s=self._clock.monotonic(),
            delay_s=PUT_BACK_DELAY_S,
            is_live=is_live,
        )
        self._take(hear(self._register, shown, hearing))

    def _take(self, register: Register) -> None:
        before, self._register = self.record, register
        self._wake.set()
        if register.record != before:
            log.info("mode=%s changed_by=%s", self.record.mode, self.record.changed_by)
            self.on_change()

    async def _put_back(self) -> None:
        self._register = Register(self.record)
        log.info("putting the site's mode on the broker mode=%s", self.record.mode)
        try:
            await self._publish(self.record)
        except BrokerError as error:
            log.warning("mode not put on the broker: %s", error)  # the next connection starts over

    async def _publish(self, record: ModeRecord) -> None:
        await self._broker.publish(topics.MODE, record.model_dump_json(exclude_none=True).encode(), retain=True)

    async def _save(self, record: ModeRecord) -> None:
        try:
            await asyncio.to_thread(_write, self._path, record)
        except OSError as error:
            log.warning("the mode cannot be kept in %s: %s", self._path, error)


def _read(path: Path) -> ModeRecord:
    try:
        return ModeRecord.model_validate(decode_object(path.read_bytes()))
    except FileNotFoundError:
        return INITIAL
    except (OSError, BadPayload, ValidationError) as error:
        log.warning("the mode kept in %s cannot be read, the broker's stands: %s", path, error)
        return INITIAL


def _write(path: Path, record: ModeRecord) -> None:
    """Whole or not at all, also when the power goes."""
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(record.model_dump_json(exclude_none=True).encode())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
