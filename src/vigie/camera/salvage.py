"""What a crash or a power cut has left on the card, made good at the next start: each `.part` becomes a clip that plays, cut
after its last whole picture.
"""

import hashlib
import logging
import os
from pathlib import Path

from vigie.camera.shelf import PART, SUFFIX, Kept, Shelf, sync_folder
from vigie.camera.transport_stream import Readable, readable
from vigie.protocol.camera import Cause, CauseKind, DeletionReason, Media, MediaKind

log = logging.getLogger(__name__)

_CHUNK = 1 << 20


def salvage(shelf: Shelf, device_id: str) -> list[str]:
    """Fills the shelf, which is taken, with what is on the card, and leaves no `.part`; why some of it could not be made good,
    in words. Raises `OSError` where the folder cannot be used.
    """
    names = {path.name for path in shelf.folder.iterdir()}
    for name in sorted(name for name in names if name.endswith((".tmp", f".jpg{PART}"))):
        (shelf.folder / name).unlink(missing_ok=True)
    for name in sorted(names):
        if name.endswith(".json"):
            kept = shelf.read(shelf.folder / name)
            if kept is not None and f"{kept.media.id}.json" == name:
                shelf.put(kept)
    for name in sorted(names):
        _adopt(shelf, name, device_id)
    failed = []
    for kept in shelf.all():
        try:
            _check(shelf, kept)
        except OSError as error:  # a bad spot of the card takes no other clip away
            failed.append(f"{kept.media.id}: {error}")
    return failed


def _adopt(shelf: Shelf, name: str, device_id: str) -> None:
    """A file about which nothing is known any more: it is kept, and its cause is nobody's."""
    stem, _, suffix = name.removesuffix(PART).rpartition(".")
    kinds = {ending: kind for kind, ending in SUFFIX.items()}
    if f".{suffix}" not in kinds or shelf.get(stem) is not None:
        return
    try:
        media = Media(id=stem, kind=kinds[f".{suffix}"], device_id=device_id, cause=Cause(kind=CauseKind.COMMAND))
    except ValueError:
        return  # not one of ours
    shelf.put(Kept(media=media))


def _check(shelf: Shelf, kept: Kept) -> None:
    media = kept.media
    whole = shelf.path(media)
    part = whole.with_name(whole.name + PART)
    if kept.deleted is not None:
        shelf.unlink(kept)
    elif media.complete and whole.exists():
        part.unlink(missing_ok=True)
    elif media.kind == MediaKind.STILL:
        _check_still(shelf, kept)
    elif part.exists():
        _finish(shelf, kept, part, truncated=True)
    elif whole.exists():  # the power went between its new name and the note of it
        _finish(shelf, kept, whole, truncated=False)
    else:
        _bury(shelf, kept, DeletionReason.BY_HAND if media.complete else DeletionReason.EMPTY)


def _check_still(shelf: Shelf, kept: Kept) -> None:
    path = shelf.path(kept.media)
    if not path.exists() or path.stat().st_size == 0:
        shelf.unlink(kept)
        shelf.forget(kept.media.id)
        return
    media = kept.media.model_copy(update={"complete": True, "size_bytes": path.stat().st_size, "sha256": _sha256(path)})
    shelf.put(kept.model_copy(update={"media": media}))
    shelf.write(media.id)


def _finish(shelf: Shelf, kept: Kept, path: Path, *, truncated: bool) -> None:
    found = readable(path)
    if not found.pictures:
        shelf.unlink(kept)
        _bury(shelf, kept, DeletionReason.EMPTY)
        return
    _cut(path, found)
    media = kept.media.model_copy(
        update={
            "size_bytes": found.size_bytes,
            "duration_s": round(found.duration_us / 1e6, 3),
            "complete": True,
            "truncated": truncated,
            "sha256": _sha256(path),
        }
    )
    path.rename(shelf.path(media))
    sync_folder(shelf.folder)
    shelf.put(kept.model_copy(update={"media": media}))
    shelf.write(media.id)
    log.info("salvaged clip=%s duration_s=%.1f bytes=%d", media.id, media.duration_s, media.size_bytes)


def _cut(path: Path, found: Readable) -> None:
    with path.open("r+b") as file:
        file.truncate(found.size_bytes)
        os.fdatasync(file.fileno())


def _bury(shelf: Shelf, kept: Kept, reason: DeletionReason) -> None:
    shelf.put(kept.model_copy(update={"deleted": reason}))
    shelf.write(kept.media.id)
    log.info("gone clip=%s reason=%s", kept.media.id, reason)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
