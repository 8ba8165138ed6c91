"""What another program sees in a clip: FFmpeg's own ffprobe."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

FFPROBE = shutil.which("ffprobe")


@dataclass(frozen=True, slots=True)
class Probed:
    duration_s: float
    frames: int
    container: str
    codec: str
    profile: str
    size: tuple[int, int]
    keyframes_s: tuple[float, ...]
    faults: str


def probe(path: Path) -> Probed:
    """Decodes all of it; `faults` is what FFmpeg complains of."""
    assert FFPROBE, "no ffprobe: run scripts/test-tools.sh"
    entries = "format=duration,format_name:stream=codec_name,profile,width,height:frame=key_frame,pts_time"
    argv = [FFPROBE, "-v", "warning", "-of", "json", "-show_entries", entries, "-show_frames", "-select_streams", "v", str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    found = json.loads(done.stdout)
    assert found.get("streams"), f"{path} does not play: {done.stderr}"
    stream = found["streams"][0]
    return Probed(
        duration_s=float(found["format"]["duration"]),
        frames=len(found["frames"]),
        container=found["format"]["format_name"].split(",")[0],
        codec=stream["codec_name"],
        profile=stream["profile"],
        size=(stream["width"], stream["height"]),
        keyframes_s=tuple(float(frame["pts_time"]) for frame in found["frames"] if frame["key_frame"]),
        faults=done.stderr,
    )
