"""A new Pi's way to the server of a site of which it knows nothing but a code. Python's own modules only.

The Pi first has to learn the site's authority, so that it cannot check whom it learns it from. `fetch_authority` is the one
place in Vigie where a certificate is not verified: it sends a GET without a word of ours, and what comes back is thrown away unless
the code was made for it (`JoinCode.is_of`). Everything else goes through `Hub`, which trusts that authority and nobody else.
"""

import http.client
import ipaddress
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from vigie.runtime.config_error import ConfigError
from vigie.runtime.site_tls import trusting

AUTHORITY_ROUTE = "/api/enrolment/authority"
DEFAULT_PORT = 8000
_TIMEOUT_S = 10.0
_MAX_ANSWER_BYTES = 256 * 1024


class HubSilent(Exception):
    """No answer, or none of a Vigie server."""


class NotTheHub(Exception):
    """Somebody else answers there."""


class HubRefused(Exception):
    """It said no, in words for the owner."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server is."""

    host: str
    port: int
    is_tls: bool

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def place_of(hub: str) -> Place:
    """`NAME`, `NAME:PORT`, `https://…`; `http://` on this very machine alone. Raises `ConfigError`."""
    scheme, separator, rest = hub.partition("://")
    if not separator:
        scheme, rest = "https", hub
    if rest.count(":") > 1 and not rest.startswith("["):
        rest = f"[{rest}]"
    try:
        parts = urlsplit(f"//{rest.rstrip('/')}")
        host, port = parts.hostname or "", parts.port or DEFAULT_PORT
    except ValueError:
        host, port = "", 0
    if scheme not in ("http", "https") or not host or "@" in rest or parts.path:
        raise ConfigError("HUB", f"{hub!r} is no place of a server; expected NAME, NAME:PORT or https://NAME:PORT")
    if scheme == "http" and not _is_this_machine(host):
        raise ConfigError("HUB", f"{hub} would send secrets in clear; over the network it is https alone")
    return Place(host, port, is_tls=scheme == "https")


def fetch_authority(place: Place) -> bytes:
    """The certificate (DER) that whoever answers there says to be the site's authority's. Nobody vouches for it: the caller
    must. Raises `HubSilent`.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = _connection(place, context)
    try:
        status, body = _ask(connection, "GET", AUTHORITY_ROUTE, None)
    except OSError as error:
        raise HubSilent(f"no answer from {place}: {_reason(error)}; is it the address that the page shows?") from error
    finally:
        connection.close()
    if status != http.client.OK:
        raise HubSilent(f"{place} answers {status}: {body.get('detail', 'it is no server of Vigie')}")
    try:
        return ssl.PEM_cert_to_DER_cert(str(body.get("certificate")).strip())
    except ValueError as error:
        raise HubSilent(f"{place} has no certificate of an authority to show: {error}") from error


class Hub:
    """The server, known by its authority (DER). One connection at a time, which is made anew when it was lost."""

    def __init__(self, place: Place, authority: bytes) -> None:
        self._place = place
        self._connection = _connection(place, trusting(ssl.DER_cert_to_PEM_cert(authority)))

    def post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        """The answer. Raises `HubSilent`, `NotTheHub`, `HubRefused`."""
        try:
            status, answer = _ask(self._connection, "POST", path, body)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise NotTheHub(
                f"{self._place} has a certificate that is not the site's, or not for this name ({error.verify_message}); "
                "nothing was told to it. Call it as the page does"
            ) from error
        except OSError as error:
            self.close()
            raise HubSilent(f"no answer from {self._place}: {_reason(error)}") from error
        if status >= http.client.INTERNAL_SERVER_ERROR:
            raise HubSilent(f"{self._place} answers {status}: {answer.get('detail', '')}")
        if status >= http.client.BAD_REQUEST:
            raise HubRefused(str(answer.get("detail", f"it answers {status}")))
        return answer

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()


def _connection(place: Place, context: ssl.SSLContext) -> http.client.HTTPConnection:
    if place.is_tls:
        return http.client.HTTPSConnection(place.host, place.port, timeout=_TIMEOUT_S, context=context)
    return http.client.HTTPConnection(place.host, place.port, timeout=_TIMEOUT_S)


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
    """Raises `OSError` for all that is no answer."""
    sent = None if body is None else json.dumps(body).encode()
    try:
        connection.request(method, path, sent, {} if sent is None else {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read(_MAX_ANSWER_BYTES + 1)
    except http.client.HTTPException as error:
        raise ConnectionError(str(error) or type(error).__name__) from error
    try:  # apart: a certificate that is refused is a `ValueError`, too
        found = json.loads(text) if len(text) <= _MAX_ANSWER_BYTES else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ConnectionError("what answers is no server of Vigie")
    return answer.status, found


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
