"""What can go wrong with recordings, stills and live pictures."""

from vigie.protocol.camera import MediaOffset
from vigie.server.errors import ServerError


class UnknownMedia(ServerError):
    """No clip or still of this id has ever been announced."""

    def __init__(self, media_id: str) -> None:
        super().__init__(f"no clip or still {media_id!r} was announced; PUT /api/media/{media_id} announces one")
        self.media_id = media_id


class UnknownRecording(ServerError):
    """No recording of this id."""

    def __init__(self, recording_id: str) -> None:
        super().__init__(f"no recording {recording_id!r}; GET /api/recordings lists them")
        self.recording_id = recording_id


class UnknownStill(ServerError):
    """No still of this id, or it is gone."""

    def __init__(self, still_id: str) -> None:
        super().__init__(f"no still {still_id!r}; GET /api/stills lists them")
        self.still_id = still_id


class UnknownIncident(ServerError):
    """Nothing of what is asked for hangs on this event."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"no event {event_id!r} is stored here, and no recording names it as its cause")
        self.event_id = event_id


class RecordingLocked(ServerError):
    """Somebody wants to keep it."""

    code = "locked"

    def __init__(self, recording_id: str) -> None:
        super().__init__(f"recording {recording_id} is locked; POST /api/recordings/{recording_id}/lock with locked false frees it")
        self.recording_id = recording_id


class RecordingNotThere(ServerError):
    """It cannot be shown, now or any more. `code` says which."""

    def __init__(self, recording_id: str, code: str, reason: str) -> None:
        super().__init__(f"recording {recording_id} cannot be shown: {reason}")
        self.recording_id = recording_id
        self.code = code


class MediaOfAnother(ServerError):
    """The id is taken by a clip or still of another device, or of another kind."""

    def __init__(self, media_id: str, device_id: str) -> None:
        super().__init__(f"{media_id} is a clip or still of {device_id!r} already; it stays what it is")
        self.media_id = media_id


class WrongOffset(ServerError):
    """These are not the bytes that come next: `at` says which do."""

    code = "wrong_offset"

    def __init__(self, media_id: str, at: MediaOffset, reason: str) -> None:
        super().__init__(f"{media_id}: {reason}; go on at offset {at.offset}")
        self.more = at.model_dump(mode="json")


class WrongHash(ServerError):
    """What arrived is not what the Pi has: it was thrown away."""

    code = "wrong_hash"

    def __init__(self, media_id: str, at: MediaOffset) -> None:
        super().__init__(f"{media_id}: what arrived has another SHA-256, it was thrown away; begin again at offset {at.offset}")
        self.more = at.model_dump(mode="json")


class MediaTooLarge(ServerError):
    """Larger than any clip or still is."""

    def __init__(self, media_id: str, limit_bytes: int) -> None:
        super().__init__(
            f"{media_id} would be larger than {limit_bytes} bytes, which no clip or still is; nothing more is taken of it"
        )
        self.media_id = media_id


class NoRoom(ServerError):
    """The disk is full, and nothing may be deleted for this."""

    code = "disk_full"

    def __init__(self, reason: str) -> None:
        super().__init__(f"no room for recordings: {reason}; what has arrived stays, and the Pi keeps the rest until there is room")


class LiveNotWanted(ServerError):
    """Nobody looks at this device."""

    def __init__(self, device_id: str) -> None:
        super().__init__(f"nobody looks at {device_id} now")
        self.device_id = device_id


class UnreadablePictures(ServerError):
    """A live stream that is no multipart of pictures."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"these are no pictures: {reason}")


class NotThatRange(ServerError):
    """Such bytes the video does not have."""

    def __init__(self, recording_id: str, reason: str) -> None:
        super().__init__(f"recording {recording_id!r}: {reason}")
        self.recording_id = recording_id


class CameraPrivate(ServerError):
    """The camera is parked, because people are home."""

    code = "private"

    def __init__(self, device_id: str) -> None:
        super().__init__(f"the camera of {device_id!r} is private now: people are home; it looks again when the site is armed")
        self.device_id = device_id


class NoPicture(ServerError):
    """No picture came in time."""

    code = "no_picture"

    def __init__(self, device_id: str, reason: str) -> None:
        super().__init__(f"no picture of {device_id!r}: {reason}")
        self.device_id = device_id


class MediaDiskFailing(ServerError):
    """The disk refuses, and not for want of room."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the folder of recordings refuses: {reason}; what has arrived stays, send the same request again later")
        self.reason = reason
