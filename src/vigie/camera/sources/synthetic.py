"""The synthetic camera: a drawn room that turns with the commanded angle, the device's name, a clock, the frame's number in
figures and as a strip that programs read. For trying out, for tests and for benchmarks; without numpy, which costs 14 MB.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from av import VideoFrame

from vigie.camera.frame_strip import Strip, strip_height, strip_row
from vigie.camera.pictures import Format, Picture
from vigie.camera.sources.font import rows
from vigie.camera.sources.room import Room

if TYPE_CHECKING:
    from threading import Event

USUAL = Format(640, 360, 10.0)
TURN_DEG_PER_S = 60.0
_INK, _PAPER = 235, 24


class SyntheticSource:
    """Pictures at a steady rate. `stopped` ends the wait for the next one."""

    name = "synthetic"

    def __init__(
        self,
        label: str,
        stopped: "Event",
        form: Format = USUAL,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._label = label
        self._stopped = stopped
        self._form = form
        self._monotonic = monotonic
        self._wall = wall
        self._target_deg = 0.0
        self._angle_deg = 0.0
        self._number = 0
        self._due_s = 0.0
        self._room: Room | None = None

    def open(self) -> Format:
        self._room = Room(self._form.width, self._form.height)
        self._due_s = self._monotonic()
        return self._form

    def read(self) -> Picture:
        interval = 1 / self._form.fps
        now = self._monotonic()
        if now < self._due_s:
            self._stopped.wait(self._due_s - now)
            now = self._monotonic()
        self._due_s = max(self._due_s + interval, now - interval)  # late once is no reason to hurry ever after
        self._number += 1
        most = TURN_DEG_PER_S * interval
        self._angle_deg += max(-most, min(most, self._target_deg - self._angle_deg))
        return Picture(self._number, int(now * 1_000_000), self._draw())

    def look(self, angle_deg: float) -> None:
        self._target_deg = angle_deg

    def ask_keyframe(self) -> None:
        """Our encoder is asked, not the source."""

    def close(self) -> None:
        self._room = None

    def _draw(self) -> VideoFrame:
        assert self._room is not None, "read before open"
        room, width, height = self._room, self._form.width, self._form.height
        left = room.left_edge(self._angle_deg)
        luma = bytearray(_window(room.luma, room.total, left, width, height))
        self._write(luma)
        self._strip(luma)
        frame = VideoFrame(width, height, "yuv420p")
        colours = [_window(plane, room.total // 2, left // 2, width // 2, height // 2) for plane in room.chroma]
        for plane, values, plane_width in zip(frame.planes, (bytes(luma), *colours), (width, width // 2, width // 2), strict=True):
            plane.update(_aligned(values, plane_width, plane.line_size))
        return frame

    def _write(self, luma: bytearray) -> None:
        scale = max(1, self._form.height // 180)
        moment = f"{self._wall():%Y-%m-%d %H:%M:%S}"
        upper = rows(f"{self._label} {moment}", scale, _INK, _PAPER)
        lower = rows(f"#{self._number} {self._angle_deg:+.0f}°", scale, _INK, _PAPER)
        self._paste(luma, upper, 2 * scale)
        self._paste(luma, lower, self._form.height - strip_height(self._form.height) - len(lower) - 2 * scale)

    def _paste(self, luma: bytearray, lines: list[bytes], top: int) -> None:
        width = self._form.width
        for row, line in enumerate(lines, start=top):
            at = row * width + 8
            luma[at : at + min(len(line), width - 16)] = line[: width - 16]

    def _strip(self, luma: bytearray) -> None:
        rows_of_it = strip_height(self._form.height)
        luma[(self._form.height - rows_of_it) * self._form.width :] = (
            strip_row(Strip(self._number, round(self._angle_deg)), self._form.width) * rows_of_it
        )


def _window(plane: bytearray, total: int, left: int, width: int, height: int) -> bytes:
    view = memoryview(plane)
    return b"".join([view[row * total + left : row * total + left + width] for row in range(height)])


def _aligned(values: bytes, width: int, line_size: int) -> bytes:
    """libav's rows may be longer than the picture is wide."""
    if line_size == width:
        return values
    return b"".join([values[at : at + width].ljust(line_size, b"\x00") for at in range(0, len(values), width)])
