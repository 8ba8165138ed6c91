"""What can go wrong on the way in. `api/problems.py` maps each to an HTTP status."""

import math

from vigie.server.errors import ServerError


class SignInFirst(ServerError):
    """Nobody knows who is asking."""

    code = "sign_in_first"

    def __init__(self) -> None:
        super().__init__("sign in first (POST /api/session), or send Authorization: Bearer with a token of this server")


class SetUpFirst(ServerError):
    """The server is open to the network, and nobody has an account on it."""

    code = "set_up_first"

    def __init__(self) -> None:
        super().__init__(
            "nobody has an account on this server yet: open the set-up link that `vigie server` has printed, or run "
            "`vigie user add NAME --role admin` on its machine"
        )


class NotAllowed(ServerError):
    """Who is asking is known, and may not do this."""

    code = "not_allowed"

    def __init__(self, who: str, right: str) -> None:
        super().__init__(f"{who} may not do this: it takes the right to {right.replace('_', ' ')}; an admin can give it")
        self.right = right


class WrongSignIn(ServerError):
    """The name, or the password: it is not said which."""

    code = "wrong_sign_in"

    def __init__(self, wait_s: float) -> None:
        then = f"; the next try is possible in {math.ceil(wait_s)} s" if wait_s else ""
        super().__init__(f"this name and this password do not belong together{then}")
        self.retry_after_s = wait_s or None


class SignInLocked(ServerError):
    """Too many wrong passwords for this account or from this address."""

    code = "sign_in_locked"

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            f"too many wrong passwords: the next try is possible in {math.ceil(wait_s)} s; this one was not looked at. "
            "`vigie user unlock` on the server's machine ends the wait"
        )
        self.retry_after_s = wait_s


class WrongPassword(ServerError):
    """Somebody who is signed in does not know their own password."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("this is not your password; nothing was changed")


class WrongSetUpCode(ServerError):
    """The code of the set-up link is not this one."""

    code = "wrong_set_up_code"

    def __init__(self) -> None:
        super().__init__("this set-up link is not, or no more, the right one: each start of the server makes a new one")


class AlreadySetUp(ServerError):
    """Somebody has an account by now."""

    code = "already_set_up"

    def __init__(self) -> None:
        super().__init__("somebody has an account on this server: sign in, or ask an admin for an account")


class FirstAccount(ServerError):
    """The first account is made by who sets the server up, and signs them in."""

    code = "set_up_first"

    def __init__(self) -> None:
        super().__init__("nobody has an account yet; POST /api/set-up makes the first one, an admin's")


class PasswordTooWeak(ServerError):
    """A password that is easily guessed."""

    code = "password_too_weak"

    def __init__(self, reason: str) -> None:
        super().__init__(f"this password will not do: {reason}")


class UserTaken(ServerError):
    """An account of this name exists."""

    code = "user_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} has an account already; PATCH /api/users/{name} changes it")
        self.name = name


class UnknownUser(ServerError):
    """No account of this name exists."""

    code = "unknown_user"

    def __init__(self, name: str) -> None:
        super().__init__(f"nobody called {name!r} has an account; GET /api/users lists everybody")
        self.name = name


class LastAdmin(ServerError):
    """Nobody could administer the server any more."""

    code = "last_admin"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is the only admin: make somebody else one first")
        self.name = name


class TooManyUsers(ServerError):
    """There is a limit to everything."""

    code = "too_many_users"

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} people have an account, that is the limit; remove somebody first")
        self.limit = limit


class TokenTaken(ServerError):
    """A token of this name exists."""

    code = "token_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a token {name!r} already; revoke it first, or choose another name")
        self.name = name


class UnknownToken(ServerError):
    """No token of this name exists."""

    code = "unknown_token"

    def __init__(self, name: str) -> None:
        super().__init__(f"no token is called {name!r}; GET /api/tokens lists them")
        self.name = name


class UnknownSession(ServerError):
    """No session of this number exists, or it is somebody else's."""

    code = "unknown_session"

    def __init__(self, session_id: int) -> None:
        super().__init__(f"no session {session_id} of yours; GET /api/sessions lists them")
        self.session_id = session_id
