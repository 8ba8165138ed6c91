"""Signing in and out, the first account, the own password. All of it is in the audit log."""

import logging
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection

from vigie.domain.access import Right, Role
from vigie.domain.lockout import NONE_FAILED, SIGN_IN_PATIENCE, Moment, after_failure, seen_at
from vigie.protocol.times import to_unix_ms
from vigie.runtime.clock import Clock
from vigie.runtime.ids import boot_id
from vigie.runtime.tokens import new_secret
from vigie.server.access.digest import digest
from vigie.server.access.doorkeeper import IDLE, LONGEST, Doorkeeper
from vigie.server.access.errors import (
    AlreadySetUp,
    SignInLocked,
    UnknownSession,
    WrongPassword,
    WrongSetUpCode,
    WrongSignIn,
)
from vigie.server.access.first_run import SetUpLink
from vigie.server.access.roster import (
    Change,
    add_user,
    change_user,
    strong_hash,
)
from vigie.server.access.visitor import Kind, Visitor
from vigie.server.api.schemas import AuditAction
from vigie.server.hashing import Hashing, fits, hash_of
from vigie.server.store.accounts import (
    SessionRow,
    UserRow,
    delete_session,
    delete_sessions_before,
    find_user,
    has_users,
    insert_session,
    load_sessions,
)
from vigie.server.store.attempts import account_key, address_key, load_attempts, save_attempts
from vigie.server.store.audit import Author, Deed, note
from vigie.server.store.store import Store

log = logging.getLogger(__name__)

MAX_SESSIONS = 50
"""Of one account: the one that was seen least lately gives way."""

T = TypeVar("T")


class SignedIn(NamedTuple):
    """`secret`: for the cookie, and kept nowhere."""

    secret: str
    user: UserRow


