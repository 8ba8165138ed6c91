"""Pictures for who looks: the newest frame, and JPEGs of it while somebody looks. Newest wins; nothing waits for a viewer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from av import VideoFrame

from vigie.camera.encoder import JpegEncoder

MAX_VIEWERS = 4
MAX_WIDTH, MAX_FPS = 640, 10.0


class NoRoom(Exception):
    """As many look as may."""


class Nothing(Exception):
    """No picture yet, or none for anybody: the text says which."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest frame. `at_us` is monotonic, when the sensor took it."""

    number: int
    at_us: int
    frame: VideoFrame


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as it is sent."""

    number: int
    at_us: int
    jpeg: bytes


class Live:
    """Frames come in by `show`, from the source's thread; each viewer's thread takes the newest by `next`."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._newest: Newest | None = None
        self._small: Shown | None = None
        self._large: Shown | None = None
        self._viewers = 0
        self._is_private = False
        self._is_over = False
        self._encoding = threading.Lock()
        self._small_encoder, self._large_encoder = JpegEncoder(MAX_WIDTH), JpegEncoder()

    @property
    def viewers(self) -> int:
        return self._viewers

    @property
    def is_private(self) -> bool:
        return self._is_private

    @property
    def newest(self) -> Newest | None:
        return self._newest

    def show(self, number: int, at_us: int, frame: VideoFrame) -> None:
        with self._news:
            if not self._is_private:
                self._newest = Newest(number, at_us, frame)
                self._news.notify_all()

    def set_private(self, is_private: bool) -> None:
        """Also the last picture is gone: it was taken while nobody minded, and shows who came home."""
        with self._news:
            self._is_private = is_private
            self._newest = self._small = self._large = None
            self._news.notify_all()

    def end(self) -> None:
        """Every viewer's `next` says that it is over."""
        with self._news:
            self._is_over = True
            self._news.notify_all()

    def now(self) -> Shown:
        """The newest picture, whole. Raises `Nothing`."""
        return self._encoded(large=True)

    @contextmanager
    def viewer(self) -> Iterator[None]:
        """One who looks; raises `NoRoom`."""
        with self._news:
            if self._viewers >= MAX_VIEWERS:
                raise NoRoom(f"{MAX_VIEWERS} look already; close one of them")
            self._viewers += 1
        try:
            yield
        finally:
            with self._news:
                self._viewers -= 1

    def next(self, after: int, timeout_s: float) -> Shown:
        """The newest picture once it is another than number `after`; the same one again, older, where none comes in time.

        Raises `Nothing`.
        """
        with self._news:
            self._news.wait_for(
                lambda: self._is_over or self._is_private or (self._newest is not None and self._newest.number != after), timeout_s
            )
        return self._encoded(large=False)

    def _encoded(self, *, large: bool) -> Shown:
        with self._encoding:  # one encodes, the others then have it too
            with self._news:
                if self._is_over:
                    raise Nothing("the camera ends")
                if self._is_private:
                    raise Nothing("the camera is private: people are home")
                if self._newest is None:
                    raise Nothing("no picture yet")
                newest = self._newest
                known = self._large if large else self._small
            if known is not None and known.number == newest.number:
                return known
            jpeg = (self._large_encoder if large else self._small_encoder).encode(newest.frame)
            shown = Shown(newest.number, newest.at_us, jpeg)
            with self._news:
                if self._is_private:
                    raise Nothing("the camera is private: people are home")
                if large:
                    self._large = shown
                else:
                    self._small = shown
            return shown
