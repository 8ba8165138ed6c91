"""What the programs run on: the system, whether it is 64-bit; the names by which machines find each other."""

import ipaddress
import platform
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, failed, ok, warning
from vigie.owner.port_checks import others_reach

_MDNS = ".local"


@dataclass(frozen=True, slots=True)
class System:
    """`bits` are those of this Python; `machine` is the kernel's, `name` that of the distribution."""

    kernel: str
    machine: str
    bits: int
    name: str
    python: str

    def __str__(self) -> str:
        return f"{self.name or self.kernel}, {self.machine}, {self.bits}-bit, Python {self.python}"


def system(examined: Examined) -> Iterator[Finding]:
    """Operating system, processor, width, Python."""
    python = ".".join(map(str, sys.version_info[:3]))
    name = _name_in(examined)
    yield judge_system(System(platform.system(), platform.machine(), struct.calcsize("P") * 8, name, python))


def judge_system(found: System) -> Finding:
    if found.kernel != "Linux":
        return failed("system", f"{found}: pins, cameras and locks are known on Linux only", "run it on Raspberry Pi OS, 64-bit")
    if found.bits < 64:
        mend = "the 64-bit Raspberry Pi OS, from the Pi Zero 2 and the Pi 3 on: for this one many packages have to be compiled"
        return warning("system", f"{found}: a 32-bit system", mend)
    return ok("system", str(found))


def _name_in(examined: Examined) -> str:
    """`Debian GNU/Linux 12 (bookworm)`; empty where nobody tells."""
    try:
        lines = (examined.root / "etc/os-release").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition("=")[2].strip('"') for line in lines if line.startswith("PRETTY_NAME=")), "")


def names(examined: Examined) -> Iterator[Finding]:
    """The names of broker and server, and this machine's own `.local` one where others are to reach a server here."""
    for name in sorted(_asked(examined)):
        yield judge_name(name, _address_of(name))
    if others_reach(examined):
        own = f"{socket.gethostname().partition('.')[0]}{_MDNS}"
        if (address := _address_of(own)) is not None:
            yield ok("names", f"{own} is this machine, at {address}")
        else:
            yield warning(
                "names", f"{own} is not known: others have to type this machine's address", "`sudo apt install avahi-daemon`"
            )


def judge_name(name: str, address: str | None) -> Finding:
    if address is not None:
        return ok("names", f"{name} is at {address}")
    if name.endswith(_MDNS):
        mend = "`sudo apt install libnss-mdns` here, avahi-daemon on that machine; or name it by its address"
    else:
        mend = "is it spelt right, and does the router know it? else name it by its address"
    return failed("names", f"{name} is not known to this machine", mend)


def _asked(examined: Examined) -> set[str]:
    hosts = {examined.broker.host if examined.broker_is_named else "", urlsplit(examined.server.url).hostname or ""}
    return {host for host in hosts if host and host != "localhost" and not _is_address(host)}


def _address_of(name: str) -> str | None:
    try:
        return str(socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
