"""The broker that `vigie up` runs: Mosquitto where it is installed, else the embedded amqtt. Finds, configures, names it."""

import getpass
import importlib.util
import random
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from vigie.deploy.mosquitto import PIPE

MQTT_PORT = 1883
_OWN_PORTS = range(20_000, 32_768)
"""Below those that Linux gives to clients (net.ipv4.ip_local_port_range)."""
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # where Debian keeps mosquitto, often not in a user's PATH

_CONFIGURATION = """\
# Written by `vigie up` at each start: changes here are lost. For trying out on this machine only: loopback, no password.
{pipe}# Larger than the contract's 64 KiB, so that what is too large is quarantined with a reason instead of cutting its sender off.
max_packet_size 4194304
allow_anonymous true
connection_messages false
# Started as root, Mosquitto would change its user, and so lose the tie that ends it together with `vigie up` (prctl(2)).
user {user}
# Everything above is global: written before the first listener, a listener's own option would open another one on 1883.
listener {port} 127.0.0.1
"""


class NoBroker(Exception):
    """There is no broker program to run. The text says how to get one."""


@dataclass(frozen=True, slots=True)
class BrokerProgram:
    """A broker ready to be started: its argument list, its port on 127.0.0.1, the MQTT version that clients should speak."""

    name: str
    argv: tuple[str, ...]
    port: int
    protocol: str


def choose(kind: str, folder: Path, port: int | None = None) -> BrokerProgram:
    """The broker of this kind (`auto`, `mosquitto`, `embedded`), configured under `folder`, on `port` or a free one.

    Raises `NoBroker` where the program is not installed, `OSError` where `folder` cannot be written.
    """
    mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path=_SBIN)
    if kind == "mosquitto" and mosquitto is None:
        raise NoBroker("mosquitto is not installed; run `sudo apt install mosquitto`, or use --broker embedded")
    if mosquitto is not None and kind in ("auto", "mosquitto"):
        return _mosquitto(mosquitto, folder, port or free_port(MQTT_PORT))
    if importlib.util.find_spec("amqtt") is None:
        raise NoBroker("no broker to run; run `sudo apt install mosquitto`, or install Vigie with its extra [embedded-broker]")
    port = port or free_port(MQTT_PORT)
    argv = (sys.executable, "-m", "vigie.deploy.embedded_broker", str(port))
    return BrokerProgram("embedded broker", argv, port, "3.1.1")


def _mosquitto(program: str, folder: Path, port: int) -> BrokerProgram:
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "mosquitto.conf"
    configuration.write_text(_CONFIGURATION.format(pipe=PIPE, port=port, user=getpass.getuser()), encoding="utf-8")
    return BrokerProgram("mosquitto", (program, "-c", str(configuration)), port, "auto")


def free_port(preferred: int = 0) -> int:
    """`preferred` if nothing on this machine's loopback holds it, else any free TCP port.

    Not one of those that the kernel gives to clients: an agent that looks for a broker that is away would sooner or later get
    the broker's own port for its end of the line, connect to itself, and keep the broker from coming back. Nor one that another
    house has been given and does not listen on yet: it stays this process's own until it ends.
    """
    for port in (preferred, *random.sample(_OWN_PORTS, 100), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found = int(probe.getsockname()[1])
        if _claim(found):
            return found
    raise OSError("no free TCP port on 127.0.0.1")


def _claim(port: int) -> bool:
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0vigie-port-{port}")  # Linux's abstract names: no file, and gone with the process
    except OSError:
        claim.close()
        return False
    claim.detach()  # open until the process ends
    return True
