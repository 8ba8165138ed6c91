"""What the camera process says, as far as the agent goes by it. docs/design/camera.md has all of its lines."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from vigie.protocol.camera import CardRoom, ClipChange, MediaId

TroubleName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}(:[a-z0-9][a-z0-9_-]{0,31})?$")]
"""`name`, or `name:preset`."""


class _Report(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Ready(_Report):
    say: Literal["ready"]
    port: int = Field(ge=1, le=65535)
    source: str = Field("", max_length=64)
    encoder: str = Field("", max_length=64)
    width: int = Field(0, ge=0)
    height: int = Field(0, ge=0)
    fps: float = Field(0.0, ge=0)


class Alive(_Report):
    """`frame_age_s` is null before the first picture."""

    say: Literal["alive"]
    frame_age_s: float | None = None
    fps: float = Field(0.0, ge=0)
    luminance: float | None = Field(None, ge=0, le=1)
    viewers: int = Field(0, ge=0)
    recording: MediaId | None = None
    card: CardRoom = Field(default_factory=CardRoom)


class Clip(_Report):
    say: Literal["clip"]
    change: ClipChange


class News(_Report):
    say: Literal["news"]


class Trouble(_Report):
    say: Literal["trouble"]
    name: TroubleName
    detail: str = Field("", max_length=500)


class Better(_Report):
    say: Literal["better"]
    name: TroubleName


Report = Annotated[Ready | Alive | Clip | News | Trouble | Better, Field(discriminator="say")]
REPORT: TypeAdapter[Report] = TypeAdapter(Report)
