"""The golden databases of every released schema, as files again: closed in good order, or as a kill leaves them."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from vigie.agent.log_file import LogFile
from vigie.bridge.spool_file import SpoolFile
from vigie.server.store.database import open_database

GOLDEN = Path(__file__).parent / "golden"
COMPANIONS = ("", "-wal", "-shm")


def golden(program: str) -> list[Path]:
    """The dumps of a program's database, one per released schema."""
    return sorted(GOLDEN.glob(f"{program}-*.sql"))


def restore(dump: Path, path: Path, *, killed: bool = False) -> Path:
    """Writes the dumped database to `path`. `killed`: all of it is still in the write-ahead log, which nobody has folded in."""
    making = path.with_name(f"{path.name}.making")
    with closing(sqlite3.connect(making, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.executescript(dump.read_text(encoding="utf-8"))
        if killed:
            copy(making, path)
    if not killed:
        copy(making, path)
    for suffix in COMPANIONS:
        making.with_name(making.name + suffix).unlink(missing_ok=True)
    return path


def copy(source: Path, target: Path) -> None:
    """A database with what belongs to it."""
    for suffix in COMPANIONS:
        part = source.with_name(source.name + suffix)
        if part.exists():
            shutil.copyfile(part, target.with_name(target.name + suffix))


def open_and_close(program: str, path: Path) -> None:
    """Has today's code open the file, which brings it to today's schema."""
    if program == "agent":
        LogFile(path).close()
    elif program == "bridge":
        SpoolFile(path).close()
    else:
        open_database(f"sqlite:///{path}").dispose()
