"""The camera that an agent of this machine is to have: its library, its device. A servo does not answer: `pins` has its PWM."""

import importlib.util
import os
from collections.abc import Iterator

from vigie.agent.camera_settings import CameraSettings
from vigie.agent.settings import AgentSettings
from vigie.owner.configuration_checks import settings_of
from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, failed, ok

_LIBRARIES = {"synthetic": ("av",), "v4l2": ("av",), "picamera2": ("av", "picamera2")}
_FIRST = "/dev/video0"


def camera(examined: Examined) -> Iterator[Finding]:
    """One for each camera that a configuration here asks for."""
    for _, settings in settings_of(examined, AgentSettings):
        if settings.camera is not None:
            yield _camera(settings.device_id, settings.camera, examined)


def _camera(device_id: str, settings: CameraSettings, examined: Examined) -> Finding:
    for library in _LIBRARIES[settings.source]:
        if importlib.util.find_spec(library) is None:
            mend = f"`sudo apt install python3-{library}`, and an environment with --system-site-packages"
            return failed("camera", f"{device_id}: {library} is not installed", mend)
    if settings.source == "synthetic":
        return ok("camera", f"{device_id}: a drawn room, nothing is looked for")
    if settings.source == "picamera2":
        if not list((examined.root / "dev").glob("media*")):
            mend = "its ribbon, with the power off; then `rpicam-hello --list-cameras`"
            return failed("camera", f"{device_id}: the system knows no camera", mend)
        return ok("camera", f"{device_id}: picamera2, and the system knows a camera interface")
    device = examined.root / (settings.device or _FIRST).lstrip("/")
    if not device.exists():
        return failed(
            "camera", f"{device_id}: there is no {settings.device or _FIRST}", "`v4l2-ctl --list-devices`, and [camera] device"
        )
    if not os.access(device, os.R_OK | os.W_OK):
        mend = "`sudo usermod -aG video $USER`, then log in again"
        return failed("camera", f"{device_id}: this user cannot open {settings.device or _FIRST}", mend)
    return ok("camera", f"{device_id}: {settings.device or _FIRST} is there")
