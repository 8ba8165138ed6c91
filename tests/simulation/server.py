"""The server in the simulation: its own parsing and storing on its own schema, in a database file that each example copies."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from tests.simulation.disk import Disk, copy_database
from vigie.protocol.states import Heartbeat, Mode, ModeRecord
from vigie.server.ingest import parse_many
from vigie.server.store import database
from vigie.server.store.events import append
from vigie.server.store.site import save_mode
from vigie.server.store.skips import Log
from vigie.server.store.streams import Stream, load_stream, save_proofs

T = TypeVar("T")
FILE_NAME = "vigie.sqlite"


class Unavailable(Exception):
    """The server answers 503, or not at all."""


class Server:
    """One server process after another on one file."""

    def __init__(self, folder: Path, *, has_unique_keys: bool = True) -> None:
        self.disk = Disk()
        self.path = folder / FILE_NAME
        self._backup = folder / "backup.sqlite"
        self.path.write_bytes(_empty_database(has_unique_keys))
        self._connection: Connection | None = None

    def post(self, items: list[bytes], now: datetime) -> dict[str, Any]:
        """`POST /api/events`: the answer's JSON. Raises `Unavailable`."""
        batch = parse_many(b"[" + b",".join(items) + b"]", now)
        appended = self._transact(lambda connection: append(connection, batch))
        return {
            "accepted": len(appended.stored),
            "duplicates": len(appended.duplicates),
            "quarantined": len(batch.refusals) + len(appended.conflicts),
            "cursors": [_cursor(stream) for stream in appended.streams if stream.stream_id],
        }

    def heartbeat(self, device_id: str, heartbeat: Heartbeat, now_ms: int) -> dict[str, Any]:
        """How far the heartbeat's stream is stored. Raises `Unavailable`."""

        def work(connection: Connection) -> Stream:
            log = Log(device_id, heartbeat.stream_id or "")
            stream = load_stream(connection, log) or Stream(*log)
            accepted_seq = max(stream.accepted_seq or 0, heartbeat.last_seq)
            proven = replace(stream, accepted_seq=accepted_seq, last_proof_at_ms=now_ms, seen_at_ms=now_ms)
            save_proofs(connection, [proven])
            return proven

        return _cursor(self._transact(work))

    def crash(self) -> None:
        """Dead, and started again: what was not committed is gone."""
        self.disk.bury()
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def back_up(self) -> None:
        copy_database(self.path, self._backup)

    def restore(self) -> bool:
        """Goes on from the last backup; false when there is none."""
        if not self._backup.exists():
            return False
        self.crash()
        copy_database(self._backup, self.path)
        return True

    def _transact(self, work: Callable[[Connection], T]) -> T:
        try:
            if self._connection is None:
                with _serving(self):
                    self._connection = _engine().connect()
            with self._connection.begin():
                return work(self._connection)
        except SQLAlchemyError as error:
            self.crash()
            raise Unavailable(str(error)) from error


def _cursor(stream: Stream) -> dict[str, Any]:
    return {
        "device_id": stream.device_id,
        "stream_id": stream.stream_id,
        "through_seq": stream.through_seq,
        "event_id": stream.through_event_id,
    }


# One engine for all examples: what SQLAlchemy has compiled once it need not compile again. It connects to whoever serves.
_now_serving: list[Server] = []


@contextmanager
def _serving(server: Server) -> Iterator[None]:
    _now_serving.append(server)
    try:
        yield
    finally:
        _now_serving.pop()


@cache
def _engine() -> Engine:
    engine = database._engine(make_url("sqlite:///unused"), writing=True)

    @event.listens_for(engine, "do_connect")
    def connect(*_: object) -> sqlite3.Connection:
        server = _now_serving[-1]
        return server.disk.connect(server.path, check_same_thread=False)

    return engine


@cache
def _empty_database(has_unique_keys: bool) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAME
        opened = database.open_database(f"sqlite:///{path}")
        with opened.writing.begin() as connection:
            save_mode(connection, ModeRecord(mode=Mode.SURVEILLANCE))
        opened.dispose()
        if not has_unique_keys:
            _take_unique_keys_away(path)
        return path.read_bytes()


def _take_unique_keys_away(path: Path) -> None:
    """The mutation: a server that does not know an event when it sees it again."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for name in ("events", "alerts"):
            (made,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            lines = [line.rstrip(", \t") for line in made.splitlines() if "UNIQUE" not in line]
            db.execute(f"DROP TABLE {name}")
            db.execute(lines[0] + ",".join(lines[1:-1]) + ")")
