"""The shapes of recordings, stills and the room that they take."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from vigie.protocol.camera import Cause, DeletionReason, MediaId, Sha256
from vigie.protocol.events import DeviceId
from vigie.protocol.times import Timestamp

RecordingState = Literal["recording", "uploading", "finished", "deleted"]


class Recording(BaseModel):
    """A clip that the server keeps, or has kept. `uploading`: no more is recorded, the rest is still on its way; `note` says
    in words what is odd about it, also why nothing comes. Once deleted the row stays, with the reason.
    """

    id: MediaId
    device_id: DeviceId
    state: RecordingState
    started_at: Timestamp | None = Field(None, description="Wall time of the first picture; null where the Pi did not know it.")
    received_at: Timestamp = Field(description="When the server first heard of it.")
    duration_s: float
    triggered_after_s: float = Field(description="How far into the clip the trigger was.")
    size_bytes: int = Field(description="Of the video here once it is finished, else of what the Pi has.")
    received_bytes: int = Field(description="How much of it has arrived.")
    truncated: bool = Field(description="The Pi or the way to it was lost: as long as it could be read.")
    cause: Cause
    angle_deg: float | None = None
    preset: str | None = None
    width: int
    height: int
    locked: bool = Field(description="Spared by retention, and by DELETE.")
    sha256: Sha256 | None = Field(None, description="Of the clip as the Pi recorded it (MPEG-TS), checked on arrival.")
    container: Literal["mp4", "ts"] | None = Field(
        None, description="`ts` where it could not be made an MP4: browsers cannot play it."
    )
    has_poster: bool
    note: str | None = None
    deleted_at: Timestamp | None = None
    deleted_reason: DeletionReason | None = None


class RecordingList(BaseModel):
    """`GET /api/recordings`, newest first. `next`: the `before` of the next page, null at the end."""

    recordings: list[Recording]
    next: MediaId | None


class RecordingLock(BaseModel):
    """`POST /api/recordings/{id}/lock`."""

    locked: bool


class RecordingDay(BaseModel):
    """A day's recordings that can be seen; `duration_s` is the sum of their lengths."""

    day: date
    count: int
    duration_s: float
    locked: int


class RecordingDays(BaseModel):
    """`GET /api/recordings/days`, oldest first; days without any are absent."""

    days: list[RecordingDay]


class Still(BaseModel):
    """One picture that the server keeps."""

    id: MediaId
    device_id: DeviceId
    taken_at: Timestamp | None = Field(None, description="null where the Pi did not know the time.")
    received_at: Timestamp
    size_bytes: int
    width: int
    height: int
    cause: Cause
    angle_deg: float | None = None
    preset: str | None = None
    sha256: Sha256 | None = None


class StillList(BaseModel):
    """`GET /api/stills`, newest first."""

    stills: list[Still]


class MediaRoom(BaseModel):
    """`GET /api/media-room`: the room for recordings and stills. `days_left`: until the oldest has to go, at the pace of the
    last week; null where nobody can tell.
    """

    count: int = Field(description="Recordings that can be seen.")
    locked: int
    used_bytes: int
    max_bytes: int
    free_bytes: int = Field(description="Of the disk.")
    min_free_bytes: int
    max_days: float
    days_left: float | None


class MediaComplete(BaseModel):
    """`POST /api/media/{id}/complete`: what the whole must be."""

    sha256: Sha256
    size_bytes: int = Field(ge=1)
