"""A USB camera: V4L2 through PyAV. MJPEG first, then raw pictures, then the camera's own H.264: that costs nothing, but when it
sends a keyframe is its own affair, and only those can be shown live.
"""

import errno
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
from av import VideoFrame

from vigie.camera.parameter_sets import ParameterSets
from vigie.camera.pictures import Format, NoPictures, Packet, Picture

log = logging.getLogger(__name__)

INPUT_FORMATS = ("mjpeg", "yuyv422", "h264")
_OFF_US = 1_000_000
_MEND = {
    errno.ENOENT: "there is no such device; plug it in, or set camera.device to one of /dev/v4l/by-id/",
    errno.ENODEV: "the device has gone; check its cable and its power",
    errno.EACCES: "no permission; put the agent's user into the group `video`",
    errno.EPERM: "no permission; put the agent's user into the group `video`",
    errno.EBUSY: "another program uses it; `fuser -v` on the device names it",
}


class V4l2Source:
    """`opener` is `av.open`, or what a test has instead."""

    name = "v4l2"

    def __init__(
        self,
        device: str,
        form: Format,
        *,
        opener: Callable[..., Any] = av.open,
        monotonic_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
    ) -> None:
        self._device = device
        self._form = form
        self._opener = opener
        self._stamps = _Stamps(monotonic_us)
        self._container: Any = None
        self._pictures: Iterator[Picture] = iter(())
        self._number = 0

    def open(self) -> Format:
        self._container = self._opened()
        stream = self._container.streams.video[0]
        stream.thread_type = "NONE"  # a thread for each core would hold back as many frames
        context = stream.codec_context
        is_h264 = context.name == "h264"
        self._pictures = self._coded(stream) if is_h264 else self._decoded(stream)
        fps = float(stream.average_rate or self._form.fps)
        return Format(context.width, context.height, fps, "the camera's own H.264" if is_h264 else None)

    def read(self) -> Picture:
        try:
            picture = next(self._pictures, None)
        except (OSError, av.FFmpegError) as error:
            # One that is pulled out in mid-picture gives EINVAL or EIO, depending on the driver: the name that is gone says why.
            is_gone = not Path(self._device).exists()
            raise NoPictures(self._in_words(OSError(errno.ENODEV, str(error)) if is_gone else error)) from error
        if picture is None:
            raise NoPictures(self._in_words(OSError(errno.ENODEV, "end of pictures")))
        return picture

    def look(self, angle_deg: float) -> None:
        """The servo turns it, nobody else."""

    def ask_keyframe(self) -> None:
        """V4L2 has no word for it that cameras know."""

    def close(self) -> None:
        if self._container is not None:
            with suppress(OSError, av.FFmpegError):
                self._container.close()
            self._container = None

    def _opened(self) -> Any:
        last: Exception | None = None
        for input_format in INPUT_FORMATS:
            options = {
                "input_format": input_format,
                "video_size": f"{self._form.width}x{self._form.height}",
                "framerate": f"{self._form.fps:g}",
            }
            try:
                return self._opener(self._device, format="v4l2", options=options)
            except (OSError, av.FFmpegError) as error:
                if getattr(error, "errno", None) in _MEND:
                    raise NoPictures(self._in_words(error)) from error
                log.info("%s gives no %s: %s", self._device, input_format, error)
                last = error
        assert last is not None
        raise NoPictures(self._in_words(last)) from last

    def _in_words(self, error: Exception) -> str:
        mend = _MEND.get(getattr(error, "errno", None) or 0)
        if mend is None:
            mend = f"{error}; `v4l2-ctl --device {self._device} --list-formats-ext` says what it can"
        return f"camera {self._device}: {mend}"

    def _decoded(self, stream: Any) -> Iterator[Picture]:
        for packet in self._container.demux(stream):
            at_us = self._stamps.at(packet.pts, packet.time_base)
            for frame in self._frames(packet):
                self._number += 1
                yield Picture(self._number, at_us, frame)

    def _coded(self, stream: Any) -> Iterator[Picture]:
        sets = ParameterSets()
        for packet in self._container.demux(stream):
            if not packet.size:
                continue
            data, is_keyframe = sets.complete(bytes(packet))
            at_us = self._stamps.at(packet.pts, packet.time_base)
            frame = next(iter(self._frames(packet)), None) if is_keyframe else None
            self._number += 1
            yield Picture(self._number, at_us, frame, (Packet(data, at_us, is_keyframe),))

    def _frames(self, packet: Any) -> list[VideoFrame]:
        """A picture that was garbled on the cable is left out."""
        try:
            return [frame for frame in packet.decode() if isinstance(frame, VideoFrame)]
        except av.error.InvalidDataError as error:
            log.debug("%s: a picture cannot be read: %s", self._device, error)
            return []


class _Stamps:
    """The driver's stamps on our clock. Most drivers use the monotonic clock itself; others count from anywhere."""

    def __init__(self, monotonic_us: Callable[[], int]) -> None:
        self._monotonic_us = monotonic_us
        self._offset_us: int | None = None
        self._last_us = -1

    def at(self, pts: int | None, time_base: Any) -> int:
        now = self._monotonic_us()
        stamp = now if pts is None else int(pts * time_base * 1_000_000)
        if self._offset_us is None or abs(stamp + self._offset_us - now) > _OFF_US:
            self._offset_us = 0 if abs(stamp - now) <= _OFF_US else now - stamp
        self._last_us = max(self._last_us + 1, stamp + self._offset_us)
        return self._last_us
