"""The camera's part of the agent's configuration. Keys: docs/reference/agent.md. Bounds: `protocol.camera.CameraConfig`."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vigie.protocol.events import SensorName
from vigie.protocol.states import Mode
from vigie.runtime.config import Settings, WrongValue, hint


class PatrolSettings(Settings):
    """The lens goes from preset to preset while nothing else wants it."""

    presets: tuple[SensorName, ...] = Field(min_length=2, max_length=20)
    dwell_s: float = Field(60.0, ge=5, le=3600)
    modes: tuple[Mode, ...] = (Mode.SURVEILLANCE, Mode.NIGHT)
    max_moves_per_hour: int = Field(60, ge=1, le=720, description="a hobby servo wears out")


class CameraSettings(Settings):
    """One camera. Without `width`, `height` and `fps` they are the source's own. `park`: a servo preset; while people are home
    (mode `active`) the lens looks there and nothing is recorded.
    """

    source: Literal["synthetic", "v4l2", "picamera2"]
    device: str = Field("", max_length=200)
    width: int | None = Field(None, ge=160, le=1920, multiple_of=2)
    height: int | None = Field(None, ge=120, le=1080, multiple_of=2)
    fps: float | None = Field(None, ge=1, le=30)
    bitrate_bps: int = Field(1_500_000, ge=100_000, le=10_000_000)
    pre_roll_s: float = Field(5.0, ge=0, le=30)
    post_roll_s: float = Field(2.0, ge=0, le=60)
    max_clip_s: float = Field(300.0, ge=10, le=3600)
    listen_host: str | None = None
    listen_port: int = Field(0, ge=0, le=65535)
    advertised_host: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    token_file: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    max_bytes: int = Field(4_000_000_000, ge=1_000_000)
    max_days: float = Field(14.0, gt=0)
    min_free_bytes: int = Field(500_000_000, ge=0)
    return_after_s: float = Field(60.0, ge=0, le=3600, description="after the end of a recording or an alarm")
    park: SensorName | None = None
    patrol: PatrolSettings | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together: give both, or none for plain HTTP")
        return self


def check_presets(camera: CameraSettings, presets: Collection[str]) -> None:
    """Raises `WrongValue` for a preset that the servo does not have."""
    if camera.park is not None:
        _known(camera.park, presets, ("camera", "park"))
    if camera.patrol is None:
        return
    for preset in camera.patrol.presets:
        _known(preset, presets, ("camera", "patrol", "presets"))
        if preset == camera.park:
            raise WrongValue(("camera", "patrol", "presets"), f"'camera.patrol.presets': {preset!r} is where the lens is parked")


def _known(preset: str, presets: Collection[str], key: tuple[str, ...]) -> None:
    if preset not in presets:
        raise WrongValue(key, f"'{'.'.join(key)}': no servo preset {preset!r}; {hint(preset, presets, 'this Pi has')}")
