"""Who may do what: roles of people, scopes of tokens, and when a server that knows nobody is open for trying out."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Right(StrEnum):
    """What a route asks for."""

    LOOK = "look"
    """Events, pictures, devices, alerts."""
    OPERATE = "operate"
    """The mode, the servo, the siren, recordings, acknowledging."""
    ADMINISTER = "administer"
    """Accounts, tokens, PINs, the audit log, deleting evidence."""
    DELIVER = "deliver"
    """Events and media in, `/bridge`."""
    FOLLOW_UP = "follow_up"
    """What became of what was delivered: the site, the devices, the ledger."""
    ENROL = "enrol"
    """Taking a new Pi in: for a person who has both screens before their eyes, not for a program."""
    OWN_ACCOUNT = "own_account"
    """The own password, the own sessions."""


class Role(StrEnum):
    """What an account is for. Each may all that those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Scope(StrEnum):
    """What an API token is for: `ingest` for a bridge, a role for a program that acts as such a person would."""

    INGEST = "ingest"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


_LOOKING = frozenset({Right.LOOK, Right.FOLLOW_UP})
_OPERATING = _LOOKING | {Right.OPERATE}
_ADMINISTERING = _OPERATING | {Right.ADMINISTER, Right.DELIVER}

RIGHTS_OF_ROLE: dict[Role, frozenset[Right]] = {
    Role.VIEWER: _LOOKING | {Right.OWN_ACCOUNT},
    Role.OPERATOR: _OPERATING | {Right.OWN_ACCOUNT},
    Role.ADMIN: _ADMINISTERING | {Right.ENROL, Right.OWN_ACCOUNT},
}
RIGHTS_OF_SCOPE: dict[Scope, frozenset[Right]] = {
    Scope.INGEST: frozenset({Right.DELIVER, Right.FOLLOW_UP}),
    Scope.VIEWER: _LOOKING,
    Scope.OPERATOR: _OPERATING,
    Scope.ADMIN: _ADMINISTERING,
}
RIGHTS_OF_TRY_OUT = _ADMINISTERING | {Right.ENROL}
"""Somebody who tries Vigie out on their own machine may all but what belongs to an account."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Knock:
    """What a request shows of who sends it. `host` and `origin` as in its headers; `is_forwarded`: a proxy stands between."""

    peer: str
    host: str
    origin: str | None
    is_forwarded: bool = False


def is_at_the_machine(knock: Knock, *, on_loopback: bool) -> bool:
    """Whether this is somebody at the server's very machine: as long as nobody has an account, they may try it out.

    `on_loopback`: the server listens there and nowhere else. All of it has to hold at once: a page of another site that is
    open in the owner's browser has another origin, one whose name was rebound to 127.0.0.1 another host, and what a proxy
    lets in from outside comes forwarded.
    """
    if not on_loopback or knock.is_forwarded:
        return False
    if not _is_loopback(knock.peer) or name_of_host(knock.host) not in LOOPBACK_NAMES:
        return False
    return knock.origin is None or is_same_origin(knock.origin, knock.host)


def is_same_origin(origin: str, host: str) -> bool:
    """Whether a page of this `Origin` was served by who is called `host` (its `Host` header)."""
    try:
        return urlsplit(origin).netloc == host.lower()
    except ValueError:
        return False


def name_of_host(host: str) -> str:
    """The name in a `Host` header, without its port; empty where there is no sane one."""
    is_sane = all(char.isalnum() or char in ".-_:[]" for char in host) and host.count("[") == host.count("]") <= 1
    try:
        return (urlsplit(f"//{host}").hostname or "") if is_sane else ""
    except ValueError:  # brackets around no IPv6 address
        return ""


def _is_loopback(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
