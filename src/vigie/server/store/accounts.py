"""Accounts, who is signed in, and the tokens of programs."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from vigie.domain.access import Role, Scope
from vigie.server.store.tables import sessions, tokens, users


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account; the hash is argon2id's own string, and stays out of logs."""

    name: str
    role: Role
    password_hash: str = field(repr=False)
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Somebody who is signed in: since when, last seen when, from where and with what."""

    id: int
    user_name: str
    created_at_ms: int
    seen_at_ms: int
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token; `seen_at_ms` is when it was last shown."""

    name: str
    scope: Scope
    secret_hash: str = field(repr=False)
    created_at_ms: int
    created_by: str
    seen_at_ms: int | None = None


_SESSION = [sessions.c[name] for name in ("id", "user_name", "created_at_ms", "seen_at_ms", "address", "browser")]


def has_users(connection: Connection) -> bool:
    """Whether anybody has an account; else the server is to be set up."""
    return connection.scalar(select(users.c.name).limit(1)) is not None


def load_users(connection: Connection) -> list[UserRow]:
    """Everybody, by name."""
    return [_user(row) for row in connection.execute(select(users).order_by(users.c.name))]


def find_user(connection: Connection, name: str) -> UserRow | None:
    """The account of that name."""
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    return None if row is None else _user(row)


def count_admins(connection: Connection) -> int:
    """How many may administer."""
    return connection.scalar(select(func.count()).select_from(users).where(users.c.role == Role.ADMIN)) or 0


def insert_user(connection: Connection, row: UserRow) -> None:
    """Adds an account."""
    connection.execute(insert(users), _values(row))


def update_user(connection: Connection, row: UserRow) -> None:
    """Replaces an account's role and password."""
    values = {"role": str(row.role), "password_hash": row.password_hash}
    connection.execute(update(users).where(users.c.name == row.name).values(values))


def delete_user(connection: Connection, name: str) -> None:
    """Forgets an account, and signs it out everywhere."""
    connection.execute(delete(users).where(users.c.name == name))
    delete_sessions_of(connection, name)


def find_session(connection: Connection, secret_hash: str) -> tuple[SessionRow, Role] | None:
    """The session with this secret, and what its account is for."""
    statement = select(*_SESSION, users.c.role).join(users, users.c.name == sessions.c.user_name)
    row = connection.execute(statement.where(sessions.c.secret_hash == secret_hash)).one_or_none()
    return None if row is None else (SessionRow(*row[:-1]), Role(row.role))


def load_sessions(connection: Connection, user_name: str | None = None) -> list[SessionRow]:
    """Those of an account, or all, the last seen first."""
    statement = select(*_SESSION).order_by(sessions.c.seen_at_ms.desc(), sessions.c.id.desc())
    if user_name is not None:
        statement = statement.where(sessions.c.user_name == user_name)
    return [SessionRow(*row) for row in connection.execute(statement)]


def insert_session(connection: Connection, row: SessionRow, secret_hash: str) -> None:
    """Adds a session; `row.id` is not looked at."""
    values = {column.name: getattr(row, column.name) for column in _SESSION if column.name != "id"}
    connection.execute(insert(sessions), {**values, "secret_hash": secret_hash})


def delete_session(connection: Connection, session_id: int) -> None:
    """Signs out."""
    connection.execute(delete(sessions).where(sessions.c.id == session_id))


def delete_sessions_of(connection: Connection, user_name: str, *, but: int | None = None) -> None:
    """Signs an account out everywhere, `but` there."""
    where: list[ColumnElement[bool]] = [sessions.c.user_name == user_name]
    if but is not None:
        where.append(sessions.c.id != but)
    connection.execute(delete(sessions).where(*where))


def delete_sessions_before(connection: Connection, *, created_ms: int, seen_ms: int) -> None:
    """Forgets those that are over."""
    connection.execute(delete(sessions).where((sessions.c.created_at_ms < created_ms) | (sessions.c.seen_at_ms < seen_ms)))


def note_seen(connection: Connection, seen_ms: dict[str, int]) -> None:
    """Keeps when these secrets (hashes) were last shown, of sessions and tokens alike."""
    for table in (sessions, tokens):
        for secret_hash, at_ms in seen_ms.items():
            connection.execute(update(table).where(table.c.secret_hash == secret_hash).values(seen_at_ms=at_ms))


def find_token(connection: Connection, secret_hash: str) -> TokenRow | None:
    """The token with this secret."""
    row = connection.execute(select(tokens).where(tokens.c.secret_hash == secret_hash)).one_or_none()
    return None if row is None else _token(row)


def load_tokens(connection: Connection) -> list[TokenRow]:
    """All, by name."""
    return [_token(row) for row in connection.execute(select(tokens).order_by(tokens.c.name))]


def insert_token(connection: Connection, row: TokenRow) -> None:
    """Adds a token."""
    connection.execute(insert(tokens), _values(row))


def delete_token(connection: Connection, name: str) -> bool:
    """Revokes a token; false where there is none of that name."""
    return connection.execute(delete(tokens).where(tokens.c.name == name)).rowcount > 0


def _user(row: Any) -> UserRow:
    return UserRow(row.name, Role(row.role), row.password_hash, row.created_at_ms)


def _token(row: Any) -> TokenRow:
    return TokenRow(**{**row._mapping, "scope": Scope(row.scope)})


def _values(row: UserRow | TokenRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).__slots__}
