"""The shapes of what is said about accounts, sessions and tokens."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from vigie.domain.access import Role, Scope
from vigie.protocol.times import Timestamp
from vigie.server.access.passwords import MAX_LENGTH, MIN_LENGTH
from vigie.server.api.schemas import PersonName

Password = Annotated[str, Field(max_length=4 * MAX_LENGTH, json_schema_extra={"writeOnly": True, "format": "password"})]
"""At least 12 letters where it is a new one."""


class SessionState(BaseModel):
    """Who is asking. `open`: nobody has an account, and this machine may try everything out. `set_up`: nobody has, and the set-up
    link makes the first one. `signed_out`, `signed_in`: as they say.
    """

    state: Literal["open", "set_up", "signed_out", "signed_in"]
    name: str | None = None
    role: Role | None = Field(None, description="What it may do; also while the server is `open`: all.")
    min_password_length: int = MIN_LENGTH


class SignInRequest(BaseModel):
    """`POST /api/session`."""

    name: str = Field(max_length=64)
    password: Password


class SetUpRequest(BaseModel):
    """`POST /api/set-up`. `code`: what is behind the `#` of the set-up link; not needed while the server is `open`."""

    name: PersonName
    password: Password
    code: str | None = Field(None, max_length=64)


class OwnPasswordChange(BaseModel):
    """`PUT /api/session/password`."""

    current_password: Password
    new_password: Password


class SessionInfo(BaseModel):
    """A place where somebody is signed in. `browser` is what it calls itself (`User-Agent`)."""

    id: int
    user_name: str
    created_at: Timestamp
    seen_at: Timestamp
    address: str
    browser: str
    is_this_one: bool


class SessionList(BaseModel):
    """`GET /api/sessions`: the last seen first."""

    sessions: list[SessionInfo]


class NewUser(BaseModel):
    """`POST /api/users`."""

    name: PersonName
    role: Role
    password: Password


class UserChange(BaseModel):
    """`PATCH /api/users/{name}`; what is not there stays. A new password signs the account out everywhere."""

    role: Role | None = None
    password: Password | None = None


class UserInfo(BaseModel):
    """An account."""

    name: str
    role: Role
    created_at: Timestamp


class UserList(BaseModel):
    """`GET /api/users`, by name."""

    users: list[UserInfo]


class NewToken(BaseModel):
    """`POST /api/tokens`. `ingest`: for a bridge. A role: may what such an account may, but for its own password."""

    name: PersonName
    scope: Scope


class TokenInfo(BaseModel):
    """A token, without its secret. `seen_at`: when it was last shown, to a minute."""

    name: str
    scope: Scope
    created_at: Timestamp
    created_by: str
    seen_at: Timestamp | None


class TokenList(BaseModel):
    """`GET /api/tokens`, by name."""

    tokens: list[TokenInfo]


class MadeToken(BaseModel):
    """A new token: this is the only time that it can be seen."""

    name: str
    scope: Scope
    token: str
