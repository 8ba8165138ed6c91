"""The code by which a new Pi finds out that it speaks to its own site, and the site that it is let in: both at once.

28 letters of Crockford's base32 (no I, L, O, U) in groups of four: 50 random bits that are the secret; 80 bits of an HMAC of the
site's authority under that secret, so that nobody who does not know it can look for a certificate that would fit; two letters
that notice a slip of the finger. The secret alone is ever sent, and only to who has shown that authority.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_LETTERS = 10
_PIN_LETTERS, _CHECK_LETTERS, _GROUP = 16, 2, 4
_PRIME = 1021
_LENGTH = SECRET_LETTERS + _PIN_LETTERS + _CHECK_LETTERS
_FROM_RFC_4648 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", LETTERS)
_READ_AS = str.maketrans("OIL", "011")


class NoCode(Exception):
    """Not a code of ours, or one with a mistake in it."""


@dataclass(frozen=True, slots=True)
class JoinCode:
    """`secret`: what the Pi tells. `pin`: which authority it tells it to."""

    secret: str = field(repr=False)
    pin: str = field(repr=False)

    def is_of(self, authority: bytes) -> bool:
        """Whether this certificate (DER) is the authority's that the code was made for."""
        return hmac.compare_digest(self.pin, _pin(self.secret, authority))

    def __str__(self) -> str:
        text = self.secret + self.pin
        text += _check(text)
        return "-".join(text[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def new_code(authority: bytes, choose: Callable[[Sequence[str]], str]) -> JoinCode:
    """A code for the site with this authority (DER). `choose`: `secrets.choice`."""
    secret = "".join(choose(LETTERS) for _ in range(SECRET_LETTERS))
    return JoinCode(secret, _pin(secret, authority))


def parse_code(typed: str) -> JoinCode:
    """What somebody has typed: small letters, other gaps, O for 0 and I or L for 1 are fine. Raises `NoCode`."""
    text = "".join(typed.split()).replace("-", "").upper().translate(_READ_AS)
    strange = sorted({letter for letter in text if letter not in LETTERS})
    if strange:
        raise NoCode(f"{' '.join(strange)} is in no code; copy it as the page shows it")
    if len(text) != _LENGTH:
        raise NoCode(f"{len(text)} letters and digits, a code has {_LENGTH}")
    body, check = text[:-_CHECK_LETTERS], text[-_CHECK_LETTERS:]
    if _check(body) != check:
        raise NoCode("there is a typing mistake in it")
    return JoinCode(body[:SECRET_LETTERS], body[SECRET_LETTERS:])


def _pin(secret: str, authority: bytes) -> str:
    return _letters(hmac.digest(secret.encode(), authority, hashlib.sha256), _PIN_LETTERS)


def _check(body: str) -> str:
    """Notices each wrong letter and each two that have changed places: a weight times a difference is never 0 modulo this prime."""
    total = sum(weight * LETTERS.index(letter) for weight, letter in enumerate(body, start=1)) % _PRIME
    return LETTERS[total // len(LETTERS)] + LETTERS[total % len(LETTERS)]


def _letters(digest: bytes, count: int) -> str:
    return base64.b32encode(digest).decode().translate(_FROM_RFC_4648)[:count]
