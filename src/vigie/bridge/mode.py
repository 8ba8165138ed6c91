"""The bridge's replica of the site's mode: the newest record, on disk, put back where the broker shows an older one."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vigie.bridge.broker import Broker
from vigie.domain.mode import INITIAL, newest, next_record
from vigie.protocol import topics
from vigie.protocol.codec import decode_object
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import explain
from vigie.protocol.states import ModeRecord
from vigie.protocol.topics import Topic
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import BrokerError, Message

log = logging.getLogger(__name__)

SETTLE_S = 1.0
"""How long a fresh connection, or a dispute, gets to show what the broker holds. Also bounds how often we publish."""


class ModeRegister:
    """`record` is the newest that we have seen. `on_change` is told of each new one."""

    def __init__(self, path: Path, broker: Broker, clock: Clock, *, writer: str) -> None:
        self._path = path
        self._broker = broker
        self._clock = clock
        self._writer = writer
        self._shown: ModeRecord | None = None
        self._wake = asyncio.Event()
        self.record = _read(path)
        self.on_change: Callable[[], None] = lambda: None
        broker.on_change(self._on_broker)

    def on_message(self, _topic: Topic, message: Message) -> None:
        """Takes what the broker shows on `site/mode`. Raises `BadPayload` for what is no mode; ours then replaces it."""
        self._shown = None
        self._wake.set()
        if not message.payload:
            return
        try:
            shown = ModeRecord.model_validate(decode_object(message.payload))
        except ValidationError as error:
            raise BadPayload(explain(error)) from error
        self._shown = shown
        if shown.stamp == INITIAL.stamp and shown.mode != self.record.mode:
            # Written by hand, without a stamp: a change made now, which must win over what we hold.
            self._take(next_record(self.record, shown.mode, writer=self._writer, changed_by="mqtt", now=self._clock.now()))
        else:
            self._take(newest(self.record, shown))

    async def on_request(self, data: Any) -> dict[str, Any]:
        """The Socket.IO handler of `set_mode`: `done` once the broker has it, else nothing has changed here."""
        try:
            wanted = ModeRecord.model_validate(data)
        except ValidationError as error:
            return {"status": "rejected", "reason": explain(error)}
        if newest(self.record, wanted) != wanted:
            # The server has not heard of the last change yet; its user's wish is newer all the same.
            changed_by = wanted.changed_by
            wanted = next_record(self.record, wanted.mode, writer=self._writer, changed_by=changed_by, now=self._clock.now())
        try:
            await self._publish(wanted)
        except BrokerError as error:
            return {"status": "no_broker", "reason": str(error)}
        self._take(newest(self.record, wanted))
        return {"status": "done"}

    async def run(self) -> None:
        """For ever: keeps the record on disk, and puts it back where the broker shows another."""
        saved = self.record
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self.record != saved:
                saved = self.record
                await self._save(saved)
            await self._clock.sleep(SETTLE_S)
            if not self._broker.connected or self.record in (self._shown, INITIAL):
                continue
            log.info("putting the site's mode back on the broker mode=%s", self.record.mode)
            try:
                await self._publish(self.record)
            except BrokerError as error:
                log.debug("mode not put back: %s", error)  # the next connection starts over

    def _on_broker(self, connected: bool) -> None:
        self._shown = None
        if connected:
            self._wake.set()

    def _take(self, record: ModeRecord) -> None:
        if record != self.record:
            log.info("mode=%s changed_by=%s", record.mode, record.changed_by)
            self.record = record
            self.on_change()

    async def _publish(self, record: ModeRecord) -> None:
        await self._broker.publish(topics.MODE, record.model_dump_json(exclude_none=True).encode(), retain=True)
        self._shown = record
        self._wake.set()

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
