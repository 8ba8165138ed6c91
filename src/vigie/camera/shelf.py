"""The media on the card, and what is known of each: a file `{id}.json` beside it, replaced as a whole.

What is known is in memory too, for every thread; files are written by the card's thread alone.
"""

import fcntl
import json
import logging
import os
import threading
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from vigie.protocol.camera import DeletionReason, Media, MediaKind

log = logging.getLogger(__name__)

SUFFIX = {MediaKind.CLIP: ".ts", MediaKind.STILL: ".jpg"}
PART = ".part"


class Kept(BaseModel):
    """One clip or still: what the server may know, whether it has it, which of its events are in the agent's log.

    With `deleted` it is what is left of a clip until that is told.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    media: Media
    stored: bool = False
    told: frozenset[str] = frozenset()
    deleted: DeletionReason | None = None


class Shelf:
    """`folder` holds the files; it is made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: dict[str, Kept] = {}
        self._unwritten: set[str] = set()
        self._lock = threading.Lock()
        self._taken: int | None = None
        self.is_known = False
        """Whether it holds all that is on the card: until then, what it does not hold may be there."""

    def take(self) -> None:
        """Waits until no other camera process writes here: one whose agent was killed may still be closing its clip, on a slow
        card for long. The kernel lets go of the folder with its process (flock(2)). Raises `OSError`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._taken is None:
            self._taken = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._taken, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("another camera process still writes to %s: waiting for its end", self.folder)
            fcntl.flock(self._taken, fcntl.LOCK_EX)

    def all(self) -> list[Kept]:
        """Ordered by id, which is by time; also what was deleted and is not told yet."""
        with self._lock:
            return [self._kept[name] for name in sorted(self._kept)]

    def get(self, media_id: str) -> Kept | None:
        with self._lock:
            return self._kept.get(media_id)

    def put(self, kept: Kept) -> None:
        """In memory; `write` puts it on the card."""
        with self._lock:
            self._kept[kept.media.id] = kept

    def change(self, media_id: str, **update: object) -> Kept | None:
        """The same with these fields replaced, in memory; None where it is not known."""
        with self._lock:
            kept = self._kept.get(media_id)
            if kept is None:
                return None
            self._kept[media_id] = kept = kept.model_copy(update=update)
            return kept

    def write(self, media_id: str) -> bool:
        """On the card, for good; false where the card has no room, which `write_the_rest` makes up for."""
        try:
            self.write_first(media_id)
        except OSError as error:
            log.warning("what is known of %s is not on the card yet: %s", media_id, error)
            self._unwritten.add(media_id)
            return False
        self._unwritten.discard(media_id)
        return True

    def write_first(self, media_id: str) -> None:
        """The same where it must not fail: before the first byte of a clip. Raises `OSError`."""
        kept = self.get(media_id)
        if kept is not None:
            write_whole(self.folder / f"{media_id}.json", kept.model_dump_json(exclude_none=True).encode())

    def write_the_rest(self) -> None:
        for media_id in sorted(self._unwritten):
            if not self.write(media_id):
                return

    def forget(self, media_id: str) -> None:
        with self._lock:
            self._kept.pop(media_id, None)
        self._unwritten.discard(media_id)
        with suppress(FileNotFoundError):
            (self.folder / f"{media_id}.json").unlink()

    def unlink(self, kept: Kept) -> None:
        """The picture itself, under whichever name."""
        path = self.path(kept.media)
        for name in (path, path.with_name(path.name + PART)):
            with suppress(FileNotFoundError):
                name.unlink()

    def path(self, media: Media) -> Path:
        """Where it is once it is complete."""
        return self.folder / f"{media.id}{SUFFIX[media.kind]}"

    def open(self, media: Media) -> int:
        """A descriptor for reading, also while it is being recorded. Raises `FileNotFoundError`."""
        whole = self.path(media)
        part = whole.with_name(whole.name + PART)
        for path in (whole, part):
            with suppress(FileNotFoundError):
                return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        return os.open(whole, os.O_RDONLY | os.O_CLOEXEC)  # renamed between the two

    def read(self, path: Path) -> Kept | None:
        """What a file of this shelf says; None where that cannot be read."""
        try:
            return Kept.model_validate(json.loads(path.read_bytes()))
        except (OSError, ValueError, ValidationError) as error:
            log.warning("%s cannot be read: %s", path, error)
            return None


def write_whole(path: Path, data: bytes) -> None:
    """All of it or nothing, and for good: written beside, synced, renamed, the folder synced. Raises `OSError`."""
    beside = path.with_name(path.name + ".tmp")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(file, view) :]
            os.fdatasync(file)
        finally:
            os.close(file)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Names in it are for good. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
