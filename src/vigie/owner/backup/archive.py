"""The archive inside: tar in gzip, plain files only. Any `tar xzf` reads it; ours takes no header that could do harm.

tarfile's own reader follows links, makes devices, and believes headers that say how much memory to fill. So the headers are
read here one by one, with tarfile for their fields only.
"""

import gzip
import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol, cast

from vigie.owner.backup.errors import BackupError, NoBackup

_BLOCK = 512
_PIECE = 256 * 1024
_MAX_NAME = 100
_MAX_END = 1024 * 1024
_AS_GZIP = zlib.MAX_WBITS | 16
_PART = r"[A-Za-z0-9_@+=,-][A-Za-z0-9._@+=,-]*"
_NAME = re.compile(rf"{_PART}(/{_PART})*")
MANIFEST = "manifest.json"
SEALED, PLAIN = b"VIGIE-SEALED-1\n", b"\x1f\x8b"
"""What the file begins with: a sealed container (`sealed.py`), or the archive itself."""


class Sink(Protocol):
    """What the archive is written into."""

    def write(self, data: bytes, /) -> int: ...


class Source(Protocol):
    """What it is read from."""

    def read(self, count: int, /) -> bytes: ...


def is_safe(name: str) -> bool:
    """Whether a file may be called so in an archive: relative, plain letters, nothing hidden, no way up, short."""
    return len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None


class Packer:
    """Writes an archive into `sink`, one file after the other."""

    def __init__(self, sink: Sink) -> None:
        # Not GzipFile: given up on a full disk, it writes its buffer when it is collected, into a file that is closed by then.
        self._sink, self._gzip = sink, zlib.compressobj(1, wbits=_AS_GZIP)

    def add(self, name: str, source: BinaryIO, size: int) -> str:
        """Packs the next `size` bytes of `source`; their SHA-256. Raises `BackupError` where there are fewer."""
        assert is_safe(name), name
        header = tarfile.TarInfo(name)
        header.size, header.mode = size, 0o600
        self._write(header.tobuf(tarfile.GNU_FORMAT))
        digest, left = hashlib.sha256(), size
        while left:
            piece = source.read(min(left, _PIECE))
            if not piece:
                raise BackupError(f"{name} became shorter while it was read; try again")
            digest.update(piece)
            self._write(piece)
            left -= len(piece)
        self._write(b"\0" * (-size % _BLOCK))
        return digest.hexdigest()

    def close(self) -> None:
        """Writes the end; the sink stays open."""
        self._write(b"\0" * (2 * _BLOCK))
        self._sink.write(self._gzip.flush())

    def _write(self, data: bytes) -> None:
        self._sink.write(self._gzip.compress(data))


class Member:
    """One file in an archive: its bytes come in pieces, once, before the next member is asked for."""

    def __init__(self, name: str, size: int, stream: Source) -> None:
        self.name = name
        self.size = size
        self._stream = stream

    def pieces(self) -> Iterator[bytes]:
        """All of its bytes."""
        left = self.size
        while left:
            piece = _exactly(self._stream, min(left, _PIECE))
            left -= len(piece)
            yield piece
        _exactly(self._stream, -self.size % _BLOCK)


def members(source: Source) -> Iterator[Member]:
    """The files of an archive, to its very end. Raises `NoBackup` for whatever this program does not write."""
    seen: set[str] = set()
    with gzip.GzipFile(fileobj=cast("BinaryIO", source), mode="rb") as stream:
        while (header := _header(_exactly(stream, _BLOCK))) is not None:
            if header.name in seen:
                raise NoBackup(f"it holds {header.name} twice")
            seen.add(header.name)
            yield Member(header.name, header.size, stream)
        rest = _read(stream, _MAX_END)
        if any(rest) or _read(stream, 1):  # zeros: tar itself fills its last record up
            raise NoBackup("something was written behind its end")


def _header(block: bytes) -> tarfile.TarInfo | None:
    """The next file's; None at the end."""
    if not any(block):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise NoBackup(f"it is no archive of ours: {error}") from error
    if header.type != tarfile.REGTYPE or header.size < 0 or not is_safe(header.name):
        raise NoBackup(f"it holds {header.name[:80]!r}, which is no plain file with a plain name")
    return header


def _exactly(stream: Source, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = _read(stream, count - len(data))
        if not piece:
            raise NoBackup("it was cut off")
        data += piece
    return data


def _read(stream: Source, count: int) -> bytes:
    try:
        return stream.read(count)
    except (EOFError, OSError, zlib.error) as error:  # OSError: gzip's BadGzipFile, or a disk that cannot be read
        raise NoBackup(f"it was cut off or changed, or cannot be read: {error}") from error
