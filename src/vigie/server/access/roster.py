"""Changes to accounts and tokens within a transaction, each with its row in the audit log: for the page and for `vigie user`."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from vigie.domain.access import Role, Scope
from vigie.domain.lockout import NONE_FAILED
from vigie.protocol.times import to_unix_ms
from vigie.runtime.tokens import new_token
from vigie.server.access.digest import digest
from vigie.server.access.errors import LastAdmin, TokenTaken, TooManyUsers, UnknownToken, UnknownUser, UserTaken
from vigie.server.access.passwords import require_strong
from vigie.server.api.schemas import AuditAction
from vigie.server.hashing import hash_of
from vigie.server.store.accounts import (
    TokenRow,
    UserRow,
    count_admins,
    delete_sessions_of,
    delete_token,
    delete_user,
    find_user,
    insert_token,
    insert_user,
    load_tokens,
    load_users,
    update_user,
)
from vigie.server.store.attempts import account_key, save_attempts
from vigie.server.store.audit import Author, Deed, note

MAX_USERS = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What to change of an account; None leaves it. `password_hash`: of a password that `strong_hash` has taken."""

    role: Role | None = None
    password_hash: str | None = None


def strong_hash(password: str, name: str) -> str:
    """The hash of somebody's new password. Slow. Raises `PasswordTooWeak`."""
    require_strong(password, name)
    return hash_of(password)


def require_user(connection: Connection, name: str) -> UserRow:
    """The account of that name; raises `UnknownUser`."""
    row = find_user(connection, name)
    if row is None:
        raise UnknownUser(name)
    return row


def add_user(connection: Connection, row: UserRow, author: Author, at: datetime) -> None:
    """Adds an account; raises `UserTaken`, `TooManyUsers`."""
    if find_user(connection, row.name) is not None:
        raise UserTaken(row.name)
    if len(load_users(connection)) >= MAX_USERS:
        raise TooManyUsers(MAX_USERS)
    insert_user(connection, row)
    note(connection, Deed(AuditAction.USER_ADDED, author, {"name": row.name, "role": str(row.role)}), at)


def change_user(connection: Connection, name: str, change: Change, author: Author, at: datetime) -> UserRow:
    """Another role, or another password, which signs the account out everywhere. Raises `UnknownUser`, `LastAdmin`."""
    row = require_user(connection, name)
    if change.role is not None and change.role is not row.role:
        _require_admins_left(connection, row)
        row = replace(row, role=change.role)
        note(connection, Deed(AuditAction.USER_CHANGED, author, {"name": name, "role": str(row.role)}), at)
    if change.password_hash is not None:
        row = replace(row, password_hash=change.password_hash)
        delete_sessions_of(connection, name)
        save_attempts(connection, account_key(name), NONE_FAILED, at)
        note(connection, Deed(AuditAction.PASSWORD_CHANGED, author, {"name": name}), at)
    update_user(connection, row)
    return row


def remove_user(connection: Connection, name: str, author: Author, at: datetime) -> None:
    """Forgets an account, and signs it out everywhere. Raises `UnknownUser`, `LastAdmin`."""
    _require_admins_left(connection, require_user(connection, name))
    delete_user(connection, name)
    note(connection, Deed(AuditAction.USER_REMOVED, author, {"name": name}), at)


def add_token(connection: Connection, name: str, scope: Scope, author: Author, at: datetime) -> str:
    """Makes a token; what is returned is kept nowhere. Raises `TokenTaken`."""
    if any(row.name == name for row in load_tokens(connection)):
        raise TokenTaken(name)
    secret = new_token()
    insert_token(connection, TokenRow(name, scope, digest(secret), to_unix_ms(at), author.name))
    note(connection, Deed(AuditAction.TOKEN_ADDED, author, {"name": name, "scope": str(scope)}), at)
    return secret


def revoke_token(connection: Connection, name: str, author: Author, at: datetime) -> None:
    """Takes a token back. Raises `UnknownToken`."""
    if not delete_token(connection, name):
        raise UnknownToken(name)
    note(connection, Deed(AuditAction.TOKEN_REVOKED, author, {"name": name}), at)


def _require_admins_left(connection: Connection, row: UserRow) -> None:
    if row.role is Role.ADMIN and count_admins(connection) == 1:
        raise LastAdmin(row.name)
