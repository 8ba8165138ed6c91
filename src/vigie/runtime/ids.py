"""Identifiers: time-ordered ids for events and commands, and the boot of this machine."""

import os
import uuid
from datetime import datetime
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def new_id(now: datetime) -> str:
    """A UUID of version 7 (RFC 9562 section 5.7): sorts by time, so that it is cheap in a database's index."""
    unix_ms = max(0, int(now.timestamp() * 1000)) & (1 << 48) - 1
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = unix_ms << 80 | random_bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def boot_id() -> str:
    """The kernel's id of this boot: monotonic times are comparable within it, also across restarts of a program."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())
