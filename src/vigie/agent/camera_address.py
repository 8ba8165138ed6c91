"""Where this Pi's media are and what opens them: the token, and the address that the bridge is told."""

import logging
import os
import secrets
import socket
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from vigie.agent.faults import Faults
from vigie.runtime.broker_url import BrokerSettings

log = logging.getLogger(__name__)

TOKEN_FILE = "camera.token"  # noqa: S105 - the name of a file
_MIN_TOKEN = 16


def read_token(folder: Path, token_file: Path | None, faults: Faults) -> str:
    """The device's token: the owner's, or a random one that is made once. Where neither can be had, one for this life: who is
    to use it is told of it by the broker.
    """
    path = token_file or folder / TOKEN_FILE
    try:
        if token_file is None and not path.exists():
            _make(path)
        token = path.read_text(encoding="utf-8").strip()
        if _MIN_TOKEN <= len(token) <= 128 and token.isascii() and token.isprintable():
            return token
        what = f"{path} holds no token of {_MIN_TOKEN} to 128 plain characters"
    except (OSError, UnicodeDecodeError) as error:
        what = f"{path} cannot be used: {error}"
    what = f"{what}; a token for this life of the agent is used instead"
    if token_file is None:  # a full disk: nobody but the bridge needs to know it
        log.warning("%s", what)
    else:
        faults.report("camera:token", what)
    return secrets.token_urlsafe(32)


def _make(path: Path) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def listen_host(own_address: str | None) -> str:
    """On which address the camera serves: only this machine's own where the broker is here too, else every one."""
    is_here = own_address is not None and ip_address(own_address).is_loopback
    return "127.0.0.1" if is_here else "0.0.0.0"  # noqa: S104 - the bridge is on another machine


def url_of(host: str, port: int, *, with_tls: bool = False) -> str:
    """Of a media server."""
    return f"{'https' if with_tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def own_address(broker: BrokerSettings) -> str | None:
    """The one that packets to the broker bear; connecting a datagram socket sends none. None while there is no way to it.

    Blocks while a name server is asked.
    """
    with suppress(OSError):
        family, kind, protocol, _, address = socket.getaddrinfo(broker.host, broker.port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    return None
