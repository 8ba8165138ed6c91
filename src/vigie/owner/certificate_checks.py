"""Certificates of broker and server: whether they are to be trusted, and for how long."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from vigie.domain.access import LOOPBACK_NAMES
from vigie.owner import port_checks
from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, failed, ok, warning

SOON_DAYS = 45
_ANSWER_WITHIN_S = 3.0
_MEND = "`sudo vigie deploy localhost --role hub`, and to the Pi, makes new ones in time (by hand: `vigie provision`)"


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    host: str
    port: int
    trust: ssl.SSLContext


def certificates(examined: Examined) -> Iterator[Finding]:
    """By a handshake with each of them that speaks TLS; who does not answer at all is told of by its own check."""
    for place in _places(examined):
        where = f"{place.name} {place.host}:{place.port}"
        try:
            ends_at = _ends_at(place)
        except ssl.SSLCertVerificationError as error:
            yield failed("certificate", f"{where}: {error.verify_message}", "is it of this site, and tls_ca its ca.crt?")
        except OSError:
            continue
        else:
            days = (ends_at - examined.clock.now()).days
            said = f"{where}: good until {ends_at:%Y-%m-%d}, {days} days"
            yield ok("certificate", said) if days > SOON_DAYS else warning("certificate", said, _MEND)


def https(examined: Examined) -> Iterator[Finding]:
    """Whether a browser elsewhere takes the page for safe: without that it installs no page and shows no notifications."""
    if not examined.server_is_expected:
        return
    url = urlsplit(examined.server.url)
    is_reached = not _is_loopback(url.hostname or "") or port_checks.others_reach(examined)
    if url.scheme == "https":
        yield _trusted(url.hostname or "", url.port or 443)
    elif is_reached:
        seen = "the page is plain HTTP: it can be read on the way, and no browser installs it or lets it notify"
        yield warning("https", seen, "tls_certificate and tls_key in the server's file; `vigie provision` makes both")
    else:
        yield ok("https", "the page is asked for on this machine only: browsers trust that as it is")


def _trusted(host: str, port: int) -> Finding:
    try:
        _ends_at(_Place("server", host, port, ssl.create_default_context()))
    except ssl.SSLCertVerificationError:
        seen = f"{host}:{port} shows a certificate that this system does not know: a phone asks each time, and is not notified"
        return warning(
            "https", seen, "install the site's ca.crt on each phone and computer; here with `sudo update-ca-certificates`"
        )
    except OSError as error:
        return failed("https", f"{host}:{port} does not speak TLS: {error}", "is the server up, and with its certificate?")
    return ok("https", f"{host}:{port} is trusted by this system: a page can be installed, and notify")


def _is_loopback(host: str) -> bool:
    return host in LOOPBACK_NAMES or host.startswith("127.")


def _places(examined: Examined) -> Iterator[_Place]:
    if (trust := examined.broker.tls()) is not None:
        yield _Place("broker", examined.broker.host, examined.broker.port, trust)
    url = urlsplit(examined.server.url)
    if url.scheme == "https" and url.hostname:
        yield _Place("server", url.hostname, url.port or 443, examined.server.tls or ssl.create_default_context())


def _ends_at(place: _Place) -> datetime:
    """Raises `OSError`, of which `ssl.SSLCertVerificationError` is one."""
    with (
        socket.create_connection((place.host, place.port), timeout=_ANSWER_WITHIN_S) as raw,
        place.trust.wrap_socket(raw, server_hostname=place.host) as connection,
    ):
        shown = connection.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
