"""The server's port: its own, free for it, or taken by somebody else. From the kernel's list; nothing is opened."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from vigie.domain.access import LOOPBACK_NAMES
from vigie.owner.configuration_checks import server_settings
from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, failed, ok, unseen, warning
from vigie.owner.server_access import DEFAULT_URL
from vigie.runtime.claim import holder
from vigie.server.settings import ServerSettings

_LISTENS = "0A"
_LOCAL = re.compile(r"\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) ")
_LOOPBACK = re.compile(r"[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F")  # 127.…, ::1, ::ffff:127.…; each word reversed


def port(examined: Examined) -> Iterator[Finding]:
    """Only where the server's database is: elsewhere it is of no concern who listens."""
    database = examined.places.database
    if database is None:
        return
    number = _port_of(examined)
    try:
        is_running = holder(database.with_name(f"{database.name}.lock")) is not None
        is_taken = number in listening(examined.root)
    except OSError as error:
        yield unseen("port", f"the kernel does not tell who listens: {error}")
        return
    yield judge(number, is_running=is_running, is_taken=is_taken)


def judge(number: int, *, is_running: bool, is_taken: bool) -> Finding:
    if is_running and is_taken:
        return ok("port", f"the server runs, and {number} is listened on")
    if is_running:
        return warning(
            "port", f"the server runs, and nobody listens on {number}", "name the port that it was given, with BACKEND_URL"
        )
    if is_taken:
        mend = f"`sudo ss -ltnp 'sport = :{number}'` names it: stop it, or give the server another port"
        return failed("port", f"{number} is taken by another program: the server cannot start", mend)
    return ok("port", f"{number} is free for the server")


def listening(root: Path) -> dict[int, bool]:
    """Every TCP port on which somebody listens, and whether other machines reach it. Raises `OSError`."""
    found: dict[int, bool] = {}
    for table in ("net/tcp", "net/tcp6"):
        try:
            lines = (root / "proc" / table).read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            if table == "net/tcp":
                raise
            continue  # a kernel without IPv6
        for match in filter(None, map(_LOCAL.match, lines)):
            if match[3] == _LISTENS:
                port_number = int(match[2], 16)
                found[port_number] = found.get(port_number, False) or not _LOOPBACK.fullmatch(match[1])
    return found


def others_reach(examined: Examined) -> bool:
    """Whether the server here is for other machines too: by its file, else by the kernel, for `--host` is in no file."""
    settings = server_settings(examined)
    if settings is not None and not settings.on_loopback:
        return True
    try:
        return examined.places.database is not None and listening(examined.root).get(_port_of(examined), False)
    except OSError:
        return False


def _port_of(examined: Examined) -> int:
    url = urlsplit(examined.server.url)
    if url.hostname in LOOPBACK_NAMES and examined.server.url != DEFAULT_URL:  # somebody has named it
        return url.port or (443 if url.scheme == "https" else 80)
    settings = server_settings(examined) or ServerSettings()
    return settings.port
