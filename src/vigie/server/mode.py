"""The site's mode as the server knows it: what bridges report, and changes asked for over HTTP."""

import asyncio
import logging

from sqlalchemy import Connection

from vigie.domain.mode import INITIAL, MAX_STAMP_MS, newest, next_record
from vigie.protocol.errors import BadPayload
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime.clock import Clock
from vigie.server.api.schemas import ModeState
from vigie.server.bridges import Bridges
from vigie.server.errors import StoreUnavailable
from vigie.server.live import LiveNews
from vigie.server.store.site import load_mode, save_mode
from vigie.server.store.store import Store

log = logging.getLogger(__name__)

WRITER = "server"
SAVE_RETRY_S = 5.0


class SiteMode:
    """The newest record wins. The broker's retained `site/mode` is the site's; ours is a copy for alerts and the page."""

    def __init__(self, store: Store, live: LiveNews, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._record: ModeRecord | None = None
        self._unsaved = asyncio.Event()
        self._changing = asyncio.Lock()

    @property
    def state(self) -> ModeState:
        """The mode now; `active`, and not `known`, until a bridge has reported one."""
        record = self._record or INITIAL
        return ModeState(**record.model_dump(), known=self._record is not None)

    def load(self, connection: Connection) -> None:
        """Takes up what was known before the restart."""
        self._record = load_mode(connection)

    async def take_reported(self, record: ModeRecord) -> None:
        """A record that a bridge holds; an older one than ours changes nothing. Raises `BadPayload`.

        The bridge has judged the stamp by a clock that it knows to be right; ours may be that of a machine without one.
        """
        if record.stamp[0] > MAX_STAMP_MS:
            raise BadPayload("the stamp of this mode is beyond the year 2100; some clock is wrong")
        if self._record is None or (record != self._record and newest(self._record, record) == record):
            await self._keep(record)

    async def change(self, mode: Mode, bridges: Bridges, changed_by: str) -> ModeState:
        """Asks the site for another mode; returns when the broker has it. Raises `NoBridge`, and nothing has changed."""
        async with self._changing:  # two at once would bear the same stamp
            now = self._clock.now()
            record = next_record(self._record or INITIAL, mode, writer=WRITER, changed_by=changed_by, now=now)
            await bridges.set_mode(record)
            await self.take_reported(record)
            return self.state

    async def keep_for_ever(self) -> None:
        """Writes down what a full disk has kept from being written: alerts go by the stored mode."""
        while True:
            await self._unsaved.wait()
            await self._clock.sleep(SAVE_RETRY_S)
            if self._unsaved.is_set():
                await self._save()

    async def _keep(self, record: ModeRecord) -> None:
        self._record = record
        self._unsaved.set()
        self._live.tell("mode", self.state)
        await self._save()

    async def _save(self) -> None:
        record = self._record
        assert record is not None  # there is something unsaved

        def work(connection: Connection) -> None:
            save_mode(connection, record)

        try:
            await self._store.write(work)
        except StoreUnavailable as error:
            log.debug("the mode was not written down, trying again reason=%s", error)
            return
        if self._record is record:
            self._unsaved.clear()
