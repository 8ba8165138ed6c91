"""The thread that takes pictures: source, encoder, and on to who wants them. It may hang in a driver; nobody waits for it."""

import logging
import threading
from collections.abc import Callable

from vigie.camera.encoder import LIBX264, H264Encoder
from vigie.camera.live import Live
from vigie.camera.pictures import Format, NoPictures, Packet, Source

log = logging.getLogger(__name__)


class Eye(threading.Thread):
    """`begun`, `seen` (number, at_us, packets) and `failed` are called in this thread."""

    def __init__(
        self,
        source: Source,
        stopped: threading.Event,
        bitrate_bps: int,
        live: Live,
        *,
        begun: Callable[[Format], None],
        seen: Callable[[int, int, tuple[Packet, ...]], None],
        failed: Callable[[NoPictures], None],
    ) -> None:
        super().__init__(name="eye", daemon=True)
        self.source = source
        self.stopped = stopped
        self._bitrate_bps = bitrate_bps
        self._live = live
        self._begun = begun
        self._seen = seen
        self._failed = failed
        self._encoder: H264Encoder | None = None

    def ask_keyframe(self) -> None:
        self.source.ask_keyframe()
        if self._encoder is not None:
            self._encoder.ask_keyframe()

    def run(self) -> None:
        try:
            form = self.source.open()
            if form.encoder is None:
                self._encoder = H264Encoder(form, self._bitrate_bps)
            self._watch(form)
        except NoPictures as error:
            if not self.stopped.is_set():
                self._failed(error)
        finally:
            self.source.close()

    def _watch(self, form: Format) -> None:
        is_first = True
        while not self.stopped.is_set():
            picture = self.source.read()
            packets = picture.packets
            if packets is None:
                assert self._encoder is not None, "a source without an encoder gives frames"
                assert picture.frame is not None
                packets = self._encoder.encode(picture.frame, picture.at_us)
            if picture.frame is not None:
                self._live.show(picture.number, picture.at_us, picture.frame)
            if is_first:
                self._begun(form if form.encoder else Format(form.width, form.height, form.fps, LIBX264))
                is_first = False
            self._seen(picture.number, picture.at_us, packets)
