"""Recognises who is asking, and shows them out when they are not welcome any more."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from vigie.domain.access import RIGHTS_OF_ROLE, RIGHTS_OF_SCOPE, RIGHTS_OF_TRY_OUT, Scope, is_at_the_machine
from vigie.protocol.times import to_unix_ms
from vigie.runtime.clock import Clock, wait_for_event
from vigie.runtime.tokens import is_token, new_token
from vigie.server.access.digest import digest
from vigie.server.access.errors import SetUpFirst, SignInFirst
from vigie.server.access.visitor import Credentials, Kind, Visitor, nobody, try_out
from vigie.server.errors import ServerError, StoreUnavailable, TokenFileUnusable
from vigie.server.store.accounts import find_session, find_token, has_users, note_seen
from vigie.server.store.store import Store

log = logging.getLogger(__name__)

IDLE = timedelta(days=30)
LONGEST = timedelta(days=180)
"""A wall panel that is looked at stays signed in for half a year, a browser that is not for a month."""
LOOK_AGAIN_S = 2.0
"""Whoever was signed out, also by `vigie user` beside this server, hears nothing any more after this."""
NOTE_SEEN_S = 60.0


@dataclass(slots=True, eq=False)
class Visit:
    """Somebody who stays: a connection, a picture that goes on."""

    credentials: Credentials
    visitor: Visitor
    end: Callable[[], object]


class Doorkeeper:
    """Nothing of accounts, sessions and tokens is kept in memory: `vigie user` changes the same tables while the server runs.

    `on_loopback`: the server listens there and nowhere else. `file_tokens`: the tokens that files of this machine hold, by hash.
    """

    def __init__(self, store: Store, clock: Clock, *, on_loopback: bool, file_tokens: Mapping[str, tuple[str, Scope]]) -> None:
        self._store = store
        self._clock = clock
        self._on_loopback = on_loopback
        self._file_tokens = dict(file_tokens)
        self._visits: list[Visit] = []
        self._seen_ms: dict[str, int] = {}
        self._changed = asyncio.Event()

    async def recognise(self, credentials: Credentials) -> Visitor:
        """Who shows these. Raises `StoreUnavailable`."""
        address = credentials.knock.peer
        if credentials.bearer is not None:
            return await self._bearer(credentials.bearer, address)
        visitor = (
            None
            if credentials.cookie is None
            else await self._store.read(lambda connection: self._signed_in(connection, digest(credentials.cookie or ""), address))
        )
        if visitor is not None:
            return visitor
        if is_at_the_machine(credentials.knock, on_loopback=self._on_loopback) and not await self.knows_anybody():
            return try_out(address, RIGHTS_OF_TRY_OUT)
        return nobody(address)

    async def knows_anybody(self) -> bool:
        """Whether anybody has an account. Raises `StoreUnavailable`."""
        return await self._store.read(has_users)

    async def turned_away(self) -> ServerError:
        """Why somebody who is not known is not let in."""
        return SignInFirst() if await self.knows_anybody() else SetUpFirst()

    @contextmanager
    def lend(self, name: str, scope: Scope) -> Iterator[str]:
        """A token for a child of this server, good within the block and kept nowhere."""
        secret = new_token()
        self._file_tokens[digest(secret)] = (f"this-machine-{name}", scope)
        try:
            yield secret
        finally:
            del self._file_tokens[digest(secret)]

    def arrive(self, credentials: Credentials, visitor: Visitor, end: Callable[[], object]) -> Visit:
        """Somebody stays. `end` is called once, when they are not the same any more or may do other things; `leave` ends it too."""
        visit = Visit(credentials, visitor, end)
        self._visits.append(visit)
        return visit

    def leave(self, visit: Visit) -> None:
        """They have gone. Doing it again changes nothing."""
        if visit in self._visits:
            self._visits.remove(visit)

    def look_again(self) -> None:
        """Somebody was signed out, or may do other things now."""
        self._changed.set()

    async def watch_for_ever(self) -> None:
        """Ends the visits of those who are not welcome any more, and writes down now and then who was seen."""
        noted_s = self._clock.monotonic()
        while True:
            await wait_for_event(self._changed, LOOK_AGAIN_S, self._clock)
            self._changed.clear()
            try:
                await self._look_around()
                if self._seen_ms and self._clock.monotonic() - noted_s >= NOTE_SEEN_S:
                    noted_s, seen_ms, self._seen_ms = self._clock.monotonic(), self._seen_ms, {}
                    await self._store.write(partial(note_seen, seen_ms=seen_ms))
            except StoreUnavailable as error:
                log.debug("who is signed in cannot be looked up now reason=%s", error)

    async def _look_around(self) -> None:
        known: dict[Credentials, Visitor] = {}
        for visit in list(self._visits):
            if visit.credentials not in known:
                known[visit.credentials] = await self.recognise(visit.credentials)
            if known[visit.credentials] != visit.visitor and visit in self._visits:
                self.leave(visit)
                visit.end()

    async def _bearer(self, secret: str, address: str) -> Visitor:
        if not is_token(secret):
            return nobody(address)
        hashed = digest(secret)
        if hashed in self._file_tokens:
            name, scope = self._file_tokens[hashed]
            return Visitor(Kind.PROGRAM, name, RIGHTS_OF_SCOPE[scope], address)
        token = await self._store.read(lambda connection: find_token(connection, hashed))
        if token is None:
            return nobody(address)
        self._seen_ms[hashed] = to_unix_ms(self._clock.now())
        return Visitor(Kind.PROGRAM, token.name, RIGHTS_OF_SCOPE[token.scope], address)

    def _signed_in(self, connection: Connection, hashed: str, address: str) -> Visitor | None:
        found = find_session(connection, hashed)
        if found is None:
            return None
        session, role = found
        now = self._clock.now()
        now_ms = to_unix_ms(now)
        last_seen_ms = max(session.seen_at_ms, self._seen_ms.get(hashed, 0))
        if last_seen_ms < to_unix_ms(now - IDLE) or session.created_at_ms < to_unix_ms(now - LONGEST):
            return None
        self._seen_ms[hashed] = now_ms
        return Visitor(Kind.ACCOUNT, session.user_name, RIGHTS_OF_ROLE[role], address, session.id)


def read_token_files(files: Mapping[Scope, Path]) -> dict[str, tuple[str, Scope]]:
    """The tokens in files of this machine, by hash, as `Doorkeeper` wants them. Raises `TokenFileUnusable`."""
    found = {}
    for scope, path in files.items():
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise TokenFileUnusable(path, f"cannot be read: {error}") from error
        if not is_token(secret):
            raise TokenFileUnusable(path, "holds no token: expected one line, vigie_ and 43 letters, as `vigie token add` prints")
        found[digest(secret)] = (f"this-machine-{scope}", scope)
    return found
