"""What is said of a database that cannot be read: it is damaged, or it is not for this user's eyes."""

import sqlite3
from pathlib import Path

from vigie.owner.findings import Finding, failed, unseen, warning

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CLOSED = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)
AS_ITS_USER = "run the doctor as the user of its program, e.g. with `sudo -u`"


def unreadable(subject: str, path: Path, error: Exception) -> Finding:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _DAMAGED:
        return failed(subject, f"{path} is damaged: {error}")
    if code in _CLOSED:
        return unseen(subject, f"{path} cannot be read: {error}", AS_ITS_USER)
    return warning(subject, f"{path} cannot be read: {error}", AS_ITS_USER)
