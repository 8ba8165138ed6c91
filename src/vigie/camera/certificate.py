"""The camera's certificate. Without a good one nothing is served; what is seen is recorded all the same."""

import ssl
from pathlib import Path


class CertificateUnusable(Exception):
    """The files hold no certificate with its key."""


def tls_of(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """For the media server; None where no certificate is wanted. Raises `CertificateUnusable`."""
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        raise CertificateUnusable(f"{certificate} and {key} cannot be used: {error.strerror or error}") from error
    return context


def mute_tls() -> ssl.SSLContext:
    """Of one who has no certificate: every handshake fails. Nobody is served what was to be served encrypted."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
