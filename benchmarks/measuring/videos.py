"""A finished clip, as its bytes say: every picture decoded, each with its time and the number that its source drew into it."""

import io
import time
from dataclasses import dataclass

import av

from vigie.camera.frame_strip import read_strip


@dataclass(frozen=True, slots=True)
class Video:
    """`frames`: number at the source -> seconds from the beginning. `pictures` counts those that could not be read as well."""

    duration_s: float
    pictures: int
    frames: dict[int, float]

    @property
    def left_out(self) -> int:
        """Pictures that the source has made between the first and the last, and that are not in it."""
        return max(self.frames) - min(self.frames) + 1 - len(self.frames)


def decode(data: bytes) -> Video:
    """All of it; the last picture lasts as long as its packet says, or else as the one before it."""
    stamps: list[float] = []
    frames: dict[int, float] = {}
    lasts_s = 0.0
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for packet in container.demux(stream):
            if packet.pts is not None:
                lasts_s = float((packet.duration or 0) * packet.time_base)
            for frame in stream.decode(packet):
                assert frame.time is not None
                stamps.append(frame.time)
                plane = frame.planes[0]
                if strip := read_strip(bytes(plane), frame.width, frame.height, plane.line_size):
                    frames[strip.frame] = frame.time
    if not lasts_s and len(stamps) > 1:
        lasts_s = stamps[-1] - stamps[-2]
    return Video(stamps[-1] - stamps[0] + lasts_s, len(stamps), {number: at_s - stamps[0] for number, at_s in frames.items()})


def bare_remux_s(data: bytes) -> float:
    """Seconds that PyAV takes to copy the packets of an MPEG-TS into an MP4, memory to memory."""
    began_s = time.monotonic()
    with av.open(io.BytesIO(data), "r", format="mpegts") as given, av.open(io.BytesIO(), "w", format="mp4") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for packet in given.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                made.mux(packet)
    return time.monotonic() - began_s
