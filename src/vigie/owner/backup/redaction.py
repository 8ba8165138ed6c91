"""What a backup without a passphrase must not hold, and how it is taken out of configuration files and of the server's database."""

import re
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from vigie.owner.secret_words import SECRET_WORDS

LEFT_OUT = "left-out-of-the-backup"
NO_HASH = "left out of the backup"
"""In the place of a hash: no secret fits it, so nobody gets in by it, and whose account it is stays known."""
_SECRET_KEY = rf"[a-z0-9_-]*(?:{SECRET_WORDS})"
_ASSIGNED = re.compile(
    rf"""^(?P<key>[ \t#]*(?:[\w"'-]+[ \t]*\.[ \t]*)*["']?{_SECRET_KEY}["']?[ \t]*=[ \t]*)(?P<value>[^\n]*)""",
    re.MULTILINE | re.IGNORECASE,
)
_INLINE = re.compile(rf"""(?P<key>[{{,]\s*["']?{_SECRET_KEY}["']?\s*=\s*)(?P<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')""", re.IGNORECASE)
_IN_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://[^/\s\"'@:]*:)(?P<value>[^/\s\"'@]+)(?=@)", re.IGNORECASE)
_KEY = re.compile(_SECRET_KEY, re.IGNORECASE)
# The accounts stay, or the next visitor would be taken for the first one: nobody's hash fits.
_FORGET = {
    "users": f"UPDATE users SET password_hash = '{NO_HASH}'",  # noqa: S608 - words of ours
    "people": f"UPDATE people SET pin_hash = '{NO_HASH}', duress_hash = iif(duress_hash IS NULL, NULL, '{NO_HASH}')",  # noqa: S608
    "tokens": "DELETE FROM tokens",
}


def without_secrets(text: str) -> str | None:
    """A TOML file without its passwords, also those in comments and URLs; None where they cannot be told apart from the rest."""
    shown = _ASSIGNED.sub(rf'\g<key>"{LEFT_OUT}"', text)
    shown = _INLINE.sub(rf'\g<key>"{LEFT_OUT}"', shown)
    shown = _IN_URL.sub(rf"\g<scheme>{LEFT_OUT}", shown)
    try:
        before, after = tomllib.loads(text), tomllib.loads(shown)
    except tomllib.TOMLDecodeError:
        return None
    secrets = set(_secrets(before))
    if any(value != LEFT_OUT for value in _secrets(after)) or any(value in shown for value in secrets):
        return None
    return shown


def forget_secrets(copy: Path, *, keeps_hashes: bool) -> None:
    """Takes the sessions out of a copy of the server's database; the hashes and tokens too, unless it `keeps_hashes`.

    Then the file is written anew: what was deleted is still in its free pages. Raises `sqlite3.Error`.
    """
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        db.execute("PRAGMA secure_delete = ON")
        if "sessions" in tables:
            db.execute("DELETE FROM sessions")
        if not keeps_hashes:
            for table in tables & _FORGET.keys():
                db.execute(_FORGET[table])
            db.execute("VACUUM")


def people_without_secrets(copy: Path) -> dict[str, list[str]]:
    """Who needs a new password, and who a new PIN, in a database that was put back. Raises `sqlite3.Error`."""
    asked = {"users": "password_hash", "people": "pin_hash"}
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            table: [name for (name,) in db.execute(f"SELECT name FROM {table} WHERE {column} = ? ORDER BY name", (NO_HASH,))]  # noqa: S608 - names of ours
            for table, column in asked.items()
            if table in tables
        }


def _secrets(value: Any, key: str = "") -> Iterator[str]:
    """Every secret text in a TOML document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner, key)
    elif isinstance(value, str) and value:
        if _KEY.fullmatch(key):
            yield value
        elif found := _IN_URL.search(value):
            yield found["value"]
