"""The spool: what the broker gave us and the server does not have yet. Its lanes, its bound, its counts.

Two uploads take rows: the *live* lane those in a hurry, from memory, the *backlog* everything else, from the file, in the
order of arrival. A full disk stops neither: see `keep`.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from vigie.bridge.holdings import Holdings
from vigie.bridge.intake import gap_row
from vigie.bridge.live_lane import LIVE_FOR_S, LiveLane
from vigie.bridge.spool_disk import SpoolDisk
from vigie.bridge.spool_file import Received, SpooledRow, SpoolError
from vigie.runtime.backoff import Backoff
from vigie.runtime.clock import Clock
from vigie.runtime.ids import new_id

log = logging.getLogger(__name__)

DEFAULT_MAX_BYTES = 1024**3
_KEPT_IN_MEMORY = 1000


class Spool:
    """Rows in the order of their arrival. Made by `await Spool.open(…)`.

    Of the methods only `add` and `next_backlog` raise `SpoolError`.
    """

    def __init__(self, path: Path, *, boot_id: str, clock: Clock, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.disk = SpoolDisk(path)
        self._boot_id = boot_id
        self._clock = clock
        self.holdings = Holdings(max_bytes)
        self._live = LiveLane()
        self._position = 0  # the backlog has been given everything up to here
        self._in_hand: set[int] = set()  # rows that somebody uploads, or that are on the server and not deleted yet
        self._undeleted: list[int] = []
        self._unparked: list[tuple[SpooledRow, str]] = []
        self._given_up: Counter[str] = Counter()
        self._releases = self._replaced = self.parked = 0
        self.filled = asyncio.Event()

    @classmethod
    async def open(cls, path: Path, *, boot_id: str, clock: Clock, max_bytes: int = DEFAULT_MAX_BYTES) -> Self:
        """Opens or makes the file. Without room for it the spool begins without one: `add` fails, `keep` goes on trying.

        Raises `SpoolError` where the folder cannot be used for another reason.
        """
        spool = cls(path, boot_id=boot_id, clock=clock, max_bytes=max_bytes)
        try:
            await spool._open_file()
        except SpoolError as error:
            if not spool.disk.is_out_of_room:
                await spool.disk.close()
                raise
            spool.disk.failed(error)
        return spool

    @property
    def depth(self) -> int:
        """How many items wait for the server."""
        return self.holdings.depth

    @property
    def unread(self) -> int:
        """So many of them at least nobody has in hand."""
        return self.holdings.depth - len(self._in_hand)

    async def holds(self, device_id: str, stream_id: str, seq: int) -> bool:
        """Whether this event of a log waits here. Where the disk does not tell: no."""
        if not self.holdings.count_of(device_id):
            return False
        try:
            return await self.disk.do(lambda file: file.holds(device_id, stream_id, seq))
        except SpoolError:
            return False

    async def add(self, received: Sequence[Received]) -> None:
        """Stores the rows of these messages, all or none; when it returns they survive a power cut.

        A full spool keeps nothing: our agents have a log and replay; for the others a `gap` event tells how many.
        """
        given_up: Counter[str] = Counter()
        if self.holdings.are_full:
            given_up.update(row.device_id for message in received for row in message.rows if row.stream_id is None)
            received = []
        if received or given_up:
            mono_ms = self._mono_ms()
            try:
                new = await self.disk.do(lambda file: file.insert(received, self._boot_id, mono_ms, given_up))
            except SpoolError as error:
                self.disk.failed(error)
                raise
            self._given_up.update(given_up)
            self._taken(new)
            await self._recount_if_replaced()
            self._works()

    async def unknown(self, received: Sequence[Received]) -> list[Received]:
        """Those of these messages that are no redeliveries of what was stored before."""
        try:
            return await self.disk.do(lambda file: file.unknown(received))
        except SpoolError:
            return list(received)

    async def next_live(self, max_items: int, max_bytes: int) -> list[SpooledRow]:
        """Waits for rows in a hurry. What is no longer fresh goes to the backlog."""
        while True:
            rows = self.still_live(await self._live.next(max_items, max_bytes))
            if rows:
                return rows

    def still_live(self, rows: Sequence[SpooledRow]) -> list[SpooledRow]:
        """Those of these rows that are fresh; the others are the backlog's from now on."""
        limit_ms = self._mono_ms() - LIVE_FOR_S * 1000
        self.release([row for row in rows if row.received_mono_ms < limit_ms])
        return [row for row in rows if row.received_mono_ms >= limit_ms]

    async def next_backlog(self, max_items: int, max_bytes: int) -> list[SpooledRow]:
        """Waits until there is something, then gives the oldest rows that nobody has in hand, at least one."""
        while True:
            self.filled.clear()
            if self.disk.is_open:
                releases = self._releases
                rows = await self.disk.do(lambda file: file.after(self._position, max_items, max_bytes, self._in_hand))
                rows = self._live.not_overtaking(row for row in rows if row.id not in self._in_hand)
                await self._recount_if_replaced()
                if self._releases != releases:
                    continue  # a row was given back meanwhile: it must not be passed over
                if rows:
                    self._position = rows[-1].id
                    self._in_hand.update(row.id for row in rows)
                    return rows
            await self.filled.wait()

    def release(self, rows: Sequence[SpooledRow]) -> None:
        """These rows were not uploaded: they are the backlog's."""
        if rows:
            self._releases += 1
            self._left_lane(rows)
            self._in_hand.difference_update(row.id for row in rows)
            self._position = min(self._position, min(row.id for row in rows) - 1)
            self.filled.set()

    async def delete(self, rows: Sequence[SpooledRow]) -> None:
        """The server has these rows. Where the disk does not let them go now, they are only remembered to be gone."""
        rows = [row for row in rows if row.id]
        self._left_lane(rows)
        self.holdings.remove(rows)
        await self._delete([row.id for row in rows])

    async def park(self, row: SpooledRow, reason: str) -> None:
        """Sets a row aside that the server takes in no form; in memory until the disk takes it."""
        self.parked += 1
        try:
            await self.disk.do(lambda file: file.park(row, reason))
        except SpoolError as error:
            self.disk.failed(error)
            if len(self._unparked) < _KEPT_IN_MEMORY:
                self._unparked.append((row, reason))
        else:
            self._in_hand.discard(row.id)
        self.holdings.remove([row] if row.id else [])

    async def forget_deliveries(self) -> None:
        """The broker has a new session for us: none of the old packet ids can come back."""
        if self.disk.is_open:
            await self.disk.do(lambda file: file.forget_deliveries())

    async def keep(self) -> None:
        """For ever: while the disk fails, tries until it works, then makes up for what could not be written."""
        backoff = Backoff(base_s=0.5, cap_s=5.0)
        await self._delete([])
        while True:
            await self.disk.failing.wait()
            await self._clock.sleep(backoff.next_delay_s())
            try:
                if not self.disk.is_open:
                    await self._open_file()
                await self.disk.do(lambda file: file.probe())
                while self._unparked:
                    row, reason = self._unparked[0]
                    await self.disk.do(lambda file: file.park(row, reason))  # noqa: B023 - awaited before the next turn
                    self._in_hand.discard(row.id)
                    self._unparked.pop(0)
            except SpoolError as error:
                self.disk.failed(error)
                continue
            if await self._delete([]):
                self._works()
                backoff.reset()

    async def close(self) -> None:
        """Finishes what is under way and closes the file."""
        await self.disk.close()

    def late_after(self, row: SpooledRow, limit_s: float) -> bool:
        """Whether the event of this row is older than `limit_s` by now; one of unknown age is."""
        if row.age_ms is None or row.boot_id != self._boot_id:
            return True
        return row.age_ms + self._mono_ms() - row.received_mono_ms > limit_s * 1000

    def unspooled(self, received: Sequence[Received]) -> list[SpooledRow]:
        """The rows of these messages as the upload takes them, for a disk that does not."""
        mono_ms = self._mono_ms()
        return [
            SpooledRow(0, row.device_id, row.item, row.is_event, row.age_ms, self._boot_id, mono_ms)
            for message in received
            for row in message.rows
        ]

    def _taken(self, new: Sequence[SpooledRow]) -> None:
        """Before anybody else can read them: the rows in a hurry are in hand, the others the backlog's."""
        taken = self._live.take(new, self.holdings.count_of)
        self.holdings.add(new)
        self._in_hand.update(row.id for row in taken)
        if len(taken) < len(new):
            self.filled.set()

    def _left_lane(self, rows: Sequence[SpooledRow]) -> None:
        if self._live.let_go(rows):
            self.filled.set()

    async def _delete(self, ids: Sequence[int]) -> bool:
        self._undeleted.extend(ids)
        ids, self._undeleted = self._undeleted, []
        try:
            if ids:
                await self.disk.do(lambda file: file.delete(ids))
            self._in_hand.difference_update(ids)
            await self._recount_if_replaced()
            await self._tell_given_up()
        except SpoolError as error:
            self._undeleted.extend(id_ for id_ in ids if id_ in self._in_hand)
            self.disk.failed(error)
            return False
        return True

    async def _tell_given_up(self) -> None:
        """Once there is room again: an event per device that tells how many of its events there was none for."""
        if self.holdings.are_full or not self._given_up:
            return
        counts, self._given_up = self._given_up, Counter()
        now = self._clock.now()
        gaps = [gap_row(device_id, count, now, new_id(now)) for device_id, count in counts.items() if device_id]
        mono_ms = self._mono_ms()
        try:
            new = await self.disk.do(lambda file: file.tell_given_up(gaps, counts, self._boot_id, mono_ms))
        except SpoolError:
            self._given_up.update(counts)
            raise
        log.warning("the spool has room again; events that had none=%d devices=%d", counts.total(), len(counts))
        self._taken(new)

    async def _open_file(self) -> None:
        await self.disk.open()
        self._given_up = Counter(await self.disk.do(lambda file: file.given_up()))
        await self._recount()

    async def _recount_if_replaced(self) -> None:
        """What was carried over to the file that took a damaged one's place is what there is."""
        if len(self.disk.damaged_files) != self._replaced:
            await self._recount()

    async def _recount(self) -> None:
        self._replaced = len(self.disk.damaged_files)
        self.holdings.recount(await self.disk.do(lambda file: file.depth_by_device()))
        self.parked = await self.disk.do(lambda file: file.parked_count())
        self.filled.set()

    def _works(self) -> None:
        if not self._undeleted and not self._unparked:
            self.disk.works()

    def _mono_ms(self) -> int:
        return int(self._clock.monotonic() * 1000)
