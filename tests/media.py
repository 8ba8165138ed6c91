"""Clips as a Pi records them, and what is said of them."""

import hashlib
import io
import random
from fractions import Fraction
from functools import cache
from typing import Any

import av


@cache
def clip_bytes(seconds: float = 2.0, *, seed: int = 1, width: int = 160, height: int = 128, fps: int = 10) -> bytes:
    """H.264 in MPEG-TS with a keyframe a second, of noise: about 100 KB a second; `seed` makes it another one."""
    file = io.BytesIO()
    noise = random.Random(seed)
    with av.open(file, "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=fps, options={"g": str(fps), "preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(int(seconds * fps)):
            container.mux(stream.encode(_picture(noise, width, height, "yuv420p")))
        container.mux(stream.encode())
    return file.getvalue()


@cache
def still_bytes(seed: int = 1) -> bytes:
    """A JPEG."""
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 64, 64, "yuvj420p", Fraction(1, 1)
    frame = _picture(random.Random(seed), 64, 64, "yuvj420p")
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def _picture(noise: random.Random, width: int, height: int, pixels: str) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, pixels)
    for plane in frame.planes:
        plane.update(noise.randbytes(plane.buffer_size))
    return frame


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def media(media_id: str, data: bytes, **changes: Any) -> dict[str, Any]:
    """What the Pi says of a clip that is complete."""
    made: dict[str, Any] = {
        "id": media_id,
        "kind": "clip",
        "device_id": "raspberry-01",
        "started_at": "2026-11-23T18:59:55.000Z",
        "duration_s": 2.0,
        "triggered_after_s": 1.0,
        "size_bytes": len(data),
        "complete": True,
        "sha256": sha256(data),
        "width": 160,
        "height": 128,
        "cause": {"kind": "alarm", "event_id": "event-1", "zone": "motion"},
        "angle_deg": 30.0,
        "preset": "door",
    }
    return made | changes


def still(media_id: str, data: bytes, **changes: Any) -> dict[str, Any]:
    return media(media_id, data, kind="still", duration_s=0.0, triggered_after_s=0.0, **changes)
