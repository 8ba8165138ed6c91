"""What is recorded, from when to when: triggers, extension, the longest clip, and going on after the card was full.

Decides only; a `Writer` writes. Everything is called in one thread; times are microseconds of the monotonic clock.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from vigie.camera.pictures import GOP_US, Packet
from vigie.camera.ring import Ring
from vigie.protocol.camera import Cause

log = logging.getLogger(__name__)

_PATIENCE_US = GOP_US


class Writer(Protocol):
    """Where the packets go."""

    def begin(self, clip: "Clip") -> None: ...
    def add(self, packet: Packet) -> None: ...
    def end(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A recording until this moment. `from_us`: its next clip begins at the last keyframe before that, so that two clips of one
    time overlap rather than leave a hole.
    """

    cause: Cause
    triggered_us: int
    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Clip:
    id: str
    cause: Cause
    first_us: int
    triggered_us: int


@dataclass(frozen=True, slots=True)
class ClipTimes:
    """In seconds, as configured."""

    pre_roll_s: float
    post_roll_s: float
    max_clip_s: float


class Recorder:
    """`new_id` names a clip that nobody asked for by name: the next one of a recording longer than `max_clip_s`."""

    def __init__(self, writer: Writer, times: ClipTimes, new_id: Callable[[], str]) -> None:
        self.ring = Ring(int(times.pre_roll_s * 1e6))
        self._writer = writer
        self._times = times
        self._new_id = new_id
        self._clip: Clip | None = None
        self._next_id = ""
        self._wanted: Wanted | None = None
        self._last_us = -1
        self._is_blocked = False
        self._is_private = False

    @property
    def clip(self) -> Clip | None:
        """What is being recorded."""
        return self._clip

    def record(self, clip_id: str, duration_s: float, cause: Cause, now_us: int) -> bool:
        """From the pre-roll on until so long from now; a recording that goes on is only made longer. False while private."""
        if self._is_private:
            return False
        until = now_us + int(duration_s * 1e6)
        if self._wanted is not None:
            self._wanted = replace(self._wanted, until_us=max(until, self._wanted.until_us))
            return True
        since = max(now_us - int(self._times.pre_roll_s * 1e6), self._last_us + 1)
        self._wanted = Wanted(cause, now_us, since, until)
        self._next_id = clip_id
        self._try_to_begin()
        return True

    def stop(self, now_us: int) -> None:
        """After the post-roll."""
        if self._wanted is not None:
            until = min(self._wanted.until_us, now_us + int(self._times.post_roll_s * 1e6))
            self._wanted = replace(self._wanted, until_us=until)

    def end(self) -> None:
        """At once, as it is."""
        self._wanted = None
        self._end_clip()

    def set_private(self, is_private: bool) -> None:
        """What was seen while people are home is in no clip, not even in its pre-roll."""
        self._is_private = is_private
        self.ring.clear()
        if is_private:
            self.end()

    def packet(self, packet: Packet) -> None:
        if self._is_private:
            return
        self.ring.add(packet)
        if self._wanted is None:
            return
        if packet.at_us >= self._wanted.until_us:
            self.end()
        elif self._clip is None:
            self._try_to_begin()
        else:
            self._grow(self._clip, packet)

    def tick(self, now_us: int) -> None:
        """For a source that has stopped: its clip ends in time all the same."""
        if self._wanted is not None and now_us > self._wanted.until_us + _PATIENCE_US:
            self.end()

    def block(self) -> None:
        """The card takes no more. The clip is finished already; what is wanted waits for `unblock`."""
        self._is_blocked = True
        self._clip = None
        self._go_on_from(self._last_us + 1)

    def unblock(self) -> None:
        self._is_blocked = False
        self._try_to_begin()

    def _grow(self, clip: Clip, packet: Packet) -> None:
        most = int(self._times.max_clip_s * 1e6)
        lasted = packet.at_us - clip.first_us
        if lasted >= most or (packet.is_keyframe and lasted > most - GOP_US):
            self._end_clip()
            self._go_on_from(packet.at_us)
            self._try_to_begin()
            return
        self._add(packet)

    def _go_on_from(self, at_us: int) -> None:
        if self._wanted is not None:
            self._wanted = replace(self._wanted, from_us=max(at_us, self._wanted.from_us))

    def _try_to_begin(self) -> None:
        if self._wanted is None or self._clip is not None or self._is_blocked:
            return
        packets = self.ring.since(self._wanted.from_us)
        if not packets:
            return
        first = packets[0].at_us
        clip = Clip(self._next_id or self._new_id(), self._wanted.cause, first, max(first, self._wanted.triggered_us))
        self._next_id = ""
        self._clip = clip
        self._writer.begin(clip)
        for packet in packets:
            self._add(packet)

    def _add(self, packet: Packet) -> None:
        self._last_us = packet.at_us
        self._writer.add(packet)

    def _end_clip(self) -> None:
        if self._clip is not None:
            self._clip = None
            self._writer.end()
