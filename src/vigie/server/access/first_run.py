"""The set-up link: how the first account comes to be on a server that the network can reach."""

import hmac
import logging
import secrets
import socket
import sys
from pathlib import Path

log = logging.getLogger(__name__)

FILE_NAME = "set-up-link"
_EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound to


class SetUpLink:
    """Good until somebody has an account, or the server ends. The code is behind the `#`: a browser sends that to nobody."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self._code = secrets.token_urlsafe(16)
        self._file = folder / FILE_NAME
        self._url = f"{base_url}/set-up#{self._code}"

    def publish(self) -> None:
        """Says where to go: on a terminal the link itself, else the file that has it, for a log is read by many."""
        try:
            self._file.unlink(missing_ok=True)
            self._file.touch(mode=0o600)
            self._file.write_text(f"{self._url}\n", encoding="utf-8")
        except OSError as error:
            log.warning("the set-up link cannot be written file=%s reason=%s", self._file, error)
        if sys.stdout.isatty():
            sys.stdout.write(f"nobody has an account yet; make the first one: {self._url}\n")
        else:
            log.warning("nobody has an account yet: open the link in %s, or run `vigie user add NAME --role admin`", self._file)

    def is_code(self, code: str) -> bool:
        """Whether it is the one of the link."""
        return hmac.compare_digest(code.encode(), self._code.encode())

    def withdraw(self) -> None:
        """Somebody has an account."""
        self._file.unlink(missing_ok=True)


def base_url(host: str, port: int, *, tls: bool) -> str:
    """How the server is called from elsewhere."""
    name = socket.gethostname() if host in _EVERY_ADDRESS else host
    return f"{'https' if tls else 'http'}://{f'[{name}]' if ':' in name else name}:{port}"
