"""The configuration files that a site gives to its machines, as text. Pure.

Ours is the top of each file, in dotted keys; what the owner writes below the line stays.
"""

import base64
import json
import re
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from vigie.deploy.mosquitto import BRIDGE, OPERATOR, tool_user
from vigie.deploy.site_record import DeviceRecord, SiteRecord

AGENT_FILE, BRIDGE_FILE, SERVER_FILE, OPERATOR_FILE = "agent.toml", "bridge.toml", "server.toml", "operator.env"
PASSWORD_FILE, AUTHORITY_FILE, MODE_KEY_FILE = "broker.password", "ca.crt", "mode.key"
INGEST_TOKEN, VIEWER_TOKEN = "ingest.token", "viewer.token"
CAMERA_CERTIFICATE, CAMERA_KEY = "camera.crt", "camera.key"
DEVICE_FILES = frozenset({AGENT_FILE, PASSWORD_FILE, AUTHORITY_FILE, MODE_KEY_FILE, CAMERA_CERTIFICATE, CAMERA_KEY})
"""What a Pi may be given."""
ROOTS_SITE = Path("/etc/vigie/site")
ENROL_SOCKET = Path("/run/vigie/enrol.sock")
"""Where `vigie-enrol.socket` signs for the server, for root's site."""

_OURS = "# Written by `vigie provision`, down to the line below: changes up here are lost.\n"
LINE = "# ---- yours from here on ----\n"

_AGENT_REST = """\
# Sensors, servo, siren, zones: docs/reference/agent.md. Without any of them the default wiring holds.
"""
_CAMERA_REST = """\

[camera]
source = "{source}"
tls_certificate = "{etc}/camera.crt"
tls_key = "{etc}/camera.key"
"""
_BRIDGE_REST = """\
data_dir = "/var/lib/vigie/bridge"
"""
_SERVER_REST = """\
data_dir = "/var/lib/vigie/server"
# For the whole network, by HTTPS; until there is an account only the set-up page answers.
host = "0.0.0.0"
"""
_CAMERA_TABLE = re.compile(r"^\s*\[\s*camera\s*\]", re.MULTILINE)


class NoLine(Exception):
    """A file of ours in which the line is missing that tells our part from the owner's."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: the line {LINE.strip()!r} is gone, so nobody can tell which part is yours; put it back")


def agent_file(device_id: str, device: DeviceRecord, site: SiteRecord, before: str | None) -> str:
    """`agent.toml`, with the owner's part of `before`. Raises `NoLine`."""
    keys = {
        "device_id": device_id,
        "broker.url": site.broker_url,
        "broker.username": device_id,
        "broker.tool_username": tool_user(device_id),
        "broker.password_file": device.etc / PASSWORD_FILE,
        "broker.tls_ca": device.etc / AUTHORITY_FILE,
        "site.mode_writers": site.mode_writers,
    }
    if device.key_switch:
        keys["site.mode_key_file"] = device.etc / MODE_KEY_FILE
    text = _joined(AGENT_FILE, keys, before, _AGENT_REST)
    if device.camera and not _CAMERA_TABLE.search(text):
        text += _CAMERA_REST.format(source=device.camera, etc=device.etc)
    return text


def lacks_certificate(agent_file: str) -> bool:
    """Whether its camera would be served in clear."""
    try:
        camera = tomllib.loads(agent_file).get("camera")
    except tomllib.TOMLDecodeError:  # the owner's part; its agent says where
        return False
    return isinstance(camera, dict) and "tls_certificate" not in camera


