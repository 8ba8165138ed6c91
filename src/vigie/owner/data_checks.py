"""The programs' data: which of them run, what waits to be sent, whether the databases are sound. Opened so that nothing changes."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from vigie.agent.reserve import RESERVE_BYTES
from vigie.domain.audit_chain import Entry, verify
from vigie.owner.examined import LIMIT_S, Examined
from vigie.owner.findings import Finding, failed, figure, ok, size, unseen, warning
from vigie.owner.places import DATABASE_NAME
from vigie.owner.unreadable import AS_ITS_USER, unreadable
from vigie.runtime.claim import holder
from vigie.runtime.clock import Clock
from vigie.runtime.sqlite_reading import open_to_read

FEW = 50
"""So many events may be on their way at any moment."""
_MARGIN_S = 0.5
_STEPS = 10_000
_LOG_DEPTH = """
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0),
       coalesce((SELECT CAST(value AS INTEGER) FROM values_by_name WHERE name = 'acked_through'), 0)
"""


def programs(examined: Examined) -> Iterator[Finding]:
    """Who holds the data folders."""
    places = examined.places
    locks = [("vigie up", places.root / "up.lock")]
    locks += [(f"agent {log.device_id}", log.path.parent / "agent.lock") for log in places.logs]
    locks += [("bridge", places.spool.parent / "bridge.lock")] if places.spool else []
    locks += [("server", places.database.with_name(f"{places.database.name}.lock"))] if places.database else []
    try:
        running = [(name, pid) for name, lock in locks if (pid := holder(lock)) is not None]
    except OSError as error:
        yield unseen("programs", f"the kernel does not tell who holds a lock: {error}", AS_ITS_USER)
        return
    if running:
        yield ok("programs", "running: " + ", ".join(f"{name} (pid {pid})" for name, pid in running))
    idle = [name for name, _ in locks[1:] if name not in dict(running)]
    if not running:
        yield warning("programs", f"none runs on the data in {places.root}", "`vigie up`, or `systemctl status` of its unit")
    elif idle:
        yield warning(
            "programs", f"not running, though its data is here: {', '.join(idle)}", "start it, or leave its data as history"
        )


def backlog(examined: Examined) -> Iterator[Finding]:
    """What the server has not acknowledged: in the event logs, in the bridge's spool."""
    for log in examined.places.logs:
        try:
            last, acked = _log_depth(log.path)
        except (sqlite3.Error, ValueError) as error:
            yield unreadable("backlog", log.path, error)
            continue
        waiting = max(0, last - acked)
        if waiting > FEW:
            mend = "comes by itself once broker, bridge and server are back; `vigie audit` follows it"
            yield warning("backlog", f"{log.device_id}: {figure(waiting)} of {figure(last, 'event')} wait for the server", mend)
        else:
            yield ok("backlog", f"{log.device_id}: {figure(waiting)} of {figure(last, 'event')} wait for the server")
    if examined.places.spool is not None:
        yield from _spool(examined.places.spool)


def _log_depth(path: Path) -> tuple[int, int]:
    """How many events the present stream of a log has, and through which of them the server has it."""
    with closing(open_to_read(path)) as db:
        last, acked = db.execute(_LOG_DEPTH).fetchone()
        has_streams = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'streams'").fetchone()
        base = db.execute("SELECT coalesce(max(base), 0) FROM streams").fetchone()[0] if has_streams else 0
        return int(last) - int(base), int(acked)


def _spool(path: Path) -> Iterator[Finding]:
    try:
        with closing(open_to_read(path)) as db:
            waiting = int(db.execute("SELECT count(*) FROM spool").fetchone()[0])
            parked = int(db.execute("SELECT count(*) FROM parked").fetchone()[0])
    except sqlite3.Error as error:
        yield unreadable("backlog", path, error)
        return
    if waiting > FEW:
        yield warning(
            "backlog", f"bridge: {figure(waiting, 'event')} wait for the server", "is the server up, and BACKEND_URL right?"
        )
    else:
        yield ok("backlog", f"bridge: {figure(waiting, 'event')} wait for the server")
    if parked:
        yield warning(
            "backlog",
            f"bridge: {figure(parked, 'item')} that the server takes in no form are parked",
            f"a look: table parked of {path}",
        )


