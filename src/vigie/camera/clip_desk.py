"""Clips and stills from the trigger to the card and off it again: the recorder's decisions, the card's answers, what the agent is
told. Called in the event loop's thread; the card's thread comes in by `post`.
"""

import errno
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from av import VideoFrame

from vigie.camera.card import Card
from vigie.camera.clip_writer import ClipNews, ClipWriter
from vigie.camera.pictures import Format, Packet
from vigie.camera.recorder import Clip, ClipTimes, Recorder
from vigie.camera.reports import Reports
from vigie.camera.salvage import salvage
from vigie.camera.shelf import Kept, Shelf
from vigie.camera.stills import keep_still
from vigie.camera.tidying import Tidying
from vigie.camera.troubles import CLIP_FAILED, DISK_FULL, Troubles
from vigie.camera.wall_time import WallTime, now_us
from vigie.domain.clip_retention import ClipLimits, has_room
from vigie.protocol.camera import CameraConfig, CardRoom, Cause, ClipChange, Media, MediaKind
from vigie.protocol.camera_orders import Look, Record, Still
from vigie.runtime.claim import NO_ROOM
from vigie.runtime.ids import new_id

log = logging.getLogger(__name__)

_STANDS_STILL = OSError(errno.EIO, "the card takes nothing any more")
_AGAIN_S = 5
_TIDY_S = 30

Post = Callable[[Callable[[], None]], None]


