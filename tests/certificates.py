"""A site's authority for tests, and certificates of it as files."""

import socket
import ssl
import warnings
from pathlib import Path

from vigie.deploy import pki
from vigie.runtime.clock import SystemClock


class Authority:
    """One of its own each time, with its certificate at `ca`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._certified = pki.new_authority("test", SystemClock().now())
        folder.mkdir(parents=True, exist_ok=True)
        self.ca = folder / "ca.crt"
        self.ca.write_bytes(self._certified.certificate)

    def issue(self, *names: str) -> tuple[Path, Path]:
        """Files of a certificate for `names`, and of its key."""
        made = pki.issue(self._certified, names[0], names, pki.MACHINE, SystemClock().now())
        certificate, key = self._folder / f"{names[0]}.crt", self._folder / f"{names[0]}.key"
        certificate.write_bytes(made.certificate)
        key.write_bytes(made.key)
        return certificate, key

    def trusted(self) -> ssl.SSLContext:
        """What a client goes by who trusts this authority and no other."""
        return ssl.create_default_context(cafile=self.ca)


def agreed_version(port: int, ca: Path, at_most: str) -> str:
    """The TLS version that a server agrees to with a client that offers no newer one (`TLSv1_1`), or its alert.

    With security level 0: a client as Debian has it would fail on its own side, and prove nothing.
    """
    context = ssl.create_default_context(cafile=ca)
    context.check_hostname = False
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what is old, which is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion[at_most]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        try:
            with context.wrap_socket(plain) as encrypted:
                return str(encrypted.version())
        except ssl.SSLError as error:
            return str(error.reason)
