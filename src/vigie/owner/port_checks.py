"""The server's port: its own, free for it, or taken by somebody else. From the kernel's list; nothing is opened."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from vigie.owner.configuration_checks import server_settings
from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, failed, ok, unseen, warning
from vigie.runtime.claim import holder

_LISTENS = "0A"
_LOCAL_PORT = re.compile(r"\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) ")


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


def listening(root: Path) -> set[int]:
    """Every TCP port on which somebody listens. Raises `OSError`."""
    found = set()
    for table in ("net/tcp", "net/tcp6"):
        try:
            lines = (root / "proc" / table).read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            if table == "net/tcp":
                raise
            continue  # a kernel without IPv6
        found |= {int(match[1], 16) for line in lines if (match := _LOCAL_PORT.match(line)) and match[2] == _LISTENS}
    return found


def _port_of(examined: Examined) -> int:
    if (settings := server_settings(examined)) is not None:
        return settings.port
    url = urlsplit(examined.server.url)
    return url.port or (443 if url.scheme == "https" else 80)
