"""Coded pictures for tests: real ones from the synthetic room, and bare ones that only a ring or a recorder looks at."""

import threading
from functools import cache

from vigie.camera.encoder import H264Encoder
from vigie.camera.pictures import Format, Packet
from vigie.camera.sources.synthetic import SyntheticSource

SMALL = Format(320, 180, 10.0)
FRAME_US = 100_000


def bare(at_us: int, *, is_keyframe: bool = False, size: int = 10) -> Packet:
    return Packet(bytes(size), at_us, is_keyframe)


def bare_stream(seconds: float, *, from_us: int = 0, fps: int = 10) -> list[Packet]:
    """A keyframe each second."""
    step = 1_000_000 // fps
    return [bare(from_us + n * step, is_keyframe=n % fps == 0) for n in range(round(seconds * fps))]


@cache
def real_stream(seconds: int, form: Format = SMALL) -> tuple[Packet, ...]:
    """So many seconds of the drawn room, at its own rate but without waiting for it."""
    time_s = [0.0]
    source = SyntheticSource("raspberry-01", threading.Event(), form, monotonic=lambda: time_s[0])
    source.open()
    source.look(40.0)
    encoder = H264Encoder(form, 1_500_000)
    packets = []
    for number in range(round(seconds * form.fps)):
        time_s[0] = number / form.fps + 0.01
        picture = source.read()
        packets += encoder.encode(picture.frame, picture.at_us)
    return tuple(packets)
