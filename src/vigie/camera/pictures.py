"""What a source gives: pictures with the moment at which the sensor took them, and H.264 where it has an encoder of its own."""

from dataclasses import dataclass
from typing import Protocol

from av import VideoFrame

GOP_US = 1_000_000
"""A keyframe each second: what a clip begins with, and how exactly it can be cut."""


class NoPictures(Exception):
    """The camera cannot be used. The text says what, where and how to mend it."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One coded picture: H.264 in Annex B, a keyframe with its parameter sets. `at_us` is on the monotonic clock."""

    data: bytes
    at_us: int
    is_keyframe: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What `read` gives. `frame` is None where only packets have come; `packets` is None where the source encodes nothing."""

    number: int
    at_us: int
    frame: VideoFrame | None
    packets: tuple[Packet, ...] | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """What comes out of a source once it is open. `encoder` names the source's own, if it has one."""

    width: int
    height: int
    fps: float
    encoder: str | None = None


class Source(Protocol):
    """One camera. `open`, `read` and `close` are called in one thread; `look` and `ask_keyframe` in any."""

    name: str

    def open(self) -> Format:
        """Begins; raises `NoPictures` with the way to mend it."""
        ...

    def read(self) -> Picture:
        """Waits for the next picture; raises `NoPictures` once none will come any more."""
        ...

    def look(self, angle_deg: float) -> None:
        """The servo was told to point there. Only drawn pictures care."""
        ...

    def ask_keyframe(self) -> None:
        """The next picture shall be a keyframe, where the source encodes."""
        ...

    def close(self) -> None: ...