def databases(examined: Examined) -> Iterator[Finding]:
    """SQLite's own quick check of each file, and damaged ones that were set aside earlier."""
    deadline = examined.clock.monotonic() + LIMIT_S - _MARGIN_S
    for path in examined.places.files:
        try:
            verdict = _quick_check(path, deadline, examined.clock)
        except sqlite3.Error as error:
            yield unreadable("database", path, error)
            continue
        if verdict is None:
            yield warning("database", f"{path}, {_size_of(path)}: too large to check in {LIMIT_S:g} s", _by_hand(path))
        elif verdict == "ok":
            yield ok("database", f"{path} is sound, {_size_of(path)}")
        else:
            mend = "its program sets it aside at the next start and carries on; is the card dying?"
            if path.name == DATABASE_NAME:
                mend = "stop the server, bring back a backup; is the disk dying?"
            yield failed("database", f"{path} is damaged: {verdict}", mend)
    for path in examined.places.files:
        for aside in sorted(path.parent.glob(f"{path.name}.corrupt-*[0-9]")) + sorted(
            path.parent.glob(f"{path.name}.damaged-*[0-9]")
        ):
            yield warning(
                "database", f"{aside} was set aside as damaged", "delete it after a look; replace the card if it happens again"
            )


def audit_log(examined: Examined) -> Iterator[Finding]:
    """Whether each entry of the server's audit log is as it was written."""
    database = examined.places.database
    if database is None:
        return
    try:
        with closing(open_to_read(database)) as db:
            if not db.execute("SELECT 1 FROM pragma_table_info('audit') WHERE name = 'hash'").fetchone():
                return  # of a version without: its server makes the hashes when it starts
            rows = db.execute("SELECT id, hash, at_ms, actor, origin, action, detail FROM audit ORDER BY id")
            verdict = verify(
                (row[0], row[1], Entry(at_ms=row[2], actor=row[3], origin=row[4], action=row[5], detail=json.loads(row[6])))
                for row in rows
            )
    except (sqlite3.Error, ValueError) as error:
        yield unreadable("audit log", database, error)
        return
    if verdict.broken_at is None:
        entries = "entry" if verdict.entries == 1 else "entries"
        seen = f"{figure(verdict.entries)} {entries}, each as it was written; the last hash begins with {verdict.head[:16]}"
        yield ok("audit log", seen)
    else:
        mend = "who could write this file? compare with a backup from before"
        yield failed("audit log", f"entry {verdict.broken_at} or the one before it was changed or taken out", mend)


def _quick_check(path: Path, deadline: float, clock: Clock) -> str | None:
    """`ok`, or what is wrong first; None when the time was not enough. Raises `sqlite3.Error`."""
    with closing(open_to_read(path)) as db:
        db.set_progress_handler(lambda: clock.monotonic() > deadline, _STEPS)
        try:
            return str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return None
            raise
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                return str(error)
            raise


def _size_of(path: Path) -> str:
    """With its write-ahead log, which may hold most of it."""
    return size(sum(part.stat().st_size for part in (path, path.with_name(f"{path.name}-wal")) if part.exists()))


def _by_hand(path: Path) -> str:
    return f"`sqlite3 -readonly {path} 'PRAGMA quick_check'`"


def reserve(examined: Examined) -> Iterator[Finding]:
    """The room that each agent keeps for the moment when its disk is full."""
    for log in examined.places.logs:
        path = log.path.with_suffix(".reserve")
        try:
            found = path.stat()
        except PermissionError:
            yield unseen("reserve", f"{log.device_id}: this user may not look into its folder", AS_ITS_USER)
            continue
        except OSError:
            yield warning(
                "reserve", f"{log.device_id}: none: given up to a full disk, or never made", "make room, and start the agent"
            )
            continue
        if found.st_size < RESERVE_BYTES:
            yield warning(
                "reserve", f"{log.device_id}: {size(found.st_size)} instead of {size(RESERVE_BYTES)}", "make room on the disk"
            )
        else:
            yield ok("reserve", f"{log.device_id}: {size(found.st_size)} kept for a full disk")
