"""A Pi's own camera: picamera2, as apt installs it (never pip: it is bound to the system's libcamera, numpy and PyAV).

Pis up to the 4 encode in hardware, and libcamera scales a second, small picture for the live view. A Pi 5 has no encoder: there
ours works (libx264). The streams are configured once: changing them leaks the camera's memory (picamera2 #1125, #1130).
"""

import importlib
import queue
from collections.abc import Callable
from typing import Any

from av import VideoFrame

from vigie.camera.encoder import planar_frame
from vigie.camera.parameter_sets import ParameterSets
from vigie.camera.pictures import Format, NoPictures, Packet, Picture

SMALL_WIDTH = 640
BUFFERS = 4
"""Each is a whole picture of the 256 MB that a Zero 2 W has for them; fewer stutter, more do not fit (picamera2 #972)."""
HARDWARE = "hardware (V4L2 H.264)"
_APT = "sudo apt install --no-install-recommends python3-picamera2, and a venv with --system-site-packages"


class Picamera2Source:
    """`load` imports a module of picamera2's, or what a test has instead."""

    name = "picamera2"

    def __init__(self, form: Format, bitrate_bps: int, *, load: Callable[[str], Any] = importlib.import_module) -> None:
        self._form = form
        self._bitrate_bps = bitrate_bps
        self._load = load
        self._camera: Any = None
        self._encoder: Any = None
        self._packets: queue.SimpleQueue[Packet] = queue.SimpleQueue()
        self._sets = ParameterSets()
        self._number = 0

    def open(self) -> Format:
        try:
            library = self._load("picamera2")
            platform = self._load("picamera2.platform")
        except ImportError as error:
            raise NoPictures(f"picamera2 cannot be imported ({error}): {_APT}") from error
        if not library.Picamera2.global_camera_info():
            raise NoPictures("libcamera finds no camera; check the ribbon cable on both ends, then `rpicam-hello --list-cameras`")
        try:
            self._camera = library.Picamera2()
            self._configure()
            if platform.get_platform() == platform.Platform.VC4:
                self._start_encoder()
            self._camera.start()
        except (RuntimeError, OSError) as error:
            raise NoPictures(_in_words(error)) from error
        form = self._form
        return Format(form.width, form.height, form.fps, HARDWARE if self._encoder is not None else None)

    def read(self) -> Picture:
        try:
            request = self._camera.capture_request()
            try:
                at_us = request.get_metadata()["SensorTimestamp"] // 1000
                frame, small = self._frame(request, "main"), self._frame(request, "lores")
            finally:
                request.release()
        except (RuntimeError, OSError) as error:
            raise NoPictures(_in_words(error)) from error
        self._number += 1
        return Picture(self._number, at_us, frame, self._encoded() if self._encoder is not None else None, small)

    def look(self, angle_deg: float) -> None:
        """The servo turns it, nobody else."""

    def ask_keyframe(self) -> None:
        if self._encoder is not None and hasattr(self._encoder, "force_key_frame"):  # from picamera2 0.3.32 on
            self._encoder.force_key_frame()

    def close(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            if self._encoder is not None:
                camera.stop_encoder()
            camera.stop()
            camera.close()

    def _configure(self) -> None:
        form = self._form
        small_width = min(SMALL_WIDTH, form.width)
        self._camera.configure(
            self._camera.create_video_configuration(
                main={"size": (form.width, form.height), "format": "YUV420"},
                lores={"size": (small_width, form.height * small_width // form.width // 2 * 2), "format": "YUV420"},
                controls={"FrameRate": form.fps},
                buffer_count=BUFFERS,
            )
        )

    def _start_encoder(self) -> None:
        encoders, outputs = self._load("picamera2.encoders"), self._load("picamera2.outputs")
        encoder = encoders.H264Encoder(bitrate=self._bitrate_bps, repeat=True, iperiod=round(self._form.fps))
        sets, packets = self._sets, self._packets

        def outputframe(_output: Any, frame: Any, _keyframe: bool = True, timestamp: int | None = None, *_more: Any) -> None:
            data, is_keyframe = sets.complete(bytes(frame))
            packets.put(Packet(data, encoder.firsttimestamp + (timestamp or 0), is_keyframe))

        self._encoder = encoder
        sink = type("Sink", (outputs.Output,), {"outputframe": outputframe})
        self._camera.start_encoder(encoder, sink(), name="main")

    def _encoded(self) -> tuple[Packet, ...]:
        """What the encoder's thread has put there since the last picture."""
        found = []
        while not self._packets.empty():
            found.append(self._packets.get_nowait())
        return tuple(found)

    def _frame(self, request: Any, stream: str) -> VideoFrame:
        config = self._camera.camera_configuration()[stream]
        width, height = config["size"]
        return planar_frame(memoryview(request.make_buffer(stream)), width, height, config["stride"])


def _in_words(error: Exception) -> str:
    """picamera2 says most things as `RuntimeError`."""
    return (
        f"picamera2: {error}; if another program uses the camera (a `rpicam-…`, an older agent), end it; "
        "if it says `Cannot allocate memory`, choose a smaller picture"
    )
