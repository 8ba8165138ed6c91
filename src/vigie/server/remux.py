"""From MPEG-TS to an MP4 that any browser plays, and a poster. What comes from a camera is parsed in a child process: it may be
rubbish, hang or take all memory, and none of it is in the server's memory afterwards. Nothing is encoded again but the poster.
"""

import asyncio
import contextlib
import errno
import json
import os
import resource
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

TIMEOUT_S = 120.0
MAX_CPU_S = 100
MAX_MEMORY_BYTES = 1024**3
POSTER_WIDTH = 640
_NO_ROOM, _UNREADABLE = 3, 4
_MPEG_TICK = Fraction(1, 90_000)


class RemuxFailed(Exception):
    """The bytes are no video that can be read; the text says why."""


class RemuxHasNoRoom(Exception):
    """The disk is full: the same will succeed once it is not."""


@dataclass(frozen=True, slots=True)
class Remuxed:
    """What was made."""

    duration_s: float
    width: int
    height: int
    has_poster: bool


async def remux(source: Path, target: Path, poster: Path | None, *, poster_at_s: float = 0.0) -> Remuxed:
    """Makes `target`, and `poster` where one is wanted. Raises `RemuxFailed`, `RemuxHasNoRoom`; then neither is left."""
    # A child without our environment's doubts: it needs nothing but the package.
    arguments = [str(source), str(target), str(poster or ""), str(poster_at_s)]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "vigie.server.remux", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            out, errors = await child.communicate()
        if child.returncode == 0:
            return Remuxed(**json.loads(out))
    except TimeoutError as error:
        _remove(target, poster)
        raise RemuxFailed(f"not done in {TIMEOUT_S:g} s") from error
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    _remove(target, poster)
    said = errors.decode("utf-8", "replace").strip().splitlines()
    if child.returncode == _NO_ROOM:
        raise RemuxHasNoRoom(said[-1] if said else "no room")
    raise RemuxFailed(said[-1][:300] if said else f"its reader ended with {child.returncode}")


def main(arguments: list[str]) -> int:
    """The child: one remux, its result as JSON on stdout; else one line on stderr."""
    source, target, poster, poster_at_s = arguments
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    import av  # in the child alone

    try:
        made = _copy(Path(source), Path(target))
        has_poster = bool(poster) and _poster(Path(target), Path(poster), float(poster_at_s))
    except av.FFmpegError as error:
        sys.stderr.write(f"{error.strerror or error}\n")
        return _NO_ROOM if error.errno in {errno.ENOSPC, errno.EDQUOT} else _UNREADABLE
    except (_NoVideo, MemoryError) as error:
        sys.stderr.write(f"{error or 'too large for its reader'}\n")
        return _UNREADABLE
    sys.stdout.write(json.dumps({**made, "has_poster": has_poster}))
    return 0


class _NoVideo(Exception):
    """There is no picture in it."""


def _copy(source: Path, target: Path) -> dict[str, Any]:
    """Copies the packets of the first video stream, from its first keyframe on; times begin at 0."""
    import av

    with (
        av.open(str(source), format="mpegts") as given,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as made,
    ):
        if not given.streams.video:
            raise _NoVideo("there is no video in it")
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        first: int | None = None
        last = 0
        for packet in given.demux(stream):
            if packet.dts is None or packet.pts is None or packet.is_corrupt:
                continue
            if first is None:
                if not packet.is_keyframe:
                    continue
                first = packet.dts
            packet.pts -= first
            packet.dts -= first
            last = max(last, packet.pts + (packet.duration or 0))
            packet.stream = copy
            made.mux(packet)
        if first is None:
            raise _NoVideo("there is no whole picture in it")
        width, height = stream.codec_context.width, stream.codec_context.height
        return {"duration_s": round(float(last * (stream.time_base or _MPEG_TICK)), 3), "width": width, "height": height}


def _poster(video: Path, poster: Path, at_s: float) -> bool:
    """The picture at `at_s`, or the last before the end, as a small JPEG; false where none can be decoded."""
    import av

    with av.open(str(video)) as given:
        stream = given.streams.video[0]
        stream.codec_context.thread_count = 1
        time_base = stream.time_base or _MPEG_TICK
        frame = None
        with contextlib.suppress(av.FFmpegError):
            given.seek(int(at_s / time_base), stream=stream)
            for frame in given.decode(stream):
                if frame.time is not None and frame.time >= at_s:
                    break
        if frame is None:
            return False
        width = min(POSTER_WIDTH, frame.width) // 2 * 2
        height = max(2, round(frame.height * width / frame.width) // 2 * 2)
        small = frame.reformat(width=width, height=height, format="yuvj420p")
        encoder = av.CodecContext.create("mjpeg", "w")
        assert isinstance(encoder, av.VideoCodecContext)
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
        encoder.time_base = time_base
        jpeg = b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
        poster.write_bytes(jpeg)
    return True


def _remove(target: Path, poster: Path | None) -> None:
    for path in (target, poster):
        if path is not None:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
