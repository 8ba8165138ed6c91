"""Keeps the card within its limits (`domain.clip_retention`). Everything here runs in the card's thread."""

import logging
import os
from collections.abc import Callable
from datetime import datetime

from vigie.camera.shelf import Kept, Shelf
from vigie.domain.clip_retention import ClipLimits, HeldClip, days_left, to_delete
from vigie.protocol.camera import CardRoom, DeletionReason, MediaKind

log = logging.getLogger(__name__)

_DAY_S = 86_400


class Tidying:
    """`wall` is None while the clock is not to be trusted: then nothing is too old. `tell` hears of each clip that went."""

    def __init__(self, shelf: Shelf, limits: ClipLimits, wall: Callable[[], datetime | None], tell: Callable[[Kept], None]) -> None:
        self._shelf = shelf
        self._limits = limits
        self._wall = wall
        self._tell = tell

    def tidy(self) -> None:
        """Deletes what has to go, and writes what could not be written before."""
        held, recording = self._held()
        for deletion in to_delete(held, self._limits, free_bytes=self.free_bytes(), recording_bytes=recording):
            self._delete(deletion.id, deletion.reason)
        self._shelf.write_the_rest()

    def room(self) -> CardRoom:
        """What there is on the card now."""
        held, recording = self._held()
        free = self.free_bytes()
        kept = [kept for kept in self._shelf.all() if kept.deleted is None]
        return CardRoom(
            clips=sum(kept.media.kind == MediaKind.CLIP and kept.media.complete for kept in kept),
            used_bytes=sum(clip.size_bytes for clip in held) + recording,
            max_bytes=self._limits.max_bytes,
            waiting=sum(not kept.stored for kept in kept),
            free_bytes=free,
            days_left=days_left(held, self._limits, free),
        )

    def free_bytes(self) -> int | None:
        try:
            found = os.statvfs(self._shelf.folder)
        except OSError as error:
            log.warning("the card does not tell how much room it has: %s", error)
            return None
        return found.f_bavail * found.f_frsize

    def _held(self) -> tuple[list[HeldClip], int]:
        now = self._wall()
        held, recording = [], 0
        for kept in self._shelf.all():
            media = kept.media
            if kept.deleted is not None:
                continue
            if not media.complete:
                recording += media.size_bytes
                continue
            age = None if now is None or media.started_at is None else (now - media.started_at).total_seconds() / _DAY_S
            held.append(HeldClip(media.id, media.size_bytes, kept.stored, age))
        return held, recording

    def _delete(self, media_id: str, reason: DeletionReason) -> None:
        kept = self._shelf.change(media_id, deleted=reason)
        if kept is None:
            return
        log.info("deleting %s=%s reason=%s stored=%s", kept.media.kind, media_id, reason, kept.stored)
        is_noted = kept.media.kind == MediaKind.STILL or self._shelf.write(media_id)
        self._shelf.unlink(kept)
        if kept.media.kind == MediaKind.STILL:
            self._shelf.forget(media_id)
        elif not is_noted:
            self._shelf.write(media_id)  # now there is room for it
        self._tell(kept)
