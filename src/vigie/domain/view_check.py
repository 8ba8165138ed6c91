"""Whether the lens still sees, at each preset, what it saw when it was set up. Knocked, turned by a hand, its servo slipped: then
it looks at the wrong thing with a picture that is as good as ever.

Pure: `ViewCheck` and a `View` at a `Place` -> `ViewCheck`. Times are monotonic seconds; those at a preset add up over visits, so
that a patrol with a short dwell finds it out too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from vigie.domain.view import View, blended, is_shifted, likeness

MOVED = "moved"
UNLIKE_BELOW, LIKE_ABOVE, FOLLOWED_ABOVE, CLEARLY_LIKE = 0.5, 0.65, 0.8, 0.9
SETTLES_S, LEARNT_AFTER_S, BEGINS_AFTER_S, ENDS_AFTER_S = 1.0, 5.0, 10.0, 5.0
FOLLOWS_S, STRAYS_AT_MOST = 1800.0, 0.7
"""Daylight and furniture are followed within half an hour, but never away from what was accepted."""
_LONGEST_STEP_S = 2.0
"""A longer time without a picture is not one in which anything was seen."""


@dataclass(frozen=True, slots=True)
class Place:
    """A preset at its angle. A camera without a servo has one place without a name."""

    preset: str = ""
    angle_deg: float | None = None

    @property
    def trouble(self) -> str:
        return f"{MOVED}:{self.preset}" if self.preset else MOVED

    @property
    def words(self) -> str:
        where = f"at the preset {self.preset!r}" if self.preset else "where it is fixed"
        return (
            f"{where} the camera no longer sees what it saw: it was knocked or turned, or its servo has slipped; "
            "set it right, or accept what it sees now with 'This is right' on the page Live"
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """What is to be seen: as it was accepted, and as it has become since, with the seasons and the furniture."""

    accepted: View
    followed: View

    def seen(self, view: View, seconds: float) -> "Reference":
        """A little nearer to a view that is clearly like it."""
        followed = blended(self.followed, view, seconds / FOLLOWS_S)
        return replace(self, followed=followed) if likeness(followed, self.accepted) >= STRAYS_AT_MOST else self


@dataclass(frozen=True, slots=True)
class Watched:
    """One place. `counted_s`: how long it has been steady, while there is no reference; then how long it has been otherwise."""

    place: Place
    reference: Reference | None = None
    candidate: View | None = None
    counted_s: float = 0.0
    is_moved: bool = False

    def after(self, view: View, seconds: float) -> "Watched":
        return self._learning(view, seconds) if self.reference is None else self._comparing(self.reference, view, seconds)

    def _learning(self, view: View, seconds: float) -> "Watched":
        if self.candidate is None or not _judged(likeness(self.candidate, view), self.candidate, view):
            return replace(self, candidate=view, counted_s=0.0)
        if self.counted_s + seconds < LEARNT_AFTER_S:
            return replace(self, counted_s=self.counted_s + seconds)
        return Watched(self.place, Reference(view, view))

    def _comparing(self, reference: Reference, view: View, seconds: float) -> "Watched":
        like = likeness(reference.followed, view)
        says = _judged(like, reference.followed, view)
        if says and like > FOLLOWED_ABOVE:
            reference = reference.seen(view, seconds)
        if says is None or says is not self.is_moved:
            return replace(self, reference=reference, counted_s=0.0)
        counted_s = self.counted_s + seconds
        if counted_s >= (ENDS_AFTER_S if self.is_moved else BEGINS_AFTER_S):
            return Watched(self.place, reference, is_moved=not self.is_moved)
        return replace(self, reference=reference, counted_s=counted_s)


def _judged(like: float, reference: View, view: View) -> bool | None:
    """Whether it is the same view; None between the thresholds, where nothing is decided."""
    if like > CLEARLY_LIKE:
        return True
    if like < UNLIKE_BELOW or is_shifted(reference, view):
        return False
    return True if like > LIKE_ABOVE else None


@dataclass(frozen=True, slots=True)
class ViewCheck:
    """`rests_at`: where the lens is, None while it moves or is at no preset. `accepts`: the next view there is right."""

    places: Mapping[str, Watched] = field(default_factory=dict)
    rests_at: Place | None = None
    since: float = 0.0
    seen_at: float | None = None
    accepts: bool = False

    @property
    def here(self) -> Watched | None:
        return None if self.rests_at is None else self.places.get(self.rests_at.preset)

    @property
    def troubles(self) -> dict[str, str]:
        """Name -> words. Each stays until its own preset is seen right again."""
        return {watched.place.trouble: watched.place.words for watched in self.places.values() if watched.is_moved}

    def knowing(self, known: Iterable[Watched]) -> "ViewCheck":
        """With what was kept of an earlier time; of a preset that has another angle by now it is void."""
        places = {watched.place.preset: watched for watched in known}
        return ViewCheck({**places, **self.places}).at(self.rests_at, self.since)

    def at(self, place: Place | None, now: float) -> "ViewCheck":
        """The lens rests there, or does not rest. A preset whose angle was changed is another place: it is learnt anew."""
        if place == self.rests_at:
            return self
        places = dict(self.places)
        if place is not None and (known := places.get(place.preset)) is not None and known.place != place:
            del places[place.preset]
        return ViewCheck(places, place, now)

    def accept(self) -> "ViewCheck":
        """What is seen here is right: it was looked at. Nothing where the lens does not rest."""
        if self.rests_at is None:
            return self
        places = {**self.places, self.rests_at.preset: Watched(self.rests_at)}
        return replace(self, places=places, accepts=True)

    def after(self, view: View | None, now: float) -> "ViewCheck":
        """With one more picture; about one a second is enough. `view` None: it does not tell one direction from another."""
        if view is None or self.rests_at is None or now - self.since < SETTLES_S:
            return replace(self, seen_at=None)
        place, seconds = self.rests_at, 0.0 if self.seen_at is None else min(now - self.seen_at, _LONGEST_STEP_S)
        known = self.places.get(place.preset, Watched(place))
        watched = Watched(place, Reference(view, view)) if self.accepts else known.after(view, seconds)
        return replace(self, places={**self.places, place.preset: watched}, seen_at=now, accepts=False)
