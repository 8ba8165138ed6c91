"""Cameras of the kernel: vivid's webcam that can be unplugged, and a loop that sends the MJPEG that it is fed."""

import subprocess
from pathlib import Path

from tests.hardware.installation import installed

WEBCAM = Path("/dev/video0")
LOOP = Path("/dev/video42")
_VIVID = Path("/sys/bus/platform/drivers/vivid")
_FEED = Path(__file__).with_name("feed_camera.py")


def unplug_webcam() -> None:
    """As its cable: whoever reads it is told so by the kernel."""
    (_VIVID / "unbind").write_text("vivid.0")


def plug_in_webcam() -> None:
    """Again. Nothing to do where it is there."""
    if not WEBCAM.exists():
        (_VIVID / "bind").write_text("vivid.0")


class MjpegCamera:
    """Sends pictures until `stop`; then the device is there and gives nothing, as one that hangs."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once the loop is a camera."""
        with self._log.open("ab") as log:
            argv = [installed("pi", "python"), str(_FEED), str(LOOP)]
            self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log, cwd="/")
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"sending\n", self._log.read_text()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
