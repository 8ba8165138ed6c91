"""What a machine is, before anything is done to it, as JSON. Sent as text and run by the machine's own Python, also one that is
too old for Vigie: it stands alone.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import sys
from pathlib import Path

_CONFIGURATIONS = ("agent.toml", "bridge.toml", "server.toml")
MARK = "vigie-facts:"
"""Before the JSON: a login may have said things of its own."""


def facts() -> dict[str, object]:
    """See above."""
    release = dict(line.partition("=")[::2] for line in _read("/etc/os-release").splitlines())
    release = {name: value.strip("\"'") for name, value in release.items()}
    texts = {name: _read("/etc/vigie/" + name) for name in _CONFIGURATIONS}
    return {
        "hostname": platform.node(),
        "address": _address(),
        "machine_id": _read("/etc/machine-id").strip(),
        "python": list(sys.version_info[:2]),
        "machine": platform.machine(),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "os": release.get("ID", ""),
        "os_like": release.get("ID_LIKE", ""),
        "os_name": release.get("PRETTY_NAME", "unknown"),
        "is_root": os.geteuid() == 0,
        "has_systemd": Path("/run/systemd/system").is_dir(),
        "free_bytes": shutil.disk_usage("/opt" if Path("/opt").is_dir() else "/").free,
        "configurations": {name: text for name, text in texts.items() if text},
    }


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _address() -> str:
    """The one that packets to elsewhere would bear; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return ""


if __name__ == "__main__":
    sys.stdout.write(MARK + json.dumps(facts()) + "\n")
