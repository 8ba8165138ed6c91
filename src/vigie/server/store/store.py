"""The way into the database for the event loop: one writer thread with group commit, a few readers."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from vigie.runtime.clock import Clock
from vigie.server.errors import StoreUnavailable
from vigie.server.store.database import READERS, Database, reason_of
from vigie.server.store.site import note_alive

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]

MAX_GROUP = 64
PROBE_INTERVAL_S = 2.0


class Store:
    """All writes go through one connection in one thread; what waits meanwhile shares the next commit.

    SQLite < 3.51.3 can corrupt a WAL database with two writing connections; group commit is also what makes
    `synchronous=FULL` cheap: 1 row per commit gives 1,300 rows/s, 100 rows 40,000/s.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._connection: Connection | None = None
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._committing: asyncio.Task[None] | None = None
        self.failing: str | None = None
        """Why the last write was refused; None while writes succeed."""

    async def write(self, work: Work[T]) -> T:
        """Runs `work` in a transaction of the writer and returns its result after the commit.

        `work` may be run again when another one of its group fails. Raises `StoreUnavailable` when the database refuses.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_waiting(), name="commit")
        return await future

    async def read(self, query: Work[T]) -> T:
        """Runs `query` on a connection that cannot write; raises `StoreUnavailable`."""
        return await self.aside(lambda: self._read(query))

    async def aside(self, work: Callable[[], T]) -> T:
        """Runs work that would hold up the event loop in a reader's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def is_answering(self) -> bool:
        """Whether the database can be read, and the last write succeeded."""
        try:
            await self.read(lambda connection: connection.scalar(text("SELECT 1")))
        except StoreUnavailable:
            return False
        return self.failing is None

    async def prove_alive(self) -> None:
        """Returns once the writer has done all that it was asked before; the database may have refused it."""
        with contextlib.suppress(StoreUnavailable):
            await self.write(lambda _connection: None)

    async def probe_for_ever(self, clock: Clock) -> None:
        """Learns at the start, and while the database refuses, whether it takes a write; nobody else may be writing."""
        while True:
            with contextlib.suppress(StoreUnavailable):
                await self.write(note_alive)
            while True:
                await clock.sleep(PROBE_INTERVAL_S)
                if self.failing is not None:
                    break

    async def close(self) -> None:
        """Commits what waits, then closes every connection."""
        if self._committing is not None:
            await asyncio.wait([self._committing])
        await asyncio.get_running_loop().run_in_executor(self._writer, self._disconnect)
        self._writer.shutdown()
        self._readers.shutdown()
        self._database.dispose()

    async def _commit_waiting(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MAX_GROUP], self._waiting[MAX_GROUP:]
            if not await self._commit(group) and len(group) > 1:
                for one in group:
                    await self._commit([one])

    async def _commit(self, group: list[tuple[Work[Any], asyncio.Future[Any]]]) -> bool:
        """Commits the group as one; false when it failed as a group, so that each is to be tried alone."""
        running = asyncio.get_running_loop().run_in_executor(self._writer, self._transact, [work for work, _ in group])
        await asyncio.wait([running])
        error = running.exception()
        if error is not None:
            if len(group) > 1:
                return False
            if isinstance(error, StoreUnavailable):
                self._judge(error.reason)
            if not group[0][1].done():
                group[0][1].set_exception(error)
            return True
        self._judge(None)
        for (_, future), result in zip(group, running.result(), strict=True):
            if not future.done():
                future.set_result(result)
        return True

    def _judge(self, failing: str | None) -> None:
        if failing is not None and self.failing is None:
            log.warning("the database refuses, whoever writes sends again later reason=%s", failing)
        elif failing is None and self.failing is not None:
            log.info("the database takes writes again")
            if self._database.reserve is not None:
                self._database.reserve.make()
        self.failing = failing

    def _transact(self, works: list[Work[Any]]) -> list[Any]:
        try:
            if self._connection is None or self._connection.closed or self._connection.invalidated:
                self._connection = self._database.writing.connect()
            with self._connection.begin():
                return [work(self._connection) for work in works]
        except SQLAlchemyError as error:
            self._disconnect()
            raise StoreUnavailable(reason_of(error)) from error

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, query: Work[T]) -> T:
        try:
            with self._database.reading.connect() as connection:
                return query(connection)
        except SQLAlchemyError as error:
            raise StoreUnavailable(reason_of(error)) from error
