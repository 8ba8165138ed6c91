"""Who is asking: recognised anew with each request, and while a connection lasts."""

from dataclasses import dataclass, field
from enum import StrEnum

from starlette.datastructures import Headers
from starlette.types import Scope

from vigie.domain.access import Knock, Right
from vigie.server.api.schemas import NOBODY
from vigie.server.store.audit import Author

COOKIE = "vigie_session"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_IN_SCOPE = "vigie.visitor"


class Kind(StrEnum):
    """How somebody is known."""

    NOBODY = "nobody"
    TRY_OUT = "try_out"
    ACCOUNT = "account"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows."""

    knock: Knock
    cookie: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who it is. `name`: of the account or the token; `session_id`: of somebody who is signed in."""

    kind: Kind
    name: str
    rights: frozenset[Right]
    address: str
    session_id: int | None = None

    @property
    def author(self) -> Author:
        """What records say of them."""
        kind = "token" if self.kind is Kind.PROGRAM else "page"
        return Author(self.name, f"{kind} {self.address}")


def nobody(address: str) -> Visitor:
    """Somebody who is not known."""
    return Visitor(Kind.NOBODY, "", frozenset(), address)


def try_out(address: str, rights: frozenset[Right]) -> Visitor:
    """The owner at the machine of a server without accounts."""
    return Visitor(Kind.TRY_OUT, NOBODY, rights, address)


def credentials_of(scope: Scope) -> Credentials:
    """Of an HTTP request or a WebSocket's first."""
    headers = Headers(scope=scope)
    peer = scope["client"][0] if scope.get("client") else ""
    knock = Knock(peer, headers.get("host", ""), headers.get("origin"), any(name in headers for name in _FORWARDED))
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    return Credentials(knock, _cookie(headers.get("cookie", "")), secret.strip() if scheme.lower() == "bearer" else None)


def remember(scope: Scope, visitor: Visitor) -> None:
    """Keeps who it is with the request."""
    scope[_IN_SCOPE] = visitor


def visitor_of(scope: Scope) -> Visitor:
    """Who the gate has let in."""
    visitor: Visitor = scope[_IN_SCOPE]
    return visitor


def _cookie(header: str) -> str | None:
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value
    return None
