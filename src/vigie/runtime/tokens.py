"""API tokens: what a program shows a server. 256 random bits behind a word by which one is recognised where it should not be."""

import os
import re
import secrets
from pathlib import Path

PREFIX = "vigie_"
_TOKEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


def new_secret() -> str:
    """256 random bits as 43 letters."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """A token."""
    return PREFIX + new_secret()


def is_token(text: str) -> bool:
    """Whether it can be one of ours."""
    return _TOKEN.fullmatch(text) is not None


def read_or_make(path: Path) -> str:
    """The token in a file of its owner's alone; made where there is none. Raises `OSError`."""
    try:
        found = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        found = ""
    if is_token(found):
        return found
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = new_token()
    path.unlink(missing_ok=True)
    keep(token, path)
    return token


def keep(token: str, path: Path) -> None:
    """Writes a new file of its owner's alone. Raises `OSError`, also where there is one."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{token}\n")
