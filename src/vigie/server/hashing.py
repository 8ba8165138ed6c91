"""argon2id, for what people choose. `hash_of` and `fits` are slow: not for the event loop."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from vigie.server.errors import SecretsBusy
from vigie.server.store.store import Store

log = logging.getLogger(__name__)

MAX_WAITING = 8
"""One after the other, each a tenth of a second or more: who is not among so many is asked to come again."""

T = TypeVar("T")

# OWASP's second choice for argon2id: it leaves a Pi Zero its memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


class Hashing:
    """Does slow work beside the event loop, one at a time: each takes 19 MiB, and a Pi has little."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._one = asyncio.Lock()
        self._waiting = 0

    def require_room(self) -> None:
        """Raises `SecretsBusy`."""
        if self._waiting >= MAX_WAITING:
            raise SecretsBusy

    async def aside(self, work: Callable[[], T]) -> T:
        """The result of `work`. Raises `SecretsBusy`, and what it raises."""
        self.require_room()
        self._waiting += 1
        try:
            async with self._one:
                return await self._store.aside(work)
        finally:
            self._waiting -= 1


def hash_of(secret: str) -> str:
    """argon2id's own string, with its salt and costs."""
    return _HASHER.hash(secret)


def fits(hashed: str, secret: str, *, of: str) -> bool:
    """Whether it is the hash of this secret. `of`: whose it is, for the log, should it be no hash at all."""
    try:
        return _HASHER.verify(hashed, secret)
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError) as error:
        log.warning("a hash cannot be read, set the secret again of=%s reason=%s", of, error)
        return False
