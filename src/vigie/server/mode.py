"""The site's mode as the server knows it: what bridges report, and changes asked for over HTTP."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from vigie.domain.mode import INITIAL, MAX_STAMP_MS, newest, next_record
from vigie.protocol.errors import BadPayload
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime.clock import Clock
from vigie.runtime.mode_keys import ModeKey
from vigie.server.api.schemas import AuditAction, ModeState
from vigie.server.bridges import Bridges, ModeBehind
from vigie.server.errors import NoBridge, StoreUnavailable
from vigie.server.live import LiveNews
from vigie.server.store.audit import Author, Deed, note
from vigie.server.store.site import load_mode, save_mode
from vigie.server.store.store import Store

log = logging.getLogger(__name__)

WRITER = "server"
SAVE_RETRY_S = 5.0
MAX_UNSAVED = 1000
"""Changes that wait for a disk with room; beyond them the oldest are missing in the audit log."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that somebody asks for, and what its record shall say of them."""

    mode: Mode
    changed_by: str
    changed_from: str
    bypass: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Change:
    """A record that has become the site's, the one before it, and when we have seen that."""

    record: ModeRecord
    previous: ModeRecord | None
    seen_at: datetime


class SiteMode:
    """The newest record wins. The broker's retained `site/mode` is the site's; ours is a copy for alerts and the page."""

    def __init__(self, store: Store, live: LiveNews, clock: Clock, key: ModeKey | None = None) -> None:
        self._key = key
        self._store = store
        self._live = live
        self._clock = clock
        self._record: ModeRecord | None = None
        self._unsaved: list[_Change] = []
        self._is_unsaved = asyncio.Event()
        self._saving = asyncio.Lock()
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

    async def change(self, wish: Wish, bridges: Bridges, permit: Callable[[ModeRecord], None]) -> ModeState:
        """Asks the site for another mode; returns when the broker has it. Raises `NoBridge`, and nothing has changed.

        `permit` is asked last, with the record that would be replaced, and raises where this must not be.
        """
        async with self._changing:  # two at once would bear the same stamp
            try:
                await self._try_to_change(wish, bridges, permit)
            except ModeBehind as behind:
                await self.take_reported(behind.record)
                try:
                    await self._try_to_change(wish, bridges, permit)
                except ModeBehind as again:
                    raise NoBridge(f"{again}: somebody else is changing it just now; nothing was changed") from again
            return self.state

    async def _try_to_change(self, wish: Wish, bridges: Bridges, permit: Callable[[ModeRecord], None]) -> None:
        current = self._record or INITIAL
        permit(current)
        record = next_record(
            current,
            wish.mode,
            writer=WRITER,
            changed_by=wish.changed_by,
            now=self._clock.now(),
            changed_from=wish.changed_from,
            bypass=wish.bypass,
        )
        record = self._key.sign(record) if self._key else record
        await bridges.set_mode(record)
        await self.take_reported(record)

    async def keep_for_ever(self) -> None:
        """Writes down what a full disk has kept from being written: alerts go by the stored mode."""
        while True:
            await self._is_unsaved.wait()
            await self._clock.sleep(SAVE_RETRY_S)
            await self._save()

    async def _keep(self, record: ModeRecord) -> None:
        self._unsaved.append(_Change(record, self._record, self._clock.now()))
        del self._unsaved[:-MAX_UNSAVED]
        self._record = record
        self._is_unsaved.set()
        self._live.tell("mode", self.state)
        await self._save()

    async def _save(self) -> None:
        async with self._saving:  # each change is in the audit log once
            changes = list(self._unsaved)
            if not changes:
                return

            def work(connection: Connection) -> None:
                save_mode(connection, changes[-1].record)
                for change in changes:
                    note(connection, _deed(change), change.seen_at)

            try:
                await self._store.write(work)
            except StoreUnavailable as error:
                log.debug("the mode was not written down, trying again reason=%s", error)
                return
            self._unsaved = [change for change in self._unsaved if change not in changes]
            if not self._unsaved:
                self._is_unsaved.clear()


def _deed(change: _Change) -> Deed:
    record, previous = change.record, change.previous
    detail = {
        "mode": record.mode.value,
        "previous": None if previous is None else previous.mode.value,
        "bypass": list(record.bypass),
        "changed_at": None if record.changed_at is None else record.model_dump(mode="json")["changed_at"],
        "stamp": list(record.stamp),
    }
    return Deed(AuditAction.MODE, Author(record.changed_by, record.changed_from), detail)
