"""Where the programs of a `vigie up` are to be found: written into its folder at each start, read by whoever has the folder."""

import json
from collections.abc import Mapping
from pathlib import Path

FILE_NAME = "house.json"


def write_addresses(data_dir: Path, environ: Mapping[str, str]) -> None:
    """Keeps the variables that a program needs to find this house's parts (`MQTT_BROKER`, `BACKEND_URL`, …). Raises `OSError`."""
    path = data_dir / FILE_NAME
    path.touch(mode=0o600)  # the broker's URL may hold a password
    path.write_text(json.dumps(dict(environ), indent=1) + "\n", encoding="utf-8")


def read_addresses(data_dir: Path) -> dict[str, str]:
    """Those variables; empty where the folder is no house's, or of one that has not said."""
    try:
        found = json.loads((data_dir / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}
