"""What an agent's camera means in words, and what of it is allowed but likely wrong."""

import stat
from collections.abc import Iterator

from vigie.agent.camera_settings import CameraSettings, PatrolSettings
from vigie.owner.findings import Finding, ok, warning

_HOUR_S = 3600.0


def of(camera: CameraSettings) -> Iterator[Finding]:
    """One finding for the camera, and one for each thing that it does by itself."""
    yield ok("camera", _picture(camera))
    yield ok("clips", f"{camera.pre_roll_s:g} s from before, at most {camera.max_clip_s:g} s each; {_card(camera)}")
    if camera.listen_host is not None:
        yield ok("media", f"served on {camera.listen_host}:{camera.listen_port or 'any free port'}")
    if camera.park is not None:
        yield ok("privacy", f"in active the lens looks at {camera.park}, and nothing is recorded")
    if camera.patrol is not None:
        yield from _patrol(camera.patrol)
    if camera.token_file is not None:
        yield from _token(camera)


def _picture(camera: CameraSettings) -> str:
    where = f" at {camera.device}" if camera.device else ""
    size = f", {camera.width}x{camera.height}" if camera.width and camera.height else ""
    rate = f" at {camera.fps:g}/s" if camera.fps else ""
    return f"{camera.source}{where}{size}{rate}, {camera.bitrate_bps / 1e6:g} Mbit/s"


def _card(camera: CameraSettings) -> str:
    gigabytes, free = camera.max_bytes / 1e9, camera.min_free_bytes / 1e9
    return f"{gigabytes:g} GB or {camera.max_days:g} days on the card, {free:g} GB stay free"


def _patrol(patrol: PatrolSettings) -> Iterator[Finding]:
    modes = " and ".join(patrol.modes) or "no mode"
    yield ok("patrol", f"{', '.join(patrol.presets)}, {patrol.dwell_s:g} s each, in {modes}")
    if _HOUR_S / patrol.dwell_s > patrol.max_moves_per_hour:
        most = patrol.max_moves_per_hour
        yield warning(
            "patrol",
            f"after {most} moves in an hour it stands still until the hour is over",
            "raise dwell_s, or max_moves_per_hour",
        )


def _token(camera: CameraSettings) -> Iterator[Finding]:
    assert camera.token_file is not None
    try:
        readable = bool(camera.token_file.stat().st_mode & stat.S_IROTH)
    except OSError as error:
        yield warning("token", f"{camera.token_file}: {error.strerror}", "make it, or leave token_file out: then one is made")
        return
    if readable:
        yield warning("token", f"every user of this machine can read {camera.token_file}", f"chmod 600 {camera.token_file}")
