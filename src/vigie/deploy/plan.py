"""What a machine needs for a role, and whether it is fit for one: out of the facts of `target/probe.py`. Pure."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

HUB = "hub"

_OLDEST_PYTHON = (3, 11)
_LGPIO_FROM_APT = (3, 13)
_ROOM_BYTES = 600_000_000

Facts = Mapping[str, Any]


def objections(facts: Facts) -> list[str]:
    """Why nothing can be deployed to a machine like this, each with what would help."""
    found = []
    if not facts["is_root"]:
        found.append("only root can set a machine up; begin with sudo, or let its user sudo")
    if not facts["has_systemd"]:
        found.append("no systemd runs there: Vigie's programs are its units")
    if "debian" not in (facts["os"], *facts["os_like"].split()):
        found.append(f"it is {facts['os_name']}; Debian 12, Raspberry Pi OS Bookworm, or later, is needed")
    elif tuple(facts["python"]) < _OLDEST_PYTHON:
        found.append(f"its Python is {python_version(facts)}; 3.11 is needed, which Debian 12 and Raspberry Pi OS Bookworm have")
    if facts["bits"] != 64:
        found.append("its system is a 32-bit one, for which not all wheels exist; install the 64-bit Raspberry Pi OS")
    if facts["free_bytes"] < _ROOM_BYTES:
        found.append(f"{facts['free_bytes'] // 1_000_000} MB are free there; {_ROOM_BYTES // 1_000_000} MB are needed")
    return found


def packages(role: str, camera: str | None, facts: Facts, *, simulate: bool) -> tuple[str, ...]:
    """What the role wants from apt on such a machine. `python3-lgpio` and picamera2 are Raspberry Pi OS's, not Debian's."""
    wanted = ["python3-venv", "avahi-daemon", "libnss-mdns"]  # the last two are why NAME.local is found, and finds
    if role == HUB:
        wanted.append("mosquitto")
    if role == "agent" and not simulate and tuple(facts["python"]) >= _LGPIO_FROM_APT:
        wanted.append("python3-lgpio")  # PyPI has no wheel of it
    if role == "agent" and camera == "picamera2":
        wanted += ["python3-picamera2", "python3-av", "python3-numpy"]
    return tuple(wanted)


def extras(role: str, camera: str | None, wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Of the wheel, for each of the roles `wanted` of a machine."""
    from_pip = role == "agent" and camera not in (None, "picamera2")  # picamera2 wants apt's PyAV and NumPy
    beside = ("camera",) if from_pip else ("provision",) if role == HUB else ()
    return {one: (one, *beside) for one in wanted}


def roles(role: str, *, page_is_elsewhere: bool = False) -> tuple[str, ...]:
    """Of the machine: a hub is two of them beside the broker, or one where the server has a machine of its own."""
    if role != HUB:
        return (role,)
    return ("bridge",) if page_is_elsewhere else ("bridge", "server")


def own_name(facts: Facts) -> str:
    """How the machine calls itself."""
    return str(facts["hostname"]).partition(".")[0].lower()


def own_names(facts: Facts) -> tuple[str, ...]:
    """How the machine can be called: by multicast DNS, which Raspberry Pi OS and phones speak, by name, by its address of now."""
    name = own_name(facts)
    return tuple(found for found in (f"{name}.local", name, facts["address"]) if found)


def device_in(facts: Facts) -> str | None:
    """As which device the machine is set up already."""
    try:
        found = tomllib.loads(facts["configurations"].get("agent.toml", "")).get("device_id")
    except tomllib.TOMLDecodeError:
        return None
    return found if isinstance(found, str) else None


def python_version(facts: Facts) -> str:
    """Of the system's Python."""
    return ".".join(str(part) for part in facts["python"])
