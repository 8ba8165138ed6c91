"""Commands to a device and its answers. The same bodies are the MQTT payloads and the HTTP request bodies."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, ValidationError, model_validator

from vigie.protocol.codec import JsonObject
from vigie.protocol.errors import BadCommand
from vigie.protocol.events import explain
from vigie.protocol.topics import NAME_PATTERN

MAX_BEATS_BEHIND = 3

Number = Annotated[StrictInt | StrictFloat, Field(ge=-360, le=360)]
Duration = Annotated[StrictInt | StrictFloat, Field(gt=0, le=3600)]


class Envelope(BaseModel):
    """What any command may carry beside its body: the means to recognise a repeat and a stale one without a clock.

    `boot_id` and `beat` are those of the last heartbeat that the sender saw.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    command_id: str | None = Field(None, min_length=1, max_length=64)
    boot_id: str | None = Field(None, max_length=64)
    beat: Annotated[StrictInt, Field(ge=0)] | None = None


class ServoCommand(BaseModel):
    """Turn the camera: exactly one of a step, an absolute angle, a named preset."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={"examples": [{"direction": "left"}, {"angle_deg": 30}, {"preset": "door"}]},
    )

    direction: Literal["left", "right", "center"] | None = None
    angle_deg: Number | None = None
    preset: str | None = Field(None, pattern=NAME_PATTERN)

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        given = [name for name in ("direction", "angle_deg", "preset") if getattr(self, name) is not None]
        if len(given) != 1:
            seen = " and ".join(given) if given else "none"
            raise ValueError(f"exactly one of direction, angle_deg, preset is expected, got {seen}")
        return self


class RecordCommand(BaseModel):
    """Start or stop a recording."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [{"action": "start", "duration_s": 30}]})

    action: Literal["start", "stop"]
    duration_s: Duration | None = None


class SirenCommand(BaseModel):
    """Sound the siren, at most for `duration_s` (60 s where it is not given), or stop it."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [{"action": "on", "duration_s": 60}]})

    action: Literal["on", "off"]
    duration_s: Duration | None = None


class SnapshotCommand(BaseModel):
    """Take a still picture now. `reference`: what it shows is right, it is what is to be seen from the preset where the lens is."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"examples": [{}, {"reference": True}]})

    reference: StrictBool = False


Command = ServoCommand | RecordCommand | SirenCommand | SnapshotCommand

COMMANDS: dict[str, type[Command]] = {
    "servo": ServoCommand,
    "record": RecordCommand,
    "siren": SirenCommand,
    "snapshot": SnapshotCommand,
}


def parse_command(name: str, body: JsonObject) -> tuple[Command, Envelope]:
    """The command and its envelope; raises `BadCommand`, whose reason is fit to be the answer."""
    model = COMMANDS.get(name)
    if model is None:
        raise BadCommand(name, f"unknown command {name!r}; known: {', '.join(COMMANDS)}")
    try:
        return model.model_validate(body), Envelope.model_validate(body)
    except ValidationError as error:
        raise BadCommand(name, explain(error)) from error


class ResultStatus(StrEnum):
    """How a command ended, in the device's words."""

    DONE = "done"
    REJECTED = "rejected"
    EXPIRED = "expired"


class CommandResult(BaseModel):
    """A device's answer on `results/{device}/{command}`. Further keys depend on the command, e.g. `angle_deg`."""

    model_config = ConfigDict(frozen=True, extra="allow")

    command_id: str | None = None
    status: ResultStatus
    reason: str | None = None
    angle_deg: float | None = None
    clip_id: str | None = None
    still_id: str | None = None
