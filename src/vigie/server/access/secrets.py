"""What machines keep for people and programs: the secrets of cookies and tokens. 256 random bits, of which only a hash is kept."""

import hashlib
import re
import secrets

TOKEN_PREFIX = "vigie_"  # noqa: S105 - how a token begins, so that one is recognised where it should not be
_TOKEN = re.compile(rf"{TOKEN_PREFIX}[A-Za-z0-9_-]{{43}}")


def new_secret() -> str:
    """For a cookie."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """For a program."""
    return TOKEN_PREFIX + new_secret()


def digest(secret: str) -> str:
    """What is kept of it: nothing that can be guessed needs a slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_token(text: str) -> bool:
    """Whether it can be a token of ours."""
    return _TOKEN.fullmatch(text) is not None
