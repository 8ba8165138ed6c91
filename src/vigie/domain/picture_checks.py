"""What is wrong with the pictures themselves: too dark to see anything, a covered lens, a picture that stands still. Each with its
own thresholds to begin and to end, and only after a while, so that a hand before the lens is none.
"""

from dataclasses import dataclass, replace

DARK, COVERED, FROZEN = "dark", "covered", "frozen"
DARK_BELOW, LIGHT_ABOVE = 0.05, 0.09
PLAIN_BELOW, VARIED_ABOVE = 0.012, 0.025
BEGINS_AFTER_S, ENDS_AFTER_S = 10.0, 5.0
WORDS = {
    DARK: "the picture is too dark to see anybody; give it light or an infrared camera",
    COVERED: "the picture is of one colour all over: something covers the lens",
    FROZEN: "every picture is exactly the one before: the camera hangs",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture: mean and standard deviation of its luma, 0 black to 1 white, and a sum that only an equal picture has."""

    luminance: float
    contrast: float
    fingerprint: int


@dataclass(frozen=True, slots=True)
class Check:
    """One trouble: whether it is there, and since when the pictures say otherwise."""

    present: bool = False
    otherwise_since: float | None = None

    def at(self, says: bool | None, now: float) -> "Check":
        """`says` None: between the thresholds, where it stays as it is."""
        if says is None or says == self.present:
            return replace(self, otherwise_since=None)
        since = now if self.otherwise_since is None else self.otherwise_since
        if now - since >= (ENDS_AFTER_S if self.present else BEGINS_AFTER_S):
            return Check(present=says)
        return replace(self, otherwise_since=since)


@dataclass(frozen=True, slots=True)
class PictureChecks:
    """Of the pictures so far. In the dark a covered lens cannot be told from a dark room: that is `dark` alone."""

    dark: Check = Check()
    covered: Check = Check()
    frozen: Check = Check()
    last: Seen | None = None

    def after(self, seen: Seen, now: float) -> "PictureChecks":
        """With one more picture; about one a second is enough. Monotonic seconds."""
        dark = True if seen.luminance < DARK_BELOW else False if seen.luminance > LIGHT_ABOVE else None
        plain = True if seen.contrast < PLAIN_BELOW else False if seen.contrast > VARIED_ABOVE else None
        same = self.last is not None and self.last.fingerprint == seen.fingerprint
        return PictureChecks(
            self.dark.at(dark, now),
            self.covered.at(False if dark else plain, now),
            self.frozen.at(same, now),
            seen,
        )

    @property
    def tells(self) -> bool:
        """Whether there is something to be seen in the newest picture."""
        seen = self.last
        return seen is not None and seen.luminance >= DARK_BELOW and seen.contrast >= PLAIN_BELOW and not self.troubles

    @property
    def troubles(self) -> dict[str, str]:
        """Name -> words, of those that are there."""
        return {name: WORDS[name] for name in (DARK, COVERED, FROZEN) if getattr(self, name).present}
