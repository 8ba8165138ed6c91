"""The files of recordings and stills: what has arrived, safe on the disk, and what became of it. No database here.

recordings/{id}.ts.part  a clip as far as it has arrived      stills/{id}.jpg.part  a still as far as it has arrived
recordings/{id}.ts       all of it, verified                  stills/{id}.jpg       all of it, verified
recordings/{id}.mp4      the same for browsers; then the .ts is gone
recordings/{id}.jpg      the poster
"""

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

from vigie.protocol.camera import MediaKind

_BLOCK = 1024 * 1024
PART = ".part"
TRIAL = ".new"
"""What a file is called while it is being made: swept away at a start."""
_SUFFIXES = {MediaKind.CLIP: ".ts", MediaKind.STILL: ".jpg"}


class MediaFiles:
    """Blocking; ids are checked by whoever calls. Raises `OSError`."""

    def __init__(self, data_dir: Path) -> None:
        self._folders = {MediaKind.CLIP: data_dir / "recordings", MediaKind.STILL: data_dir / "stills"}

    def make_folders(self) -> None:
        """Makes both folders, where they are not there."""
        for folder in self._folders.values():
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        """Where the recordings are."""
        return self._folders[MediaKind.CLIP]

    def part(self, media_id: str, kind: MediaKind) -> Path:
        """What has arrived so far."""
        return self._folders[kind] / f"{media_id}{_SUFFIXES[kind]}{PART}"

    def whole(self, media_id: str, kind: MediaKind) -> Path:
        """All of it, as the Pi sent it."""
        return self._folders[kind] / f"{media_id}{_SUFFIXES[kind]}"

    def mp4(self, media_id: str) -> Path:
        """The clip for browsers."""
        return self.folder / f"{media_id}.mp4"

    def poster(self, media_id: str) -> Path:
        """The small picture of a clip."""
        return self.folder / f"{media_id}.jpg"

    def preview(self, media_id: str) -> Path:
        """An MP4 of what has arrived so far."""
        return self.folder / f"{media_id}.mp4{PART}"

    def received_bytes(self, media_id: str, kind: MediaKind) -> int:
        """How much has arrived."""
        for path in (self.part(media_id, kind), self.whole(media_id, kind)):
            with suppress(FileNotFoundError):
                return path.stat().st_size
        return 0

    def append(self, media_id: str, kind: MediaKind, offset: int, data: bytes) -> int:
        """Writes `data` at `offset`, which is the present end; returns the new end once it is on the disk."""
        path = self._reopened(media_id, kind)
        is_new = not path.exists()
        with path.open("r+b" if not is_new else "xb") as file:
            file.seek(offset)
            try:
                file.write(data)
                file.flush()
                os.fdatasync(file.fileno())
            except OSError:
                # What a full disk took of it must not be taken for the whole.
                with suppress(OSError):
                    os.ftruncate(file.fileno(), offset)
                raise
        if is_new:
            sync_folder(path.parent)
        return offset + len(data)

    def cut(self, media_id: str, kind: MediaKind, size_bytes: int) -> None:
        """Throws away what lies behind `size_bytes`."""
        with self._reopened(media_id, kind).open("r+b") as file:
            file.truncate(size_bytes)
            os.fsync(file.fileno())

    def sha256(self, media_id: str, kind: MediaKind) -> str:
        """Of what has arrived."""
        return sha256_of(self._reopened(media_id, kind))

    def accept(self, media_id: str, kind: MediaKind) -> None:
        """What has arrived is the whole."""
        whole, part = self.whole(media_id, kind), self.part(media_id, kind)
        if part.exists():
            part.replace(whole)
            sync_folder(whole.parent)

    def take_mp4(self, media_id: str, made: Path, poster: Path | None) -> None:
        """Gives the MP4, and the poster where there is one, their names. The clip is kept until the row says what was made."""
        if poster is not None:
            sync_file(poster)
            poster.replace(self.poster(media_id))
        sync_file(made)
        made.replace(self.mp4(media_id))
        sync_folder(self.folder)

    def let_go_of_clip(self, media_id: str) -> None:
        """Its MP4 has taken its place."""
        self.whole(media_id, MediaKind.CLIP).unlink(missing_ok=True)
        self.preview(media_id).unlink(missing_ok=True)

    def delete(self, media_id: str, kind: MediaKind) -> None:
        """Removes every file of it."""
        paths = [self.part(media_id, kind), self.whole(media_id, kind)]
        if kind is MediaKind.CLIP:
            paths += [self.mp4(media_id), self.poster(media_id), self.preview(media_id)]
        for path in paths:
            path.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """Of the disk. The folder is made with the first look: a server without cameras looks too."""
        if not self.folder.exists():
            self.make_folders()
        return shutil.disk_usage(self.folder).free

    def _reopened(self, media_id: str, kind: MediaKind) -> Path:
        """The part. A server that died, or whose database refused, between the last name and the row has left the whole."""
        part, whole = self.part(media_id, kind), self.whole(media_id, kind)
        if not part.exists() and whole.exists():
            whole.replace(part)
            sync_folder(part.parent)
        return part

    def names(self) -> list[tuple[str, MediaKind]]:
        """Every file that is here, with what it is of; the id is what comes before the first dot."""
        return [(path.name, kind) for kind, folder in self._folders.items() for path in folder.iterdir() if path.is_file()]

    def remove(self, name: str, kind: MediaKind) -> None:
        """Removes a file of `names`."""
        (self._folders[kind] / name).unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """The hash of a file, without holding it in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sync_file(path: Path) -> None:
    """Returns once its bytes are on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Returns once the names in it are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
