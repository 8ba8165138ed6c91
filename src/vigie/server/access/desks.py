"""`vigie user` and `vigie token`: accounts and tokens straight in the server's database, also while the server runs.

It is how an owner who has forgotten the password gets in again: whoever may write the database may have an account.
"""

from collections.abc import Callable
from pathlib import Path

from vigie.domain.access import Role, Scope
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.runtime.tokens import keep
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
from vigie.server.api.schemas import AuditAction
from vigie.server.desk import Desk, Refused, require_name
from vigie.server.store.accounts import UserRow, load_sessions, load_tokens, load_users
from vigie.server.store.attempts import delete_sign_in_attempts
from vigie.server.store.audit import Deed, note


class UserDesk(Desk):
    """`vigie user`. Each command returns its exit status."""

    command = "user"

    def add(self, name: str, role: Role, read_password: Callable[[], str]) -> int:
        """Gives somebody an account."""

        def work() -> None:
            require_name(name)
            password = read_password()  # before anything is held: a person types slowly
            row = UserRow(name, role, strong_hash(password, name), to_unix_ms(self.clock.now()))
            with self.connected() as connection:
                add_user(connection, row, self.author, self.clock.now())
            self.say(f"{name}: {role}; sign in on the dashboard")

        return self.run(work)

    def list(self) -> int:
        """Everybody, and where they are signed in."""

        def work() -> None:
            with self.connected() as connection:
                users, sessions = load_users(connection), load_sessions(connection)
            for row in users:
                places = sum(session.user_name == row.name for session in sessions)
                self.say(f"{row.name}  {row.role}  since {from_unix_ms(row.created_at_ms):%Y-%m-%d}  signed in at {places} places")
            if not users:
                self.say("nobody has an account")

        return self.run(work)

    def set_role(self, name: str, role: Role) -> int:
        """Gives an account another role."""

        def work() -> None:
            with self.connected() as connection:
                change_user(connection, name, Change(role=role), self.author, self.clock.now())
            self.say(f"{name}: {role}")

        return self.run(work)

    def set_password(self, name: str, read_password: Callable[[], str]) -> int:
        """Gives an account another password, and signs it out everywhere."""

        def work() -> None:
            with self.connected() as connection:
                require_user(connection, name)
            hashed = strong_hash(read_password(), name)
            with self.connected() as connection:
                change_user(connection, name, Change(password_hash=hashed), self.author, self.clock.now())
            self.say(f"{name}: password set, signed out everywhere")

        return self.run(work)

    def remove(self, name: str) -> int:
        """Takes an account away."""

        def work() -> None:
            with self.connected() as connection:
                remove_user(connection, name, self.author, self.clock.now())
            self.say(f"{name}: removed, signed out everywhere")

        return self.run(work)

    def unlock(self) -> int:
        """Ends every wait after wrong passwords."""

        def work() -> None:
            with self.connected() as connection:
                ended = delete_sign_in_attempts(connection)
                note(connection, Deed(AuditAction.SIGN_IN_UNLOCKED, self.author), self.clock.now())
            self.say(f"unlocked: {ended} accounts and addresses had failed")

        return self.run(work)


class TokenDesk(Desk):
    """`vigie token`. Each command returns its exit status."""

    command = "token"

    def add(self, name: str, scope: Scope, file: Path | None) -> int:
        """Makes a token, and prints nothing but it, or puts it into a new file."""

        def work() -> None:
            require_name(name)
            with self.connected() as connection:
                secret = add_token(connection, name, scope, self.author, self.clock.now())
                if file is not None:
                    try:
                        keep(secret, file)  # before the commit: a token that nobody has is none
                    except OSError as error:
                        raise Refused(f"cannot write {file}: {error.strerror}; no token was made") from error
            self.say(secret if file is None else f"{name}: in {file}, which only you can read")

        return self.run(work)

    def list(self) -> int:
        """All, without their secrets."""

        def work() -> None:
            with self.connected() as connection:
                tokens = load_tokens(connection)
            for row in tokens:
                seen = "never shown" if row.seen_at_ms is None else f"last shown {from_unix_ms(row.seen_at_ms):%Y-%m-%d %H:%M}"
                self.say(f"{row.name}  {row.scope}  since {from_unix_ms(row.created_at_ms):%Y-%m-%d}  {seen}")
            if not tokens:
                self.say("there are no tokens")

        return self.run(work)

    def revoke(self, name: str) -> int:
        """Takes a token back."""

        def work() -> None:
            with self.connected() as connection:
                revoke_token(connection, name, self.author, self.clock.now())
            self.say(f"{name}: revoked")

        return self.run(work)
