"""What the kernel says of processes: their children, command lines, memory and listening sockets. Linux's /proc only."""

import socket
import struct
from contextlib import suppress
from pathlib import Path

_LISTEN = "0A"


def children(pid: int) -> dict[int, str]:
    """The live children of a process: pid -> command line."""
    found = {}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            if line := command_line(int(child)):
                found[int(child)] = line
    return found


def command_line(pid: int) -> str:
    """The command line of a process; empty when it is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    return bool(command_line(pid))


def open_files(pid: int) -> list[str]:
    """What its descriptors stand for; none where it is gone."""
    found = []
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                found.append(str(entry.readlink()))
    return found


def is_stopped(pid: int) -> bool:
    """Whether it stands still, each of its threads."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def resident_bytes(pid: int) -> int:
    """VmRSS: what counts on a Pi with 512 MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)


def listening_addresses(pid: int) -> list[str]:
    """Every TCP address that the process listens on, IPv6 included."""
    inodes = {target[8:-1] for target in open_files(pid) if target.startswith("socket:[")}
    addresses = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and fields[9] in inodes:
                addresses.append(_address(fields[1]))
    return sorted(addresses)


def _address(text: str) -> str:
    host, port = text.split(":")
    words = [struct.pack("<I", int(host[index : index + 8], 16)) for index in range(0, len(host), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return f"{socket.inet_ntop(family, b''.join(words))}:{int(port, 16)}"
