"""What a password has to be. Long ones need no rules about signs."""

from vigie.server.access.errors import PasswordTooWeak

MIN_LENGTH = 12
MAX_LENGTH = 256

_OBVIOUS = ("password", "motdepasse", "azerty", "qwerty", "123456", "vigie", "raspberry", "changeme", "letmein")
_MIN_REST = 6
"""So many letters have to be left without those that are obvious."""
_MIN_KINDS = 5


def require_strong(password: str, name: str) -> None:
    """Raises `PasswordTooWeak`, which says why."""
    if len(password) < MIN_LENGTH:
        raise PasswordTooWeak(f"it has {len(password)} letters; {MIN_LENGTH} are needed, three words together make a good one")
    if len(password) > MAX_LENGTH:
        raise PasswordTooWeak(f"it is longer than {MAX_LENGTH} letters")
    if len(set(password)) < _MIN_KINDS:
        raise PasswordTooWeak("it is made of fewer than five different letters")
    rest = password.casefold()
    for obvious in (name.casefold(), *_OBVIOUS):
        rest = rest.replace(obvious, "")
    if len(rest) < _MIN_REST:
        raise PasswordTooWeak("little is left of it without your name and the words that everybody tries first")
