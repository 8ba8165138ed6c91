"""JPEGs one after another as `multipart/x-mixed-replace`: reads them from a stream, and writes a part. Nothing is queued here."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from vigie.protocol.camera import LIVE_BOUNDARY

MAX_HEADER_BYTES = 4096
MAX_PICTURE_BYTES = 4 * 1024 * 1024
_END_OF_HEADER = b"\r\n\r\n"


class NotPictures(ValueError):
    """The stream is no multipart of pictures; the text says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG, its number at the camera, and how old it was when its part was written."""

    jpeg: bytes
    frame: int = 0
    age_ms: int = 0


def part_of(picture: Picture, age_ms: int) -> bytes:
    """The part for a picture that is so old by now."""
    head = (
        f"--{LIVE_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture.jpeg)}\r\n"
        f"X-Frame: {picture.frame}\r\nX-Age-Ms: {age_ms}\r\n\r\n"
    )
    return b"".join((head.encode("ascii"), picture.jpeg, b"\r\n"))


async def read_pictures(chunks: AsyncIterator[bytes]) -> AsyncIterator[Picture]:
    """The pictures as they are complete. Raises `NotPictures`: a length must be said, and kept within the limit."""
    waiting = bytearray()
    async for chunk in chunks:
        waiting += chunk
        while (found := _take(waiting)) is not None:
            yield found


def _take(waiting: bytearray) -> Picture | None:
    """Takes the first picture out, once all of it is there."""
    end = waiting.find(_END_OF_HEADER, 0, MAX_HEADER_BYTES)
    if end < 0:
        if len(waiting) >= MAX_HEADER_BYTES:
            raise NotPictures(f"no header of a part within {MAX_HEADER_BYTES} bytes")
        return None
    fields = _fields(bytes(waiting[:end]))
    length = _number(fields, "content-length", MAX_PICTURE_BYTES)
    start = end + len(_END_OF_HEADER)
    if len(waiting) < start + length:
        return None
    jpeg = bytes(waiting[start : start + length])
    del waiting[: start + length]
    frame = _number(fields, "x-frame", 2**63 - 1, default=0)
    return Picture(jpeg, frame, _number(fields, "x-age-ms", 2**31, default=0))


def _fields(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")
    if f"--{LIVE_BOUNDARY}" not in lines:
        raise NotPictures(f"a part does not begin with --{LIVE_BOUNDARY}")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _number(fields: dict[str, str], name: str, limit: int, *, default: int | None = None) -> int:
    text = fields.get(name)
    if text is None and default is not None:
        return default
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 20 or int(text) > limit:
        raise NotPictures(f"a part whose {name} is {text!r}, a number up to {limit} is expected")
    return int(text)
