"""What a machine can be for Vigie, and where the parts of that lie."""

from dataclasses import dataclass
from pathlib import Path

OPT = Path("/opt/vigie")
ETC = Path("/etc/vigie")
STATE = Path("/var/lib/vigie")
COMMAND = Path("/usr/local/bin/vigie")
UNITS = Path("/etc/systemd/system")
UNDO, APPLIED, TOOL = OPT / "undo.json", OPT / "applied.json", OPT / "tool.zip"
UNDO_UNIT = "vigie-undo.service"
BROKER_UNIT, BROKER_FILE = "mosquitto.service", Path("/etc/mosquitto/mosquitto.conf")


@dataclass(frozen=True, slots=True)
class Role:
    """`unit` runs as `user`, with `configuration` in /etc/vigie; `groups` are the ones that its unit names."""

    unit: str
    user: str
    configuration: str
    groups: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    """Units beside it, where the site is on the same machine; the first one is enabled."""


AGENT = Role("sensor-publisher.service", "vigie-agent", "agent.toml", ("gpio", "video"))
BRIDGE = Role("mqtt-bridge.service", "vigie-bridge", "bridge.toml")
SERVER = Role("vigie-server.service", "vigie-server", "server.toml", helpers=("vigie-enrol.socket", "vigie-enrol@.service"))
ROLES = {"agent": AGENT, "bridge": BRIDGE, "server": SERVER}
