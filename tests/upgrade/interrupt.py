"""A program that migrates copies of a database and dies in each of them a step later than in the one before.

    python -m tests.upgrade.interrupt PROGRAM FILE FOLDER

A step is the begin of an SQL statement, or some work within a long one. It leaves FOLDER/1, FOLDER/2, …: each a copy of
FILE whose migration was killed before its first, second, … step; the last one was not. A process of its own, because it
forks: with threads around that is not safe.
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from sqlite3 import dbapi2
from typing import Any

from tests.upgrade.old_files import copy, open_and_close

WORK_PER_STEP = 200
MAX_STEPS = 5000
INTERRUPTED = 77


def die_at(step: int) -> None:
    """From now on this process ends like a killed one when its databases come to that step."""
    left = step

    def count(_statement: str = "") -> int:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(INTERRUPTED)
        return 0

    real: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        db = real(*arguments, **options)
        db.set_trace_callback(count)
        db.set_progress_handler(count, WORK_PER_STEP)
        return db

    sqlite3.connect = dbapi2.connect = connect


def main(program: str, file: Path, folder: Path) -> None:
    open_and_close(program, copied(file, folder / "0"))  # what is imported late, e.g. Alembic, is imported once for all
    for step in range(1, MAX_STEPS):
        path = copied(file, folder / str(step))
        child = os.fork()
        if child == 0:
            die_at(step)
            open_and_close(program, path)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return
        if code != INTERRUPTED:
            sys.exit(f"step {step}: the migration ended with {code}")
    sys.exit(f"not migrated after {MAX_STEPS} steps")


def copied(file: Path, folder: Path) -> Path:
    folder.mkdir(parents=True)
    copy(file, folder / file.name)
    return folder / file.name


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
