"""Clips on their way to the card: begun, grown, finished; or ended as they are where the card takes no more."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from vigie.camera.card import Card
from vigie.camera.clip_file import ClipFile
from vigie.camera.pictures import Packet
from vigie.camera.shelf import Kept, Shelf
from vigie.protocol.camera import Media
from vigie.protocol.camera_orders import Look

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClipNews:
    """`begun`, `finished`, or `refused`: the card took no more of it (`error`), and what there was is finished before."""

    what: str
    media: Media
    error: OSError | None = None


class ClipWriter:
    """`tell` is called in the card's thread. Every method that begins with an underscore runs there."""

    def __init__(self, shelf: Shelf, tell: Callable[[ClipNews], None]) -> None:
        self._shelf = shelf
        self._tell = tell
        self._media: Media | None = None
        self._file: ClipFile | None = None
        self.card = Card(self._sync)

    @property
    def is_behind(self) -> bool:
        return self.card.is_behind

    def begin(self, media: Media) -> None:
        self.card.do(partial(self._begin, media))

    def add(self, packet: Packet) -> None:
        self.card.do(partial(self._add, packet))

    def end(self, look: Look) -> None:
        """`look`: where the lens points by now, which is where it was turned to while it was recorded."""
        self.card.do(partial(self._end, look))

    def _begin(self, media: Media) -> None:
        self._shelf.put(Kept(media=media))
        try:
            self._shelf.write_first(media.id)
            self._file = ClipFile(self._shelf.path(media))
        except OSError as error:
            self._shelf.forget(media.id)
            self._tell(ClipNews("refused", media, error))
            return
        self._media = media
        self._tell(ClipNews("begun", media))

    def _add(self, packet: Packet) -> None:
        if self._file is None:
            return
        try:
            self._file.write(packet)
        except OSError as error:
            self._give_up(error)

    def _sync(self) -> None:
        if self._file is None or self._media is None:
            return
        try:
            self._file.sync()
        except OSError as error:
            self._give_up(error)
            return
        self._note(self._file)

    def _note(self, file: ClipFile) -> Media:
        assert self._media is not None
        duration_s = round(file.synced.duration_us / 1e6, 3)
        self._media = self._media.model_copy(update={"size_bytes": file.synced.size_bytes, "duration_s": duration_s})
        self._shelf.change(self._media.id, media=self._media)
        return self._media

    def _end(self, look: Look | None = None) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            sha256 = file.finish()
        except OSError as error:
            log.error("the clip cannot be finished; the next start will salvage it: %s", error)  # noqa: TRY400 - no bug of ours
            assert self._media is not None
            self._tell(ClipNews("refused", self._media, error))
            return
        seen = {} if look is None else {"angle_deg": look.angle_deg, "preset": look.preset}
        media = self._note(file).model_copy(update={"complete": True, "sha256": sha256, **seen})
        self._shelf.change(media.id, media=media)
        self._shelf.write(media.id)
        self._media = None
        self._tell(ClipNews("finished", media))

    def _give_up(self, error: OSError) -> None:
        media = self._media
        assert media is not None
        self._end()
        self._tell(ClipNews("refused", media, error))
