"""Frames to H.264 (libx264) and to JPEG, both through PyAV: the only place that knows their options."""

from fractions import Fraction
from typing import Literal

import av
from av import VideoFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from vigie.camera.pictures import GOP_US, Format, Packet

_MICROSECONDS = Fraction(1, 1_000_000)
_JPEG_QUALITY = "4"  # 2 best to 31 worst
LIBX264 = "libx264"


class H264Encoder:
    """One stream, a keyframe each second by the pictures' own time. Quality decides (CRF), the bit rate is only a ceiling: a
    room at rest costs a tenth of it.
    """

    def __init__(self, form: Format, bitrate_bps: int) -> None:
        context = _context(LIBX264, "w")
        context.width, context.height, context.pix_fmt = form.width, form.height, "yuv420p"
        context.time_base = _MICROSECONDS
        context.framerate = Fraction(form.fps).limit_denominator(1000)
        context.thread_count = 1  # more of them cost memory and latency
        context.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": "baseline",
            "crf": "23",
            "maxrate": str(bitrate_bps),
            "bufsize": str(bitrate_bps),
            "g": "1000",  # keyframes are asked for: a camera in the dark gives fewer frames a second than it says
            "sc_threshold": "0",
            "forced-idr": "1",
        }
        self._context = context
        self._gop_us = GOP_US - int(500_000 / form.fps)  # to the nearest frame: a late one is no reason for a longer GOP
        self._origin_us: int | None = None
        self._keyframe_at_us = 0
        self._wants_keyframe = True

    def ask_keyframe(self) -> None:
        self._wants_keyframe = True

    def encode(self, frame: VideoFrame, at_us: int) -> tuple[Packet, ...]:
        """The packet of this frame: with zerolatency none waits for a later one."""
        if self._origin_us is None:
            self._origin_us = at_us
        frame = frame.reformat(self._context.width, self._context.height, format="yuv420p")
        frame.pts = at_us - self._origin_us
        frame.time_base = _MICROSECONDS
        due = self._wants_keyframe or at_us - self._keyframe_at_us >= self._gop_us
        frame.pict_type = PictureType.I if due else PictureType.NONE
        if due:
            self._wants_keyframe = False
            self._keyframe_at_us = at_us
        return tuple(
            Packet(bytes(packet), self._origin_us + (packet.pts or 0), packet.is_keyframe) for packet in self._context.encode(frame)
        )


class JpegEncoder:
    """Frames to JPEGs of at most this width. Not for two threads at once."""

    def __init__(self, max_width: int = 10_000) -> None:
        self._max_width = max_width
        self._context: VideoCodecContext | None = None
        self._pts = 0

    def encode(self, frame: VideoFrame) -> bytes:
        width = min(frame.width, self._max_width)
        height = frame.height * width // frame.width // 2 * 2
        picture = frame.reformat(width, height, format="yuvj420p")
        context = self._context
        if context is None or (context.width, context.height) != (width, height):
            context = self._context = _context("mjpeg", "w")
            context.width, context.height, context.pix_fmt = width, height, "yuvj420p"
            context.time_base = Fraction(1, 10)
            context.thread_count = 1
            context.options = {"qmin": _JPEG_QUALITY, "qmax": _JPEG_QUALITY}
        self._pts += 1
        picture.pts, picture.time_base, picture.pict_type = self._pts, context.time_base, PictureType.NONE
        return b"".join(bytes(packet) for packet in context.encode(picture))


def _context(codec: str, mode: Literal["r", "w"]) -> VideoCodecContext:
    context = av.CodecContext.create(codec, mode)
    assert isinstance(context, VideoCodecContext), f"{codec} is a video codec"
    return context


def decode_jpeg(data: bytes) -> VideoFrame:
    """The picture in a JPEG; raises `av.FFmpegError` where it is none."""
    context = _context("mjpeg", "r")
    return next(frame for packet in (av.Packet(data), None) for frame in context.decode(packet))
