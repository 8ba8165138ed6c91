"""Reference views on the card: `views.json` with all of them, and a still of each in `views/`, so that a human can compare.

Written in the card's thread alone.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from av import VideoFrame
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vigie.camera.encoder import JpegEncoder
from vigie.camera.shelf import write_whole
from vigie.domain.view import CELLS
from vigie.domain.view_check import Place, Reference, Watched
from vigie.protocol.times import Timestamp
from vigie.protocol.topics import NAME_PATTERN, is_name

log = logging.getLogger(__name__)

FIXED = "_fixed"
"""The still of a camera without presets: no preset can be called so."""

_Cells = Annotated[tuple[Annotated[float, Field(ge=-1, le=1)], ...], Field(min_length=CELLS, max_length=CELLS)]


class KeptView(BaseModel):
    """`taken_at` is null where the Pi did not know the time. `preset` is empty of a camera without a servo."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    preset: str = Field("", pattern=f"^$|{NAME_PATTERN}")
    angle_deg: float | None = None
    taken_at: Timestamp | None = None
    accepted: _Cells
    followed: _Cells

    @property
    def watched(self) -> Watched:
        return Watched(Place(self.preset, self.angle_deg), Reference(self.accepted, self.followed))


class KeptViews(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    views: tuple[KeptView, ...] = ()


class ViewShelf:
    """`folder` is the camera's; what is missing in it is made."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "views.json"
        self._stills = folder / "views"

    def still(self, name: str) -> Path | None:
        """The still of a preset or of `FIXED`; None for what can be neither."""
        return self._stills / f"{name}.jpg" if name == FIXED or is_name(name) else None

    def read(self) -> tuple[KeptView, ...]:
        """What was kept; nothing where there is none, or it cannot be read: then each view is learnt anew."""
        try:
            return KeptViews.model_validate(json.loads(self._file.read_bytes())).views
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, ValidationError) as error:
            log.warning("%s cannot be read, the views are learnt anew: %s", self._file, str(error).splitlines()[0])
            return ()

    def write(self, views: Sequence[KeptView], stills: Mapping[str, VideoFrame]) -> None:
        """All of them, and the new stills. Raises `OSError`; then what was kept before is still there."""
        self._stills.mkdir(parents=True, exist_ok=True)
        for preset, frame in stills.items():
            write_whole(self._stills / f"{preset or FIXED}.jpg", JpegEncoder().encode(frame))
        write_whole(self._file, KeptViews(views=tuple(views)).model_dump_json().encode())
