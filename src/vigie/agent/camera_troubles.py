"""What is wrong with the camera, as faults `camera:NAME`: what its process says of itself, and how that process fares."""

from vigie.agent.faults import Faults
from vigie.domain.camera_watch import HUNG_AFTER_S, SLOW_START_S, CameraWatch, Phase

MAX_SAID = 40
"""More names than a camera has troubles and presets are rubbish."""
_OF_THE_PICTURE = frozenset({"covered", "dark", "frozen"})
_NO_PICTURES = "no_pictures"


class CameraTroubles:
    """`failure` is why there are no pictures, as (name, words)."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._said: dict[str, str] = {}
        self.failure: tuple[str, str] | None = None

    def has(self, name: str) -> bool:
        """Whether the camera says so."""
        return name in self._said

    @property
    def why_nothing_is_seen(self) -> str:
        """In the camera's own words; empty where its pictures show something."""
        return next((detail for name, detail in self._said.items() if name in _OF_THE_PICTURE), "")

    @property
    def first(self) -> str | None:
        """The name of the fault to show in the camera's own state."""
        return next((name for name in self._faults.names() if name.startswith("camera:")), None)

    def began(self, name: str, detail: str) -> None:
        """The camera says that something is wrong."""
        if name in self._said or len(self._said) < MAX_SAID:
            self._said[name] = detail

    def over(self, name: str) -> None:
        """The camera says that it is well again."""
        self._said.pop(name, None)

    def started(self) -> None:
        """A new process: it will say again what is still wrong."""
        self._said.clear()

    def ended(self, exit_status: int | None) -> None:
        """The process is gone; its last words say why, unless it was made to go."""
        if _NO_PICTURES in self._said:
            self.failure = (_NO_PICTURES, self._said[_NO_PICTURES])
        elif self.failure is None or self.failure[0] != "hung":
            what = "it cannot be started" if exit_status is None else f"it ended with status {exit_status}"
            self.failure = ("crashed", what)
        self._said.clear()

    def look(self, watch: CameraWatch, now: float, *, private: bool) -> None:
        """Reports and clears the faults. What a parked lens sees is no trouble."""
        if _NO_PICTURES in self._said:
            self.failure = (_NO_PICTURES, self._said[_NO_PICTURES])
        elif watch.is_well:
            self.failure = None
        elif watch.phase in {Phase.ENDING, Phase.KILLED}:
            self.failure = ("hung", f"no picture for {HUNG_AFTER_S:g} s")
        elif watch.is_slow(now) and self.failure is None:
            self.failure = ("hung", f"no picture in the {SLOW_START_S:g} s since its start")
        present = {name: detail for name, detail in self._said.items() if not (private and name in _OF_THE_PICTURE)}
        if self.failure is not None:
            present[self.failure[0]] = self.failure[1]
        for name, detail in present.items():
            self._faults.report(f"camera:{name}", detail)
        for fault in self._faults.names():
            prefix, _, name = fault.partition(":")
            if prefix == "camera" and name != "token" and name not in present:
                self._faults.clear(fault)
