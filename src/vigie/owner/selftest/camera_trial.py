"""The camera's trial: its first picture, a still, a clip that is played, its frame rate. Nothing of it is kept."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

from vigie.agent.camera import Camera
from vigie.domain.camera_watch import START_LIMIT_S
from vigie.owner.findings import Finding
from vigie.owner.selftest import judgement
from vigie.owner.selftest.bench import PRE_ROLL_S, Bench
from vigie.owner.selftest.judgement import CameraFigures, ClipFigures
from vigie.protocol.camera import Cause, CauseKind, Media
from vigie.protocol.codec import JsonObject

CLIP_S = 1.0
_STILL_WITHIN_S = 5.0
_CLIP_WITHIN_S = 10.0
_CAUSE = Cause(kind=CauseKind.COMMAND)


async def camera(bench: Bench) -> list[Finding]:
    """Runs the agent's camera process for as long as it takes."""
    part = bench.camera
    assert part is not None
    running = asyncio.create_task(part.run(), name="camera")
    try:
        return await _try(bench, part)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _try(bench: Bench, part: Camera) -> list[Finding]:
    settings = bench.settings.camera
    assert settings is not None
    clock = bench.clock
    part.look(None if bench.servo is None else bench.servo.angle_deg, None, moving=False)
    began = clock.monotonic()
    await bench.until(lambda: _state(bench)["width"] > 0 or _state(bench)["state"] == "failed", START_LIMIT_S)
    first_picture_s = clock.monotonic() - began
    if not await bench.until(lambda: _state(bench)["state"] == "ok" or _state(bench)["state"] == "failed", START_LIMIT_S):
        first_picture_s = START_LIMIT_S
    if _state(bench)["state"] != "ok":
        waited_s = round(first_picture_s, 1)
        return [judgement.judge_camera(CameraFigures(source=settings.source, waited_s=waited_s, troubles=_troubles(bench)))]
    still_id = part.still(_CAUSE)
    await clock.sleep(min(settings.pre_roll_s, PRE_ROLL_S))
    clip = await _clip(bench, part)
    picture = await _picture(bench, bench.folder / "media" / f"{still_id}.jpg")
    state = _state(bench)
    figures = CameraFigures(
        source=settings.source,
        encoder=state["encoder"],
        width=state["width"],
        height=state["height"],
        fps=part.alive.fps if part.alive else 0.0,
        wanted_fps=settings.fps,
        first_picture_s=first_picture_s,
        troubles=_troubles(bench),
    )
    return [judgement.judge_camera(figures), picture, judgement.judge_clip(clip)]


def _state(bench: Bench) -> JsonObject:
    return bench.board.last["camera"]


def _troubles(bench: Bench) -> tuple[str, ...]:
    return tuple(words for name, words in bench.faults.present.items() if name.startswith("camera:"))


async def _picture(bench: Bench, path: Path) -> Finding:
    await bench.until(lambda: _size(path) is not None, _STILL_WITHIN_S)
    return judgement.judge_picture(_size(path))


def _size(path: Path) -> int | None:
    """The camera writes a still beside its name first: once it is there it is whole."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


async def _clip(bench: Bench, part: Camera) -> ClipFigures:
    """Recorded, and played from the card as anybody would."""
    settings = bench.settings.camera
    assert settings is not None
    clip_id = part.record(CLIP_S, _CAUSE)
    has_ended = await bench.until(lambda: _has_ended(bench, clip_id), _CLIP_WITHIN_S)
    if not has_ended:
        return ClipFigures(error=f"no clip was finished within {_CLIP_WITHIN_S:g} s")
    media = bench.folder / "media"
    wanted_s = min(settings.pre_roll_s, PRE_ROLL_S)
    return await asyncio.to_thread(played, media / f"{clip_id}.ts", media / f"{clip_id}.json", wanted_s)


def _has_ended(bench: Bench, clip_id: str) -> bool:
    return any(clip["clip_id"] == clip_id and clip["state"] == "finished" for clip in bench.clips)


def played(video: Path, known: Path, wanted_pre_roll_s: float) -> ClipFigures:
    """All of its pictures decoded. In a thread: it takes as long as it takes."""
    import av  # 40 MB, and only where there is a camera

    try:
        media = Media.model_validate(json.loads(known.read_bytes())["media"])
        with av.open(str(video)) as container:
            moments = [frame.time for frame in container.decode(video=0)]
    except (OSError, ValueError, KeyError, av.FFmpegError) as error:
        return ClipFigures(error=f"it cannot be played: {error}")
    return ClipFigures(
        frames=len(moments),
        duration_s=media.duration_s,
        pre_roll_s=media.triggered_after_s,
        wanted_pre_roll_s=wanted_pre_roll_s,
        size_bytes=media.size_bytes,
    )
