"""One clip on the card while it is being recorded: `{id}.ts.part`, whole pictures, synced each second."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vigie.camera.pictures import Packet
from vigie.camera.shelf import PART, sync_folder
from vigie.camera.transport_stream import TransportStream


@dataclass(frozen=True, slots=True)
class Written:
    """What is on the card for good."""

    size_bytes: int
    duration_us: int


class ClipFile:
    """Opens the file; raises `OSError`. After an error of `write` or `sync` only `finish` is left, which keeps what there is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + PART)
        self._file = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        self._stream = TransportStream()
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._stamps: list[int] = []
        self.synced = Written(0, 0)

    def write(self, packet: Packet) -> None:
        """The whole picture or none of it. Raises `OSError`, for which nothing of it is left."""
        data = self._stream.write(packet.data, packet.at_us, is_keyframe=packet.is_keyframe)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)
            raise
        self._sha256.update(data)
        self._size += len(data)
        self._stamps = [*self._stamps[:1], *self._stamps[1:][-1:], packet.at_us]

    def sync(self) -> None:
        """What was written is on the card for good. Raises `OSError`."""
        os.fdatasync(self._file)
        self.synced = Written(self._size, self._duration_us())

    def finish(self) -> str:
        """Closes it and gives it its name; the SHA-256 of all of it. Raises `OSError` where not even that is possible."""
        try:
            self.sync()
        finally:
            os.close(self._file)
        self._part.rename(self._path)
        sync_folder(self._path.parent)
        return self._sha256.hexdigest()

    def discard(self) -> None:
        """A clip without a picture."""
        os.close(self._file)
        with suppress(FileNotFoundError):
            self._part.unlink()

    def _duration_us(self) -> int:
        """The last picture lasts as long as the one before it."""
        if len(self._stamps) < 2:
            return 0
        first, before, last = self._stamps[0], self._stamps[-2], self._stamps[-1]
        return last - first + (last - before)
