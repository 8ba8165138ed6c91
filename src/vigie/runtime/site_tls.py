"""TLS that trusts a site's own authority and nobody else."""

import ssl
from pathlib import Path

_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: a house without a network may have any clock. With an authority of its own a date keeps
nobody out; a token or a password that is taken back does.
"""


def trusting(authority: Path | str) -> ssl.SSLContext:
    """A client's context. `authority`: the file of its certificate, or the certificate itself (PEM). Raises `OSError`."""
    if isinstance(authority, Path):
        context = ssl.create_default_context(cafile=authority)
    else:
        context = ssl.create_default_context(cadata=authority)
    context.verify_flags |= _NO_CHECK_TIME
    return context
