"""What this machine says about itself: temperature, under-voltage, disk, and how far its wall clock can be trusted.

All from the kernel's files; `vcgencmd` needs a group and a process. The root is a parameter so that tests give their own.
"""

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from vigie.protocol.events import ClockQuality
from vigie.runtime.clock import Clock

_STA_UNSYNC = 0x0040  # adjtimex(2)
_UNDER_VOLTAGE_OR_THROTTLED_NOW = 0x1 | 0x4


@dataclass(frozen=True, slots=True)
class Machine:
    """The health files of this computer under `root`; what it does not have reads as None."""

    data_dir: Path
    root: Path = Path("/")

    def temp_c(self) -> float | None:
        """Temperature of the processor."""
        try:
            text = (self.root / "sys/class/thermal/thermal_zone0/temp").read_text(encoding="ascii")
            return round(int(text) / 1000, 1)
        except (OSError, ValueError):
            return None

    def throttled(self) -> bool | None:
        """Whether the firmware slows the processor down now, or sees too low a voltage: a bad supply, or a servo on it."""
        try:
            text = (self.root / "sys/devices/platform/soc/soc:firmware/get_throttled").read_text(encoding="ascii")
            return bool(int(text, 16) & _UNDER_VOLTAGE_OR_THROTTLED_NOW)
        except (OSError, ValueError):
            return None

    def disk_free_bytes(self) -> int | None:
        """Room for the event log."""
        try:
            found = os.statvfs(self.data_dir)
        except OSError:
            return None
        return found.f_bavail * found.f_frsize


class _Timex(ctypes.Structure):
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def kernel_clock_is_synced() -> bool:
    """Whether somebody disciplines the kernel's clock (adjtimex without STA_UNSYNC): works with any NTP program."""
    return bool(kernel_clock_tells())


def kernel_clock_tells() -> bool | None:
    """The same; None where this program may not ask (a sandbox that keeps it from the clock)."""
    answer = _Timex()
    if _libc().adjtimex(ctypes.byref(answer)) < 0:
        return None
    return not answer.status & _STA_UNSYNC


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


class WallClock:
    """Wall time for monotonic moments, and its quality.

    `synced` while the kernel says so, `holdover` after it was synced once in this boot, else `unsynced`: then there is no
    wall time to give, only the monotonic one. `is_set` is for machines that keep time by themselves (a PC in simulation).
    """

    def __init__(self, clock: Clock, is_synced: Callable[[], bool] = kernel_clock_is_synced, *, is_set: bool = False) -> None:
        self._clock = clock
        self._is_synced = is_synced
        self._was_synced = is_set

    def quality(self) -> ClockQuality:
        """How far the wall clock can be trusted now."""
        if self._is_synced():
            self._was_synced = True
            return ClockQuality.SYNCED
        return ClockQuality.HOLDOVER if self._was_synced else ClockQuality.UNSYNCED

    def at(self, monotonic_s: float) -> datetime | None:
        """The wall time of a moment of this boot; None while the wall clock is not known."""
        if self.quality() is ClockQuality.UNSYNCED:
            return None
        return self._clock.now() - timedelta(seconds=self._clock.monotonic() - monotonic_s)
