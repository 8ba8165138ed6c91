"""Opens a program's SQLite file to look into it, also while the program runs, so that nothing of it changes."""

import sqlite3
from pathlib import Path


def open_to_read(path: Path, *, timeout_s: float = 5.0) -> sqlite3.Connection:
    """A connection that cannot write. Raises `sqlite3.Error` where there is no such file or it cannot be opened.

    A WAL database that nobody has open has no `-wal` file. Reading it in the usual way would make one, of the reader's
    user: its program could not open it any more. So it is read as a file that does not change.
    """
    wal = path.with_name(f"{path.name}-wal")
    mode = "mode=ro" if _is_there(wal) else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=timeout_s, isolation_level=None)


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True