class SignIn:
    """`door` is told whenever somebody is welcome no more. Every method raises `StoreUnavailable` where the database refuses."""

    def __init__(self, store: Store, clock: Clock, door: Doorkeeper, link: SetUpLink) -> None:
        self._store = store
        self._clock = clock
        self._door = door
        self._link = link
        self._hashing = Hashing(store)
        self._boot_id = boot_id()
        self._nobodys: str | None = None

    async def sign_in(self, name: str, password: str, by: Visitor, browser: str) -> SignedIn:
        """Raises `WrongSignIn`, `SignInLocked`, `SecretsBusy`."""
        keys = (account_key(name), address_key(by.address))
        user = await self._try(keys, name)
        is_right = await self._hashing.aside(lambda: self._is_right(user, password))
        if user is None or not is_right:
            raise WrongSignIn(await self._store.write(lambda connection: self._fail(connection, keys, user, by)))

        def work(connection: Connection) -> SignedIn | None:
            if find_user(connection, name) != user:  # changed while we have hashed
                return None
            for key in keys:
                save_attempts(connection, key, NONE_FAILED, self._clock.now())
            return self._enter(connection, user, by, browser)

        signed_in = await self._store.write(work)
        if signed_in is None:
            raise WrongSignIn(0.0)
        return signed_in

    async def set_up(self, code: str | None, name: str, password: str, by: Visitor, browser: str) -> SignedIn:
        """Makes the first account, an admin, and signs in. `code`: of the set-up link, where this is not the try-out.

        Raises `AlreadySetUp`, `WrongSetUpCode`, `PasswordTooWeak`, `SecretsBusy`.
        """
        if await self._door.knows_anybody():
            raise AlreadySetUp
        is_shown = code is not None and self._link.is_code(code)
        if by.kind is not Kind.TRY_OUT and not is_shown:
            raise WrongSetUpCode
        user = UserRow(name, Role.ADMIN, await self._hashing.aside(lambda: strong_hash(password, name)), self._now_ms())

        def work(connection: Connection) -> SignedIn:
            if has_users(connection):
                raise AlreadySetUp
            add_user(connection, user, Author(name, by.author.origin), self._clock.now())
            return self._enter(connection, user, by, browser)

        signed_in = await self._change(work)
        self._link.withdraw()
        return signed_in

    async def sign_out(self, by: Visitor) -> None:
        """Ends the session of who asks, if there is one."""
        if by.session_id is not None:
            await self.end_session(by.session_id, by, AuditAction.SIGNED_OUT)

    async def sessions(self, by: Visitor) -> list[SessionRow]:
        """One's own; an admin's: everybody's."""
        return await self._store.read(lambda connection: load_sessions(connection, self._whose(by)))

    async def end_session(self, session_id: int, by: Visitor, action: AuditAction = AuditAction.SESSION_ENDED) -> None:
        """Signs out there. Raises `UnknownSession`, also for somebody else's where who asks is no admin."""

        def work(connection: Connection) -> None:
            row = next((row for row in load_sessions(connection, self._whose(by)) if row.id == session_id), None)
            if row is None:
                raise UnknownSession(session_id)
            delete_session(connection, session_id)
            note(connection, Deed(action, by.author, {"name": row.user_name, "address": row.address}), self._clock.now())

        await self._change(work)

    async def change_own_password(self, current: str, new: str, by: Visitor, browser: str) -> SignedIn:
        """Signs out everywhere, and in again here. Raises `WrongPassword`, `SignInLocked`, `PasswordTooWeak`, `SecretsBusy`."""
        name = by.name
        keys = (account_key(name), address_key(by.address))
        user = await self._try(keys, name)
        if user is None or not await self._hashing.aside(lambda: self._is_right(user, current)):
            raise WrongPassword
        hashed = await self._hashing.aside(lambda: strong_hash(new, name))

        def work(connection: Connection) -> SignedIn:
            if find_user(connection, name) != user:
                raise WrongPassword
            changed = change_user(connection, name, Change(password_hash=hashed), by.author, self._clock.now())
            save_attempts(connection, address_key(by.address), NONE_FAILED, self._clock.now())
            return self._enter(connection, changed, by, browser)

        return await self._change(work)

    async def _try(self, keys: tuple[str, ...], name: str) -> UserRow | None:
        """Counts a try as a failure before it is made; the account of that name. Raises `SignInLocked`, `SecretsBusy`."""
        self._hashing.require_room()

        def work(connection: Connection) -> tuple[float, UserRow | None]:
            now, at = Moment(self._boot_id, self._clock.monotonic()), self._clock.now()
            known = {key: seen_at(load_attempts(connection, key), now) for key in keys}
            wait_s = max(SIGN_IN_PATIENCE.wait_s(attempts, now) for attempts in known.values())
            for key, attempts in known.items():
                save_attempts(connection, key, attempts if wait_s else after_failure(attempts, now), at)
            return wait_s, find_user(connection, name)

        wait_s, user = await self._store.write(work)
        if wait_s:
            raise SignInLocked(wait_s)
        return user

    def _fail(self, connection: Connection, keys: tuple[str, ...], user: UserRow | None, by: Visitor) -> float:
        """Writes it down; how long to wait now. A name that is nobody's may be a password in the wrong field: not kept."""
        failures = max(load_attempts(connection, key).failures for key in keys)
        author = Author(user.name if user else "", by.author.origin)
        note(connection, Deed(AuditAction.SIGN_IN_FAILED, author, {"failures": failures}), self._clock.now())
        log.warning("a wrong password origin=%s failures=%d", by.author.origin, failures)
        return SIGN_IN_PATIENCE.penalty_s(failures)

    def _enter(self, connection: Connection, user: UserRow, by: Visitor, browser: str) -> SignedIn:
        """A new session: its secret is never one that somebody else could have planted."""
        secret, now, now_ms = new_secret(), self._clock.now(), self._now_ms()
        delete_sessions_before(connection, created_ms=to_unix_ms(now - LONGEST), seen_ms=to_unix_ms(now - IDLE))
        if by.session_id is not None:
            delete_session(connection, by.session_id)
        for row in load_sessions(connection, user.name)[MAX_SESSIONS - 1 :]:
            delete_session(connection, row.id)
        insert_session(connection, SessionRow(0, user.name, now_ms, now_ms, by.address[:64], browser[:200]), digest(secret))
        note(connection, Deed(AuditAction.SIGNED_IN, Author(user.name, by.author.origin)), self._clock.now())
        return SignedIn(secret, user)

    def _is_right(self, user: UserRow | None, password: str) -> bool:
        """Takes as long where there is no such account."""
        if self._nobodys is None:
            self._nobodys = hash_of(new_secret())
        return fits(user.password_hash if user else self._nobodys, password, of=user.name if user else "nobody")

    async def _change(self, work: Callable[[Connection], T]) -> T:
        result = await self._store.write(work)
        self._door.look_again()
        return result

    def _whose(self, by: Visitor) -> str | None:
        return None if Right.ADMINISTER in by.rights else by.name

    def _now_ms(self) -> int:
        return to_unix_ms(self._clock.now())
