"""The camera's parts put together: orders come in, pictures go through, reports go out. Everything here runs in the event loop's
thread; other threads come in by `post`.
"""

import asyncio
import logging
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from vigie.camera.certificate import CertificateUnusable, mute_tls, tls_of
from vigie.camera.clip_desk import ClipDesk
from vigie.camera.eye import Eye
from vigie.camera.live import Live
from vigie.camera.measure import measured
from vigie.camera.media_server import MediaServer
from vigie.camera.orders import Lines, Orders
from vigie.camera.pictures import Format, NoPictures, Packet, Source
from vigie.camera.reports import Reports
from vigie.camera.shelf import Shelf
from vigie.camera.sources import source_of
from vigie.camera.troubles import CERTIFICATE, NO_PICTURES, Troubles
from vigie.camera.view_guard import ViewGuard
from vigie.camera.views import ViewShelf
from vigie.camera.wall_time import WallTime
from vigie.domain.picture_checks import COVERED, DARK, FROZEN, PictureChecks
from vigie.protocol.camera import CameraConfig
from vigie.protocol.camera_orders import Look, Order, Private, Record, Still, Stop, Told

log = logging.getLogger(__name__)

_FPS_OVER = 30
_CARD_S, _REPORTS_S = 1.2, 0.3
"""What closing may take: the agent gives two seconds."""


MakeSource = Callable[[CameraConfig, threading.Event], Source]


class CameraProcess:
    """`stop` is called when there is nothing left to do: the agent or the pictures are gone. Raises `OSError` from `start`."""

    def __init__(
        self, config: CameraConfig, lines: Lines, stdout: int, stop: Callable[[], None], *, make_source: MakeSource = source_of
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._config = config
        self._stop = stop
        self.failure: NoPictures | None = None
        self._shelf = Shelf(config.folder / "media")
        self._live = Live()
        self._wall = WallTime()
        self._checks = PictureChecks()
        self._reports = Reports(stdout, gone=lambda: self._post(stop))
        self._troubles = Troubles(self._reports)
        self._desk = ClipDesk(config, self._shelf, self._wall, reports=self._reports, troubles=self._troubles, post=self._post)
        self._orders = Orders(lines, lambda order: self._post(partial(self.obey, order)), ended=lambda: self._post(stop))
        address = (config.listen_host, config.listen_port)
        views = ViewShelf(config.folder)
        self._view = ViewGuard(views, self._wall, self._troubles, do=self._desk.card.do, post=self._post)
        self._server = MediaServer(
            address,
            config.token,
            self._shelf,
            self._live,
            stored=self._desk.stored,
            reference=views.still,
            tls=self._read_certificate(),
        )
        stopped = threading.Event()
        self._eye = Eye(
            make_source(config, stopped),
            stopped,
            config.bitrate_bps,
            self._live,
            begun=lambda form: self._post(partial(self._begun, form)),
            seen=lambda number, at_us, packets: self._post(partial(self._seen, number, at_us, packets)),
            failed=lambda error: self._post(partial(self._failed, error)),
        )
        self._frame = 0
        self._checked = 0
        self._at_us: deque[int] = deque(maxlen=_FPS_OVER)
        self._luminance: float | None = None

    def start(self) -> None:
        """All threads; pictures last, so that nothing is missed."""
        if self._config.private:
            self.obey(Private(on=True))
        self._reports.start()
        self._desk.start()
        self._view.start()
        threading.Thread(target=self._server.serve_forever, name="media-server", daemon=True).start()
        self._eye.start()
        self._orders.start()

    async def close(self) -> None:
        """The clip is finished as it is, what is to be said is said, as far as card and agent let us in time."""
        self._eye.stopped.set()
        self._live.end()
        self._desk.close(_CARD_S)
        await asyncio.sleep(0)  # what the card's thread has posted is said too
        self._reports.end(_REPORTS_S)
        self._server.server_close()

    def _read_certificate(self) -> ssl.SSLContext | None:
        try:
            return tls_of(self._config.tls_certificate, self._config.tls_key)
        except CertificateUnusable as error:
            self._troubles.begin(CERTIFICATE, f"{error}; clips stay on the card")
            return mute_tls()

    def obey(self, order: Order) -> None:
        match order:
            case Record():
                self._desk.record(order)
                self._eye.ask_keyframe()
            case Stop():
                self._desk.stop()
            case Still():
                newest = self._live.newest
                self._desk.still(order, newest.frame if newest else None, newest.at_us if newest else 0)
                if order.reference:
                    self._view.accept()
            case Look():
                self._desk.look = order
                self._wall.quality = order.clock
                self._view.look(order, time.monotonic())
                if order.angle_deg is not None:
                    self._eye.source.look(order.angle_deg)
            case Private():
                self._live.set_private(order.on)
                self._desk.set_private(order.on)
                log.info("private=%s", order.on)
            case Told():
                self._desk.told(order.id, order.state)

    def each_second(self) -> None:
        self._desk.each_second()
        self._check_picture()
        age_s = (time.monotonic_ns() // 1000 - self._at_us[-1]) / 1e6 if self._at_us else None
        self._reports.alive(
            frame=self._frame,
            frame_age_s=None if age_s is None else round(max(0.0, age_s), 2),
            fps=self._fps(),
            luminance=self._luminance,
            frozen=self._checks.frozen.present,
            viewers=self._live.viewers,
            recording=self._desk.recording,
            card=self._desk.room.model_dump(),
        )

    def _post(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended: so has what was to be called
            self._loop.call_soon_threadsafe(call)

    def _begun(self, form: Format) -> None:
        self._desk.form = form
        self._reports.say(
            "ready",
            port=self._server.port,
            source=self._eye.source.name,
            encoder=form.encoder,
            width=form.width,
            height=form.height,
            fps=form.fps,
        )

    def _seen(self, number: int, at_us: int, packets: tuple[Packet, ...]) -> None:
        self._frame = number
        self._at_us.append(at_us)
        for packet in packets:
            self._desk.packet(packet)

    def _failed(self, error: NoPictures) -> None:
        self.failure = error
        self._troubles.begin(NO_PICTURES, str(error))
        self._stop()

    def _check_picture(self) -> None:
        newest = self._live.newest
        if newest is None:
            self._luminance = None
            return
        if newest.number == self._checked:
            return  # the source gives nothing: `frame_age_s` says so
        self._checked = newest.number
        seen, now = measured(newest.frame), time.monotonic()
        self._luminance = round(seen.luminance, 3)
        self._checks = self._checks.after(seen, now)
        self._troubles.replace((DARK, COVERED, FROZEN), self._checks.troubles)
        self._view.see(newest, now, tells=self._checks.tells)

    def _fps(self) -> float:
        if len(self._at_us) < 2 or self._at_us[-1] <= self._at_us[0]:
            return 0.0
        return round((len(self._at_us) - 1) * 1e6 / (self._at_us[-1] - self._at_us[0]), 1)