def bridge_file(folder: Path, site: SiteRecord, before: str | None, *, on_hub: bool = True) -> str:
    """`bridge.toml`, for a bridge on the broker's machine or on another; `folder` has its secrets. Raises `NoLine`."""
    keys = {
        "broker.url": f"mqtt://127.0.0.1:{site.local_port}" if on_hub else site.broker_url,
        "broker.username": BRIDGE,
        "broker.tool_username": tool_user(BRIDGE),
        "broker.password_file": folder / "bridge.password",
        "backend_url": site.page_url,
        "backend_token_file": folder / INGEST_TOKEN,
        "backend_tls_ca": folder / AUTHORITY_FILE,
        "pis_tls_ca": folder / AUTHORITY_FILE,
        "site.mode_writers": site.mode_writers,
    }
    if not on_hub:
        keys["broker.tls_ca"] = folder / AUTHORITY_FILE
    return _joined(BRIDGE_FILE, keys, before, _BRIDGE_REST)


def server_file(folder: Path, site: SiteRecord, before: str | None, *, signs: bool) -> str:
    """`server.toml`; `signs`: new Pis can be signed for on its machine. Raises `NoLine`."""
    keys: dict[str, object] = {
        "mode_key_file": folder / "server-mode.key",
        "tls_certificate": folder / "web.crt",
        "tls_key": folder / "web.key",
        "token_files.ingest": folder / INGEST_TOKEN,
        "token_files.viewer": folder / VIEWER_TOKEN,
        "enrol_hub": site.hub[0],
        "enrol_authority": folder / AUTHORITY_FILE,
    }
    if signs:
        keys["enrol_socket"] = ENROL_SOCKET
    return _joined(SERVER_FILE, keys, before, _SERVER_REST)


def operator_file(folder: Path, site: SiteRecord) -> str:
    """The environment of the owner's own commands on the hub: `vigie mode`, `vigie doctor`."""
    variables = {
        "MQTT_BROKER": f"127.0.0.1:{site.local_port}",
        "MQTT_USERNAME": OPERATOR,
        "MQTT_PASSWORD_FILE": folder / "operator.password",
        "VIGIE_MODE_KEY_FILE": folder / "operator-mode.key",
        "BACKEND_URL": site.page_url,
        "BACKEND_TOKEN_FILE": folder / VIEWER_TOKEN,
        "BACKEND_TLS_CA": folder / AUTHORITY_FILE,
    }
    lines = "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in variables.items())
    return f"# Written by `vigie provision`. For you: set -a; . {folder / OPERATOR_FILE}; set +a; vigie mode\n{lines}"


def boot_file(device_id: str, etc: Path, files: Mapping[str, tuple[bytes, int]]) -> str:
    """cloud-init's user-data, which Raspberry Pi OS reads from the boot partition at the first start. JSON is YAML too."""
    written = [
        {
            "path": str(etc / name),
            "owner": "root:gpio",  # whoever runs an agent is in this group, and it is there in every image
            "permissions": f"0{mode:o}",
            "encoding": "b64",
            "content": base64.b64encode(content).decode(),
        }
        for name, (content, mode) in sorted(files.items())
    ]
    return BOOT_FILE_BEGINS + json.dumps({"hostname": device_id, "write_files": written}, indent=1) + "\n"


BOOT_FILE_BEGINS = "#cloud-config\n# Written by `vigie provision`. It holds secrets: whoever has the card has them.\n"


def with_owners_part(fresh: str, before: str) -> str:
    """A new file of ours with what the owner has written below the line of the one before. Raises `NoLine`."""
    ours, line, _ = fresh.partition(LINE)
    _, line_before, owners = before.partition(LINE)
    if not line or not line_before:
        raise NoLine(AGENT_FILE)
    return ours + LINE + owners


def _joined(name: str, keys: Mapping[str, object], before: str | None, rest: str) -> str:
    if before is not None:
        _, line, rest = before.partition(LINE)
        if not line:
            raise NoLine(name)
    return _OURS + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items()) + LINE + rest


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_pairs(value.items()))} }}"
    return json.dumps(str(value), ensure_ascii=False)  # a basic string of TOML has JSON's escapes


def _pairs(items: Iterable[tuple[object, object]]) -> Iterable[str]:
    return (f"{_toml(key)} = {_toml(value)}" for key, value in sorted(items, key=str))
