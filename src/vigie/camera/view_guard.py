"""Watches whether the lens still sees at each preset what it is to see there: pictures in, troubles out, references on the card.

Called in the event loop's thread; the card's thread comes in by `post`.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from av import VideoFrame

from vigie.camera.live import Newest
from vigie.camera.measure import Cells
from vigie.camera.troubles import Troubles
from vigie.camera.views import KeptView, ViewShelf
from vigie.camera.wall_time import WallTime
from vigie.domain.view import View, view_of
from vigie.domain.view_check import MOVED, Place, ViewCheck
from vigie.protocol.camera_orders import Look

log = logging.getLogger(__name__)

FOLLOWED_EVERY_S = 900.0
"""How often what has only become a little different is written: a card bears so many writes."""
_AGAIN_S = 60.0

Do = Callable[[Callable[[], object]], None]


class ViewGuard:
    """`do` runs a job in the card's thread, `post` a call in the event loop's."""

    def __init__(
        self, shelf: ViewShelf, wall: WallTime, troubles: Troubles, *, do: Do, post: Callable[[Callable[[], None]], None]
    ) -> None:
        self._shelf = shelf
        self._wall = wall
        self._troubles = troubles
        self._do = do
        self._post = post
        self._cells = Cells()
        self._check = ViewCheck()
        self._is_read = False
        self._taken_at: dict[str, datetime | None] = {}
        self._kept: dict[str, View] = {}
        self._stills: dict[str, VideoFrame] = {}
        self._written_at = self._not_before = float("-inf")

    def start(self) -> None:
        """Nothing is compared or learnt before the card has said what it keeps."""
        self._do(self._read)

    def look(self, order: Look, now: float) -> None:
        self._check = self._check.at(_place_of(order), now)
        self._tell()

    def accept(self) -> None:
        """What is seen now is right."""
        if self._check.rests_at is None:
            log.warning("the lens moves, or is at no preset: what it sees is no reference")
        self._check = self._check.accept()
        self._tell()

    def see(self, newest: Newest, now: float, *, tells: bool) -> None:
        """About once a second. `tells`: the picture is neither dark nor covered nor frozen."""
        if not self._is_read:
            return
        view = view_of(self._cells.of(newest.small or newest.frame)) if tells and self._check.rests_at else None
        before = self._check.here
        self._check = self._check.after(view, now)
        here = self._check.here
        if here and here.reference and (before is None or before.reference is None):
            log.info("preset=%s angle_deg=%s: this view is the reference from now on", here.place.preset, here.place.angle_deg)
            self._taken_at[here.place.preset] = self._wall.now()
            self._stills[here.place.preset] = newest.frame
        self._tell()
        self._keep(now)

    def _tell(self) -> None:
        mine = [name for name in self._troubles.present if name.partition(":")[0] == MOVED]
        self._troubles.replace(mine, self._check.troubles)

    def _keep(self, now: float) -> None:
        accepted = {preset: watched.reference.accepted for preset, watched in self._check.places.items() if watched.reference}
        has_changed = accepted != self._kept or self._stills
        if now < self._not_before or not (has_changed or (accepted and now - self._written_at >= FOLLOWED_EVERY_S)):
            return
        views = [
            KeptView(
                preset=preset,
                angle_deg=watched.place.angle_deg,
                taken_at=self._taken_at.get(preset),
                accepted=_short(watched.reference.accepted),
                followed=_short(watched.reference.followed),
            )
            for preset, watched in self._check.places.items()
            if watched.reference
        ]
        self._kept, self._written_at = accepted, now
        stills, self._stills = self._stills, {}
        self._do(partial(self._write, views, stills))

    def _write_failed(self, stills: dict[str, VideoFrame]) -> None:
        """Once more, later; what is newer goes before."""
        self._stills = {**stills, **self._stills}
        self._kept = {}
        self._not_before = self._written_at + _AGAIN_S

    def _has_read(self, views: tuple[KeptView, ...]) -> None:
        self._is_read = True
        self._taken_at = {view.preset: view.taken_at for view in views}
        self._check = self._check.knowing([view.watched for view in views])
        self._kept = {preset: watched.reference.accepted for preset, watched in self._check.places.items() if watched.reference}

    # In the card's thread.

    def _read(self) -> None:
        self._post(partial(self._has_read, self._shelf.read()))

    def _write(self, views: list[KeptView], stills: dict[str, VideoFrame]) -> None:
        try:
            self._shelf.write(views, stills)
        except OSError as error:
            log.warning("the reference views are not on the card yet: %s", error)
            self._post(partial(self._write_failed, stills))


def _place_of(look: Look) -> Place | None:
    """None while it moves, or between presets. Without a servo there is one place, and no angle."""
    if look.moving or (look.preset is None and look.angle_deg is not None):
        return None
    return Place(look.preset or "", None if look.angle_deg is None else round(look.angle_deg, 1))


def _short(view: View) -> View:
    return tuple(round(value, 4) for value in view)