class ClipDesk:
    """`post` runs a call in the event loop's thread, from any other."""

    def __init__(
        self, config: CameraConfig, shelf: Shelf, wall: WallTime, *, reports: Reports, troubles: Troubles, post: Post
    ) -> None:
        self._config = config
        self._shelf = shelf
        self._wall = wall
        self._reports = reports
        self._troubles = troubles
        self._post = post
        self._limits = ClipLimits(config.max_bytes, config.max_days, config.min_free_bytes)
        self._writer = ClipWriter(shelf, lambda news: post(partial(self._on_news, news)))
        times = ClipTimes(config.pre_roll_s, config.post_roll_s, config.max_clip_s)
        self._recorder = Recorder(self, times, media_id)
        self._tidying = Tidying(shelf, self._limits, wall.now, lambda kept: post(partial(self._on_deleted, kept)))
        self._blocked_s: int | None = None
        self._seconds = 0
        self.look = Look()
        self.form = Format(0, 0, 0.0)
        self.room = CardRoom(max_bytes=config.max_bytes)

    @property
    def recording(self) -> str | None:
        clip = self._recorder.clip
        return clip.id if clip else None

    @property
    def card(self) -> Card:
        """Its thread, for what else is to be written."""
        return self._writer.card

    def start(self) -> None:
        """The card's thread: first it makes good what the last end has left."""
        self._writer.card.start()
        self._writer.card.do(self._salvage)

    def close(self, timeout_s: float) -> None:
        """Ends the clip as it is, and waits for the card so long."""
        self._recorder.end()
        if not self._writer.card.end(timeout_s):
            log.warning("the card is too slow to finish the clip; the next start will salvage it")

    def record(self, order: Record) -> None:
        clip_id = order.clip_id if self._shelf.get(order.clip_id) is None else media_id()
        if not self._recorder.record(clip_id, order.duration_s, order.cause, now_us()):
            log.info("private: nothing is recorded")

    def stop(self) -> None:
        self._recorder.stop(now_us())

    def still(self, order: Still, frame: VideoFrame | None, at_us: int) -> None:
        if frame is None:
            log.warning("no picture yet, or private: no still")
            return
        still_id = order.still_id if self._shelf.get(order.still_id) is None else media_id()
        media = self._media(still_id, MediaKind.STILL, order.cause, at_us)
        self._writer.card.do(partial(self._keep_still, media, frame))

    def told(self, media_id: str, state: str) -> None:
        """The agent has it in its log: it need not be said again, and of a deleted clip nothing more is needed."""
        kept = self._shelf.get(media_id)
        if kept is None:
            return
        if state == "deleted" and kept.deleted is not None:
            self._writer.card.do(partial(self._shelf.forget, media_id))
        elif state not in kept.told:
            self._shelf.change(media_id, told=kept.told | {state})
            self._writer.card.do(partial(self._shelf.write, media_id))

    def stored(self, media_id: str) -> None:
        """The server has it. In any thread."""
        self._shelf.change(media_id, stored=True)
        self._writer.card.do(partial(self._shelf.write, media_id))
        self._writer.card.do(self._look_at_card)

    def set_private(self, is_private: bool) -> None:
        self._recorder.set_private(is_private)

    def packet(self, packet: Packet) -> None:
        if self._recorder.clip is not None and self._writer.is_behind:
            self._stop_writing(_STANDS_STILL)
        self._recorder.packet(packet)

    def each_second(self) -> None:
        self._seconds += 1
        self._recorder.tick(now_us())
        if self._blocked_s is not None and self._seconds - self._blocked_s >= _AGAIN_S:
            self._blocked_s = self._seconds
            self._writer.card.do(self._look_for_room)
        elif self._seconds % (2 if self.recording else _TIDY_S) == 0:
            self._writer.card.do(self._tidy)

    # The recorder's `Writer`.

    def begin(self, clip: Clip) -> None:
        media = self._media(clip.id, MediaKind.CLIP, clip.cause, clip.first_us)
        after_s = round((clip.triggered_us - clip.first_us) / 1e6, 3)
        self._writer.begin(media.model_copy(update={"triggered_after_s": after_s}))

    def add(self, packet: Packet) -> None:
        self._writer.add(packet)

    def end(self) -> None:
        self._writer.end(self.look)

    def _media(self, name: str, kind: MediaKind, cause: Cause, at_us: int) -> Media:
        return Media(
            id=name,
            kind=kind,
            device_id=self._config.device_id,
            started_at=self._wall.of(at_us),
            width=self.form.width,
            height=self.form.height,
            cause=cause,
            angle_deg=self.look.angle_deg,
            preset=self.look.preset,
        )

    def _stop_writing(self, error: OSError) -> None:
        self._recorder.block()
        self._blocked_s = self._seconds
        if error.errno in NO_ROOM:
            self._troubles.begin(DISK_FULL, "the card has no room for clips; make room on it, or lower camera.min_free_bytes")
        else:
            self._troubles.begin(CLIP_FAILED, f"the clip could not be written ({error.strerror or error}); check the card")

    def _on_news(self, news: ClipNews) -> None:
        if news.error is not None:
            log.error("clip=%s ends early: %s", news.media.id, news.error)
            self._stop_writing(news.error)
            self._writer.card.do(self._look_for_room)
            return
        self._say("started" if news.what == "begun" else "finished", Kept(media=news.media))
        self._reports.say("news")
        if news.what == "finished":
            self._troubles.end(CLIP_FAILED)
            self._writer.card.do(self._tidy)

    def _on_deleted(self, kept: Kept) -> None:
        if kept.media.kind == MediaKind.CLIP:
            self._say("deleted", kept)
        self._reports.say("news")

    def _say(self, state: str, kept: Kept) -> None:
        media = kept.media
        change = ClipChange.model_validate(
            {
                "state": state,
                "clip_id": media.id,
                "cause": media.cause,
                **media.model_dump(include={"duration_s", "size_bytes", "truncated", "angle_deg", "preset"}),
                "reason": kept.deleted,
                "stored": kept.stored if state == "deleted" else None,
            }
        )
        self._reports.say("clip", change=change.model_dump(mode="json", exclude_none=True))

    def _say_untold(self) -> None:
        """What the agent may not have in its log: it died, or we did."""
        for kept in self._shelf.all():
            if kept.media.kind != MediaKind.CLIP:
                continue
            if kept.media.complete and "finished" not in kept.told:
                self._say("finished", kept.model_copy(update={"deleted": None}))
            if kept.deleted is not None:
                self._say("deleted", kept)
        self._reports.say("news")

    def _set_room(self, room: CardRoom) -> None:
        self.room = room

    def _unblock(self) -> None:
        self._blocked_s = None
        self._troubles.end(DISK_FULL)
        self._recorder.unblock()

    # In the card's thread.

    def _salvage(self) -> None:
        try:
            self._shelf.take()
            failed = salvage(self._shelf, self._config.device_id)
        except OSError as error:
            self._post(partial(self._stop_writing, error))
            return
        self._shelf.is_known = True
        if failed:
            log.error("clips that could not be made good: %s", "; ".join(failed))
            told = f"clips could not be made good after a crash ({failed[0]}); check the card"
            self._post(partial(self._troubles.begin, CLIP_FAILED, told))
        self._post(self._say_untold)
        self._tidy()

    def _tidy(self) -> None:
        try:
            self._tidying.tidy()
        except OSError as error:
            self._post(partial(self._troubles.begin, CLIP_FAILED, f"clips cannot be deleted ({error}); check the card"))
        self._look_at_card()
        if self.recording and not has_room(self._limits, self._tidying.free_bytes(), was_full=False):
            self._post(self._make_way)

    def _make_way(self) -> None:
        """The last room on the card is for the event log."""
        if self.recording:
            self._writer.end(self.look)
            self._stop_writing(OSError(errno.ENOSPC, "no room"))

    def _look_at_card(self) -> None:
        self._post(partial(self._set_room, self._tidying.room()))

    def _look_for_room(self) -> None:
        if not self._shelf.is_known:  # it was started on a full card
            self._salvage()
            if not self._shelf.is_known:
                return
        self._tidy()
        if has_room(self._limits, self._tidying.free_bytes(), was_full=True):
            self._post(self._unblock)

    def _keep_still(self, media: Media, frame: VideoFrame) -> None:
        try:
            keep_still(self._shelf, media, frame)
        except OSError as error:
            self._post(partial(self._troubles.begin, DISK_FULL if error.errno in NO_ROOM else CLIP_FAILED, f"no still: {error}"))
            return
        self._post(partial(self._reports.say, "news"))
        self._look_at_card()


def media_id() -> str:
    """A new one, ordered by time."""
    return new_id(datetime.now(UTC)).replace("-", "")
