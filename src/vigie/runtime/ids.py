"""Identifiers: time-ordered ids for events and commands, and the boot of this machine."""

import os
import uuid
from datetime import datetime
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_RANDOM_BYTES, _AT_ONCE = 10, 64
_random: list[bytes] = []


def new_id(now: datetime) -> str:
    """A UUID of version 7 (RFC 9562 section 5.7): sorts by time, so that it is cheap in a database's index."""
    unix_ms = max(0, int(now.timestamp() * 1000)) & (1 << 48) - 1
    random_bits = int.from_bytes(_some_random(), "big")
    value = unix_ms << 80 | random_bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _some_random() -> bytes:
    """A system call for each id took a tenth of the bridge's time for an event."""
    while True:
        try:
            return _random.pop()
        except IndexError:
            block = os.urandom(_RANDOM_BYTES * _AT_ONCE)
            _random.extend(block[at : at + _RANDOM_BYTES] for at in range(0, len(block), _RANDOM_BYTES))


def boot_id() -> str:
    """The kernel's id of this boot: monotonic times are comparable within it, also across restarts of a program."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())
