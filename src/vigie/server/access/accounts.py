"""Accounts and tokens over HTTP: who has one, and of which role. Every change is in the audit log."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from vigie.domain.access import Role, Scope
from vigie.protocol.times import to_unix_ms
from vigie.runtime.clock import Clock
from vigie.server.access.doorkeeper import Doorkeeper
from vigie.server.access.errors import FirstAccount
from vigie.server.access.roster import (
    Change,
    add_token,
    add_user,
    change_user,
    remove_user,
    require_user,
    revoke_token,
    strong_hash,
)
from vigie.server.access.visitor import Visitor
from vigie.server.hashing import Hashing
from vigie.server.store.accounts import TokenRow, UserRow, load_tokens, load_users
from vigie.server.store.store import Store

T = TypeVar("T")


class Accounts:
    """`door` is told whenever somebody is welcome no more. Every method raises `StoreUnavailable` where the database refuses."""

    def __init__(self, store: Store, clock: Clock, door: Doorkeeper) -> None:
        self._store = store
        self._clock = clock
        self._door = door
        self._hashing = Hashing(store)

    async def users(self) -> list[UserRow]:
        """Everybody, by name."""
        return await self._store.read(load_users)

    async def add(self, name: str, role: Role, password: str, by: Visitor) -> None:
        """Raises `UserTaken`, `TooManyUsers`, `PasswordTooWeak`, `SecretsBusy`; `FirstAccount`."""
        if not await self._door.knows_anybody():
            raise FirstAccount
        row = UserRow(name, role, await self._hashing.aside(lambda: strong_hash(password, name)), to_unix_ms(self._clock.now()))
        await self._change(lambda connection: add_user(connection, row, by.author, self._clock.now()))

    async def change(self, name: str, role: Role | None, password: str | None, by: Visitor) -> None:
        """Raises `UnknownUser`, `LastAdmin`, `PasswordTooWeak`, `SecretsBusy`."""
        await self._store.read(lambda connection: require_user(connection, name))
        hashed = None if password is None else await self._hashing.aside(lambda: strong_hash(password, name))
        change = Change(role, hashed)
        await self._change(lambda connection: change_user(connection, name, change, by.author, self._clock.now()))

    async def remove(self, name: str, by: Visitor) -> None:
        """Raises `UnknownUser`, `LastAdmin`."""
        await self._change(lambda connection: remove_user(connection, name, by.author, self._clock.now()))

    async def tokens(self) -> list[TokenRow]:
        """All, by name."""
        return await self._store.read(load_tokens)

    async def add_token(self, name: str, scope: Scope, by: Visitor) -> str:
        """The token, which is kept nowhere. Raises `TokenTaken`."""
        return await self._change(lambda connection: add_token(connection, name, scope, by.author, self._clock.now()))

    async def revoke_token(self, name: str, by: Visitor) -> None:
        """Raises `UnknownToken`."""
        await self._change(lambda connection: revoke_token(connection, name, by.author, self._clock.now()))

    async def _change(self, work: Callable[[Connection], T]) -> T:
        result = await self._store.write(work)
        self._door.look_again()
        return result
