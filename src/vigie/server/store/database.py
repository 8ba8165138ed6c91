"""Opens the database: folder, engines, pragmas, migrations. SQLite by default; nothing outside this file asks which it is."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event, inspect, text
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool

from vigie.runtime.sqlite_rows import insert_in_blocks
from vigie.server.errors import (
    DatabaseInUse,
    DatabaseOfAnother,
    DatabaseTooNew,
    DatabaseUnusable,
    DataDiskFull,
    DataFolderUnusable,
    NoDatabase,
    StartError,
)
from vigie.server.store.reserve import NO_ROOM, Reserve

READERS = 4
BUSY_TIMEOUT_MS = 5000


@dataclass(frozen=True, slots=True)
class Database:
    """One engine for the one writing connection, one for the readers, which cannot write."""

    writing: Engine
    reading: Engine
    where: str
    lock: int | None
    reserve: Reserve | None = None

    def dispose(self) -> None:
        """Closes every connection; the last one folds SQLite's write-ahead log into the file."""
        self.reading.dispose()
        self.writing.dispose()
        if self.lock is not None:
            os.close(self.lock)


def open_database(url: str) -> Database:
    """Opens and, where needed, makes or migrates the database at `url`; raises `StartError` with how to mend it."""
    parsed = _parse(url)
    where = parsed.render_as_string(hide_password=True)
    lock = None
    if parsed.get_backend_name() == "sqlite":
        where = _make_folder(parsed)
        lock = _claim(where)
    reserve = None if lock is None else Reserve(where)
    try:
        return _open_with(parsed, where, lock, reserve)
    except StartError:
        if lock is not None:
            os.close(lock)
        raise


def join_database(url: str) -> Database:
    """An existing database for a few small changes, also while its server runs; raises `StartError`.

    Beside a server nothing is made or migrated, and nothing checkpointed: two connections that both do that can corrupt a
    file (SQLite before 3.51.3).
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or not Path(parsed.database).exists():
            raise NoDatabase(parsed.database or url)
        try:
            return open_database(url)
        except DatabaseInUse:
            return _beside_the_server(parsed)
    return open_database(url)


def _beside_the_server(url: URL) -> Database:
    where = str(url.database)
    database = Database(_engine(url, writing=True), _engine(url, writing=False), where, lock=None)
    event.listen(database.writing, "connect", lambda connection, _: connection.execute("PRAGMA wal_autocheckpoint = 0"))
    try:
        with database.writing.connect() as connection, connection.begin():
            current = connection.scalar(text("SELECT version_num FROM alembic_version"))
            is_ours = current == known_revisions()[-1] or _is_rolled_back(connection, current)
    except SQLAlchemyError as error:
        raise DatabaseUnusable(where, reason_of(error)) from error
    if not is_ours:
        raise DatabaseOfAnother(where)
    return database


def _open_with(url: URL, where: str, lock: int | None, reserve: Reserve | None) -> Database:
    """On a full disk with the room that was kept for this; raises `StartError`."""
    if reserve is None:
        return _open(url, where, lock, None)
    try:
        database = _open(url, where, lock, reserve)
    except DatabaseUnusable as error:
        if not reserve.is_needed():
            raise
        if not reserve.give_up():
            raise DataDiskFull(where) from error
        return _open(url, where, lock, reserve)
    reserve.make()
    return database


def _open(url: URL, where: str, lock: int | None, reserve: Reserve | None) -> Database:
    try:
        database = Database(_engine(url, writing=True), _engine(url, writing=False), where, lock, reserve)
        with database.writing.connect() as connection:
            _migrate(connection, where)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise DatabaseUnusable(where, reason_of(error)) from error
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseUnusable(where, f"its driver is not installed ({error})") from error
    return database


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise DatabaseUnusable(url, "this is neither a path nor a URL that SQLAlchemy reads") from error


def insert_or_skip(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves out rows which break a unique key, in the words of this database."""
    statement: Insert = upsert(connection, table).on_conflict_do_nothing()
    return statement


def insert_all_or_skip(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """The same for many rows, in their order, each with its values in the order of `columns` and as the driver takes them,
    JSON as text: going through the statement's own types cost more than the database itself.
    """
    insert = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {{values}} ON CONFLICT DO NOTHING"  # noqa: S608 - names of ours
    holder = "?" if connection.dialect.name == "sqlite" else "%s"
    insert_in_blocks(connection.exec_driver_sql, insert, rows, holder=holder)


def upsert(connection: Connection, table: Table) -> Any:
    """An INSERT for `.on_conflict_do_update(…)`, with `.excluded`: the two databases spell it alike."""
    return _upsert(connection.dialect.name, table)


@cache
def _upsert(dialect: str, table: Table) -> Any:
    # Kept: making `.excluded` anew took a tenth of an event's time in the writer.
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # 5 MB that a SQLite site need not carry

        return postgresql_insert(table)
    return sqlite_insert(table)


def _make_folder(url: URL) -> str:
    if not url.database or url.database == ":memory:":
        raise DatabaseUnusable(str(url), "the history needs a file")
    path = Path(url.database).absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe = path.parent / ".vigie-write-test"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        if error.errno in NO_ROOM and path.exists():
            return str(path)  # what is stored can still be read
        raise DataFolderUnusable(path.parent, error.strerror or str(error)) from error
    return str(path)


def _claim(where: str) -> int:
    """Keeps every other server away from the file until this process ends, however it ends."""
    try:
        lock = os.open(f"{where}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DataFolderUnusable(Path(where).parent, error.strerror or str(error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise DatabaseInUse(where) from error
    return lock


def _engine(url: URL, *, writing: bool) -> Engine:
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(
        url,
        # The one writing connection lives as long as the writer thread holds it.
        **({"poolclass": NullPool} if writing else {"poolclass": QueuePool, "pool_size": READERS, "max_overflow": 0}),
        json_serializer=compact_json,
        connect_args={"check_same_thread": False} if is_sqlite else {},
    )
    if is_sqlite:
        event.listen(engine, "connect", _prepare_writer if writing else _prepare_reader)
        # The driver would begin a transaction only at the first change, and not at all for DDL.
        event.listen(engine, "begin", _begin_immediate if writing else _begin)
    return engine


def _prepare_writer(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -8192")


def _prepare_reader(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -2048")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _migrate(connection: Connection, where: str) -> None:
    known = known_revisions()
    with connection.begin():
        current = None
        if inspect(connection).has_table("alembic_version"):
            current = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if current == known[-1] or _is_rolled_back(connection, current):
            return
    if current is not None and current not in known:
        raise DatabaseTooNew(where, current)
    # Alembic costs 10 MB and a third of a second: only a new or an old database pays for it.
    from vigie.server.migrations.upgrade import upgrade_to_head

    upgrade_to_head(connection)


def _is_rolled_back(connection: Connection, current: str | None) -> bool:
    """Whether an upgrade made the database newer than we know, in a way that we can work with: what it added is for later."""
    known = known_revisions()
    if current is None or current in known or not inspect(connection).has_table("compatibility"):
        return False
    return connection.scalar(text("SELECT oldest_revision FROM compatibility")) in known


def known_revisions() -> list[str]:
    """The migrations of this version, oldest first; a file is named after its revision."""
    folder = resources.files("vigie.server.migrations") / "versions"
    return sorted(entry.name.partition("_")[0] for entry in folder.iterdir() if entry.name[:4].isdigit())


def compact_json(value: object) -> str:
    """A JSON column's value as the database keeps it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def reason_of(error: Exception) -> str:
    """What the database itself said, in one line."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(origin).strip().splitlines()[0] if str(origin).strip() else type(error).__name__
