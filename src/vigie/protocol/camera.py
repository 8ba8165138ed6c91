"""The camera's words: what is recorded and why, what `states/{device}/camera` and `…/media` show, and what bridge and server
say about media. A *clip* is a video, a *still* one picture; both are *media*. The server calls a clip that it keeps a recording.

The Pi serves its media over HTTP or HTTPS, to who bears its token (`MediaAddress`); docs/design/camera.md has the routes:
    GET  /media                 `MediaList`, what the server does not have yet
    GET  /media/{id}            its bytes, with Range, also while it is being recorded
    POST /media/{id}/stored     `MediaStored`: the server has it
    GET  /snapshot.jpg          a picture of now
    GET  /views/{preset}.jpg    what is to be seen from there; `_fixed` of a camera without presets
    GET  /live.mjpeg            pictures as they come, multipart; each part says `X-Frame` and `X-Age-Ms`
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from vigie.protocol.events import DeviceId, EventId
from vigie.protocol.times import Timestamp

CAMERA = "camera"
"""The part whose state is `states/{device}/camera`, and the capability of a device that has one."""
MEDIA = "media"
"""`states/{device}/media`: for the bridge alone, which never passes it on."""
CLIP = "clip"
"""Sensor and type of the events that tell what became of a clip: `sensors/{device}/clip`."""

LIVE_BOUNDARY = "frame"
MEDIA_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{7,63}$"
MediaId = Annotated[str, Field(pattern=MEDIA_ID_PATTERN)]
# What no camera reaches, and every database and every reader of JSON still holds.
_LONGEST_S, _LARGEST_PX, _EXACT = 1e9, 100_000, 2**53

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class MediaKind(StrEnum):
    """What sort of file it is: H.264 in MPEG-TS, or a JPEG."""

    CLIP = "clip"
    STILL = "still"


class CauseKind(StrEnum):
    """Who asked for it."""

    ALARM = "alarm"
    RULE = "rule"
    COMMAND = "command"


class Cause(BaseModel):
    """Why it was taken: `event_id` is that of the detection, `zone` its sensor."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: CauseKind
    event_id: EventId | None = None
    zone: str | None = Field(None, max_length=64)


class DeletionReason(StrEnum):
    """Why a clip is gone."""

    TOO_MANY_BYTES = "too_many_bytes"
    TOO_OLD = "too_old"
    DISK_LOW = "disk_low"
    BY_HAND = "by_hand"
    EMPTY = "empty"


class Media(BaseModel):
    """One clip or still, as the Pi knows it and as the server is told of it.

    `started_at` is the wall time of the first picture, null where the Pi did not know it; `triggered_after_s` is how far into
    the clip the trigger was. `complete`: no byte will follow; then `sha256` is that of the whole. `truncated`: found after a
    crash or a power cut, and as long as it could be read.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: MediaId
    kind: MediaKind
    device_id: DeviceId
    started_at: Timestamp | None = None
    duration_s: float = Field(0.0, ge=0, le=_LONGEST_S)
    triggered_after_s: float = Field(0.0, ge=0, le=_LONGEST_S)
    size_bytes: int = Field(0, ge=0, le=_EXACT)
    complete: bool = False
    truncated: bool = False
    sha256: Sha256 | None = None
    width: int = Field(0, ge=0, le=_LARGEST_PX)
    height: int = Field(0, ge=0, le=_LARGEST_PX)
    cause: Cause
    angle_deg: float | None = None
    preset: str | None = None


class MediaList(BaseModel):
    """The answer of `GET /media`: stills first, then clips, the oldest first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    media: tuple[Media, ...] = ()


class MediaStored(BaseModel):
    """`POST /media/{id}/stored`: the server has all of it. 409 where the hash is another."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sha256: Sha256


class MediaOffset(BaseModel):
    """How much of it the server has on its disk: the next byte that it wants. Also the body of its 409 for any other."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    offset: int = Field(ge=0, le=_EXACT)
    state: Literal["recording", "uploading", "finished", "deleted"]


class ClipChange(BaseModel):
    """The details of a `clip` event. `finished` and `deleted` come once each, also where the agent was dead meanwhile."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Literal["started", "finished", "deleted"]
    clip_id: MediaId
    cause: Cause
    duration_s: float = Field(0.0, ge=0, le=_LONGEST_S)
    size_bytes: int = Field(0, ge=0, le=_EXACT)
    truncated: bool = False
    angle_deg: float | None = None
    preset: str | None = None
    reason: DeletionReason | None = Field(None, description="Of a deletion.")
    stored: bool | None = Field(None, description="Of a deletion: whether the server had it.")


class CardRoom(BaseModel):
    """Clips on the Pi's card. `days_left`: until the oldest has to go, at the pace of the last days; null where nobody can tell."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    clips: int = 0
    used_bytes: int = 0
    max_bytes: int = 0
    waiting: int = Field(0, description="Clips and stills that the server does not have yet.")
    free_bytes: int | None = None
    days_left: float | None = None


class CameraState(BaseModel):
    """`states/{device}/camera`. `private`: the lens is parked and nothing is recorded, because people are home.

    `luminance` is the mean of the picture, 0 black to 1 white. `viewers` is how many streams leave the Pi.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Literal["starting", "ok", "failed"]
    fault: str | None = None
    private: bool = False
    recording: MediaId | None = None
    source: str = ""
    encoder: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    luminance: float | None = None
    viewers: int = 0
    patrol: bool = False
    card: CardRoom = Field(default_factory=CardRoom)


class MediaAddress(BaseModel):
    """`states/{device}/media`: where the Pi's media are, and the token that opens them. Retained; `news` grows with each
    clip or still that begins or ends, so that the bridge asks at once.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    url: str = Field(max_length=300)
    token: str = Field(max_length=128)
    news: int = Field(0, ge=0, le=_EXACT)


class LiveRequest(BaseModel):
    """Server to bridge, `live`: whether anybody looks at this device. The bridge then streams the Pi's pictures to the server."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    device_id: DeviceId
    wanted: bool


class CameraConfig(BaseModel):
    """The first line on the camera process's stdin. Clips and stills are in `folder`/media.

    Without `width`, `height` and `fps` they are the source's own: 640x360 at 10 synthetic, 1280x720 at 15 on a Pi.
    `post_roll_s` is how long a clip goes on after `stop`. Retention: at most `max_bytes` and `max_days`, and `min_free_bytes`
    left on the card; what the server does not have is spared as long as possible.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    device_id: DeviceId
    folder: Path
    source: Literal["synthetic", "v4l2", "picamera2"] = "synthetic"
    device: str = Field("", max_length=200, description="Of v4l2: its path, best /dev/v4l/by-id/…; empty: /dev/video0.")
    width: int | None = Field(None, ge=160, le=1920, multiple_of=2)
    height: int | None = Field(None, ge=120, le=1080, multiple_of=2)
    fps: float | None = Field(None, ge=1, le=30)
    bitrate_bps: int = Field(1_500_000, ge=100_000, le=10_000_000)
    pre_roll_s: float = Field(5.0, ge=0, le=30)
    post_roll_s: float = Field(2.0, ge=0, le=60)
    max_clip_s: float = Field(300.0, ge=10, le=3600)
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(0, ge=0, le=65535, description="0: any that is free; `ready` says which.")
    token: str = Field(min_length=16, max_length=128)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    max_bytes: int = Field(4_000_000_000, ge=1_000_000)
    max_days: float = Field(14.0, gt=0)
    min_free_bytes: int = Field(500_000_000, ge=0)
    private: bool = Field(False, description="Whether it starts with the lens parked.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
