"""What a machine is, before anything is done to it, as JSON. Sent as text and run by the machine's own Python: it stands alone."""

import json
import os
import platform
import shutil
import sys
from pathlib import Path

_CONFIGURATIONS = ("agent.toml", "bridge.toml", "server.toml")


def facts() -> dict[str, object]:
    """See above."""
    found: dict[str, str] = {}
    for name in _CONFIGURATIONS:
        path = Path("/etc/vigie") / name
        if path.is_file():
            found[name] = path.read_text(encoding="utf-8", errors="replace")
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    return {
        "hostname": platform.node(),
        "python": list(sys.version_info[:2]),
        "machine": platform.machine(),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "os": release.get("ID", ""),
        "os_like": release.get("ID_LIKE", ""),
        "os_version": release.get("VERSION_ID", ""),
        "os_name": release.get("PRETTY_NAME", "unknown"),
        "is_root": os.geteuid() == 0,
        "has_systemd": Path("/run/systemd/system").is_dir(),
        "is_pi": "Raspberry Pi" in _read("/proc/device-tree/model"),
        "free_bytes": shutil.disk_usage("/opt" if Path("/opt").is_dir() else "/").free,
        "configurations": found,
    }


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts()) + "\n")
