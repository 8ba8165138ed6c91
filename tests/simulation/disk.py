"""A machine's disk under SQLite: it can be full, and its program can be killed between any two statements on it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import dbapi2
from typing import Any

_NO_LIMIT = 1 << 30
_CONNECT: Callable[..., sqlite3.Connection] = sqlite3.connect


class Crash(BaseException):
    """The program is dead: no cleaning up. Nothing catches it but the world."""


class Disk:
    """What every connection on one machine shares. A dead program's further statements do nothing any more."""

    def __init__(self) -> None:
        self.is_full = False
        self._left: int | None = None
        self._is_dead = False
        self._open: list[_Connection] = []

    @contextmanager
    def killing_after(self, steps: int | None) -> Iterator[None]:
        """Inside, the program dies once it has come so many steps further: before and after each statement is one."""
        self._left = steps
        try:
            yield
        finally:
            self._left = None

    def step(self) -> None:
        if self._is_dead:
            raise Crash
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                self._is_dead = True
                raise Crash

    def fill(self, is_full: bool) -> None:
        """Full: no file grows by a page. What a file has free inside, it can still use."""
        self.is_full = is_full
        for connection in self._open:
            connection.limit(is_full)

    def bury(self) -> None:
        """The operating system closes what the dead program had open; locks go, what was not committed goes."""
        for connection in self._open:
            connection.close()
        self._open.clear()
        self._is_dead = False

    def connect(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        db = _CONNECT(*arguments, **options, factory=_Connection)
        assert isinstance(db, _Connection)
        db.disk = self
        self._open.append(db)
        if self.is_full:
            db.limit(True)
        return db

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Inside, whoever opens a database opens it on this disk."""
        sqlite3.connect = dbapi2.connect = self.connect
        try:
            yield
        finally:
            sqlite3.connect = dbapi2.connect = _CONNECT


class _Connection(sqlite3.Connection):
    disk: Disk | None = None

    def limit(self, is_full: bool) -> None:
        cursor = sqlite3.Cursor(self)
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count={max(pages, 1) if is_full else _NO_LIMIT}")

    def close(self) -> None:
        """Also where a traceback still holds a cursor, with which SQLite would keep the transaction open."""
        with suppress(sqlite3.ProgrammingError):  # it is closed
            super().rollback()
        super().close()

    def cursor(self, factory: type[sqlite3.Cursor] | None = None) -> sqlite3.Cursor:
        assert factory is None
        return super().cursor(_Cursor)

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        return self.cursor().execute(*arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        return self.cursor().executemany(*arguments)

    def executescript(self, *arguments: Any) -> sqlite3.Cursor:
        return self.cursor().executescript(*arguments)

    def commit(self) -> None:
        if self.disk is not None:
            self.disk.step()
        super().commit()
        if self.disk is not None:
            self.disk.step()


class _Cursor(sqlite3.Cursor):
    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        return self._stepping(super().execute, *arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        return self._stepping(super().executemany, *arguments)

    def executescript(self, *arguments: Any) -> sqlite3.Cursor:
        return self._stepping(super().executescript, *arguments)

    def _stepping(self, work: Callable[..., sqlite3.Cursor], *arguments: Any) -> sqlite3.Cursor:
        assert isinstance(self.connection, _Connection)
        disk = self.connection.disk
        if disk is None:  # while it is being opened
            return work(*arguments)
        disk.step()
        cursor = work(*arguments)
        disk.step()
        return cursor


def copy_database(source: Path, target: Path) -> None:
    """The database as it is on the disk now, whoever has it open, into files of its own."""
    for suffix in ("", "-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        part = source.with_name(source.name + suffix)
        if part.exists():
            target.with_name(target.name + suffix).write_bytes(part.read_bytes())
