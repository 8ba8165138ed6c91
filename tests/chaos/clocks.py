"""The wall clock of one program, set back and forward while it runs: libfaketime, steered by a file. Monotonic time stays right."""

import time
from pathlib import Path

_LIBRARIES = (
    "/usr/lib/*/faketime/libfaketime.so.1",
    "/usr/local/lib/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
)


class ClockError(Exception):
    """libfaketime is not installed."""


class WallClock:
    """What one program takes for the time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set_right()

    @property
    def env(self) -> dict[str, str]:
        """The environment in which a program believes this clock. Raises `ClockError`."""
        return {
            "LD_PRELOAD": _library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",
        }

    def jump(self, offset_s: int) -> None:
        """That far from the right time, within a second."""
        self._write(f"{offset_s:+d}")

    def jump_to_1970(self) -> None:
        """As a Pi that has just started without a network."""
        self.jump(-int(time.time()))

    def set_right(self) -> None:
        self._write("+0")

    def _write(self, text: str) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"{text}\n")
        new.replace(self._file)  # it is read at any moment: never half of it


def _library() -> str:
    for pattern in _LIBRARIES:
        for found in Path("/").glob(pattern[1:]):
            return str(found)
    raise ClockError("libfaketime is not installed; run scripts/test-tools.sh (Debian's package libfaketime)")
