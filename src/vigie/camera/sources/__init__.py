"""The sources by their names. Each is imported when it is asked for: picamera2 is not to be had but on a Pi."""

import threading

from vigie.camera.pictures import Format, Source
from vigie.protocol.camera import CameraConfig

_PI = Format(1280, 720, 15.0)


def source_of(config: CameraConfig, stopped: threading.Event) -> Source:
    """Not open yet. `stopped` ends waits inside it, where it can."""
    if config.source == "synthetic":
        from vigie.camera.sources.synthetic import USUAL, SyntheticSource

        return SyntheticSource(config.device_id, stopped, _asked_for(config, USUAL))
    if config.source == "v4l2":
        from vigie.camera.sources.v4l2 import V4l2Source

        return V4l2Source(config.device or "/dev/video0", _asked_for(config, _PI))
    from vigie.camera.sources.picamera2 import Picamera2Source

    return Picamera2Source(_asked_for(config, _PI), config.bitrate_bps)


def _asked_for(config: CameraConfig, usual: Format) -> Format:
    return Format(config.width or usual.width, config.height or usual.height, config.fps or usual.fps)
