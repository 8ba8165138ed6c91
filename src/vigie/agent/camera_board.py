"""What the camera shows on the broker: `states/{device}/camera` and `…/media`."""

from typing import Literal

from vigie.agent.camera_reports import Alive, Ready
from vigie.agent.states import StateBoard
from vigie.domain.camera_watch import CameraWatch
from vigie.protocol.camera import CAMERA, MEDIA, CameraState, MediaAddress
from vigie.runtime.clock import Clock

FIGURES_EVERY_S = 10.0
_FIGURES = {"fps", "luminance", "card"}


class CameraBoard:
    """`alive` is what the camera last said of itself. `news` grows with each clip or still that begins or ends."""

    def __init__(self, board: StateBoard, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self.alive: Alive | None = None
        self.news = 0
        self.port: int | None = None
        self._ready: Ready | None = None
        self._shown: CameraState | None = None
        self._shown_at = float("-inf")

    def ready(self, ready: Ready) -> None:
        """Pictures have begun."""
        self._ready, self.port = ready, ready.port

    def show(self, watch: CameraWatch, *, fault: str | None, has_failed: bool, private: bool, patrols: bool) -> None:
        """What has changed at once, figures at most each ten seconds."""
        alive = self.alive if watch.is_well else None
        state: Literal["starting", "ok", "failed"] = "ok" if watch.is_well else "failed" if has_failed else "starting"
        shown = CameraState(
            state=state,
            fault=fault,
            private=private,
            recording=alive.recording if alive else None,
            luminance=alive.luminance if alive else None,
            viewers=alive.viewers if alive else 0,
            patrol=patrols,
            **({"card": self.alive.card} if self.alive else {}),
            **(self._ready.model_dump(include={"source", "encoder", "width", "height"}) if self._ready else {}),
            fps=round(alive.fps, 1) if alive else 0.0,
        )
        now = self._clock.monotonic()
        is_due = now - self._shown_at >= FIGURES_EVERY_S
        if is_due or self._shown is None or _essence(shown) != _essence(self._shown):
            self._shown, self._shown_at = shown, now
            self._board.put(CAMERA, shown.model_dump(mode="json"))

    def show_address(self, address: MediaAddress) -> None:
        """Where the media are; retained, for the bridge alone."""
        self._board.put(MEDIA, address.model_dump(mode="json"))


def _essence(state: CameraState) -> dict[str, object]:
    return state.model_dump(exclude=_FIGURES)
