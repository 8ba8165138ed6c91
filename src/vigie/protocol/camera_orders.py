"""What the agent tells its camera process, one JSON object a line: the agent writes these, the camera reads them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from vigie.protocol.camera import Cause, MediaId
from vigie.protocol.events import ClockQuality
from vigie.protocol.topics import NAME_PATTERN


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Record(_Order):
    """Record so long from now on. While a clip is being recorded it goes on to the later end, and keeps its id and cause."""

    do: Literal["record"] = "record"
    clip_id: MediaId
    duration_s: float = Field(gt=0, le=3600)
    cause: Cause


class Stop(_Order):
    """End the clip, after the post-roll."""

    do: Literal["stop"] = "stop"


class Still(_Order):
    """Keep a picture of now. `reference`: what it shows is what is to be seen from where the lens is."""

    do: Literal["still"] = "still"
    still_id: MediaId
    cause: Cause
    reference: bool = False


class Look(_Order):
    """Where the lens points (commanded), whether it moves, and how far the wall clock can be trusted."""

    do: Literal["look"] = "look"
    angle_deg: float | None = None
    preset: str | None = Field(None, pattern=NAME_PATTERN)
    moving: bool = False
    clock: ClockQuality = ClockQuality.UNSYNCED


class Private(_Order):
    """Refuse and end recordings, stills and live, or no longer."""

    do: Literal["private"] = "private"
    on: bool


class Told(_Order):
    """The event of this change is in the log: do not report it again."""

    do: Literal["told"] = "told"
    id: MediaId
    state: Literal["started", "finished", "deleted"]


Order = Annotated[Record | Stop | Still | Look | Private | Told, Field(discriminator="do")]
ORDER: TypeAdapter[Order] = TypeAdapter(Order)
"""`validate_json` of a line; raises pydantic's `ValidationError` for anything else."""
