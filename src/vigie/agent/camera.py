"""The camera of this Pi, as its agent sees it: recordings and stills, troubles, states, and the process that does the work.

The process has a life of its own (`camera_child.py`). Where the lens looks is `lens.py`'s.
"""

import asyncio
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vigie.agent.camera_address import listen_host, own_address, read_token, url_of
from vigie.agent.camera_board import CameraBoard
from vigie.agent.camera_child import CameraChild
from vigie.agent.camera_reports import REPORT, Alive, Better, Clip, News, Ready, Trouble
from vigie.agent.camera_settings import CameraSettings
from vigie.agent.camera_troubles import CameraTroubles
from vigie.agent.clip_events import ClipEvents
from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import WallClock
from vigie.agent.states import StateBoard
from vigie.protocol.camera import CameraConfig, Cause, CauseKind, ClipChange, MediaAddress
from vigie.protocol.camera_orders import Look, Order, Private, Record, Still, Stop, Told
from vigie.protocol.codec import JsonObject
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import Clock
from vigie.runtime.ids import new_id

log = logging.getLogger(__name__)

ARGV = (sys.executable, "-m", "vigie", "camera")
_ADDRESS_EVERY_S = 30.0
_MIN_RECORD_S = 0.1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A recording that is to go on until the monotonic moment `until`."""

    clip_id: str
    until: float
    cause: Cause


class Camera:
    """`private`: the lens is parked, nothing is recorded. `patrols` is for the state alone."""

    def __init__(
        self,
        settings: CameraSettings,
        *,
        device_id: str,
        folder: Path,
        broker: BrokerSettings,
        event_log: EventLog,
        drafts: Drafts,
        wall: WallClock,
        clock: Clock,
        faults: Faults,
        board: StateBoard,
        log_level: str = "INFO",
        argv: Sequence[str] = ARGV,
    ) -> None:
        """To be made before the log is started."""
        self._settings = settings
        self._device_id = device_id
        self._folder = folder
        self._broker = broker
        self._wall = wall
        self._clock = clock
        self._log_level = log_level
        self._token = read_token(folder, settings.token_file, faults)
        self._own_address: str | None = None
        self._clips = ClipEvents(event_log, drafts, self._told)
        self._troubles = CameraTroubles(faults)
        self._board = CameraBoard(board, clock)
        self._wanted: Wanted | None = None
        self._looks: Look | None = None
        self.private = self.patrols = False
        child = self._child = CameraChild(argv, {"LG_WD": str(folder / "run")}, clock)
        child.config, child.on_start, child.on_end = self._config, self._started, self._ended
        child.on_say, child.on_look = self._hear, self._show
        self._show()

    async def run(self) -> None:
        """Keeps the process running, and the bridge told where it is, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._child.run(), name="camera child")
            group.create_task(self._keep_address(), name="camera address")

    @property
    def pid(self) -> int | None:
        """Of the camera process."""
        return self._child.pid

    @property
    def alive(self) -> Alive | None:
        """What its process last said of itself."""
        return self._board.alive

    @property
    def records(self) -> bool:
        """Whether a recording goes on, as far as it was asked for."""
        return self._wanted is not None and self._clock.monotonic() < self._wanted.until

    @property
    def recording(self) -> Wanted | None:
        """The recording that goes on."""
        return self._wanted if self.records else None

    def new_id(self) -> str:
        """For a clip or a still: it sorts by time."""
        return new_id(self._clock.now()).replace("-", "")

    def why_not(self) -> str:
        """Why nothing can be recorded now, in words; empty where it can."""
        if self.private:
            return "the lens is parked: people are home"
        if self._troubles.has("disk_full"):
            return "the card is full"
        if self._child.watch.is_well:
            return ""
        failure = self._troubles.failure
        return f"the camera has failed: {failure[1]}" if failure else "the camera is starting"

    def record(self, duration_s: float, cause: Cause, clip_id: str | None = None) -> str:
        """Records so long from now on; what records already goes on to the later end. Returns the id of the clip.

        Also while the camera starts: then from its first picture on. Not while the lens is parked.
        """
        if self.private:
            return ""
        until = self._clock.monotonic() + duration_s
        wanted = self.recording
        if wanted is None:
            wanted = Wanted(clip_id or self.new_id(), until, cause)
        elif wanted.cause.kind is CauseKind.COMMAND and cause.kind is not CauseKind.COMMAND:
            wanted = replace(wanted, until=max(until, wanted.until), cause=cause)  # from now on no hand ends it
        else:
            wanted = replace(wanted, until=max(until, wanted.until))
        self._wanted = wanted
        self._send_record(wanted)
        return wanted.clip_id

    def stop(self) -> None:
        """Ends the recording, after its post-roll."""
        if (wanted := self.recording) is not None:
            self._wanted = replace(wanted, until=min(wanted.until, self._clock.monotonic() + self._settings.post_roll_s))
            self._send(Stop())

    def why_no_reference(self) -> str:
        """Why what is seen now cannot be what is to be seen from here, in words; empty where it can."""
        looks = self._looks
        if looks is None or looks.moving:
            return "the lens moves: wait until it rests"
        if looks.angle_deg is not None and looks.preset is None:
            return "the lens is at no preset: turn it to one first"
        return self._troubles.why_nothing_is_seen

    def still(self, cause: Cause, still_id: str | None = None, *, is_reference: bool = False) -> str:
        """Keeps a picture of now, unless the lens is parked. Returns its id."""
        order = Still(still_id=still_id or self.new_id(), cause=cause, reference=is_reference)
        if not self.private:
            self._send(order)
        return order.still_id

    def look(self, angle_deg: float | None, preset: str | None, *, moving: bool) -> None:
        """Where the lens points now."""
        looks = Look(angle_deg=angle_deg, preset=preset, moving=moving, clock=self._wall.quality())
        if looks != self._looks:
            self._looks = looks
            self._send(looks)

    def set_private(self, on: bool) -> None:
        """The lens is parked, or no longer."""
        if on == self.private:
            return
        log.info("private=%s", on)
        self.private = on
        if on:
            self._wanted = None
        self._send(Private(on=on))
        self._show()

    # Below: the process.

    async def _keep_address(self) -> None:
        while True:
            await self._find_address()
            self._show_address()
            await self._clock.sleep(_ADDRESS_EVERY_S)

    async def _find_address(self) -> None:
        """In a thread: a name server may be slow, or away."""
        found = await asyncio.to_thread(own_address, self._broker)
        self._own_address = found or self._own_address

    async def _config(self) -> bytes:
        settings = self._settings
        if self._own_address is None:
            await self._find_address()
        config = CameraConfig(
            device_id=self._device_id,
            folder=self._folder,
            source=settings.source,
            device=settings.device,
            width=settings.width,
            height=settings.height,
            fps=settings.fps,
            bitrate_bps=settings.bitrate_bps,
            pre_roll_s=settings.pre_roll_s,
            post_roll_s=settings.post_roll_s,
            max_clip_s=settings.max_clip_s,
            listen_host=settings.listen_host or listen_host(self._own_address),
            listen_port=settings.listen_port,
            token=self._token,
            tls_certificate=settings.tls_certificate,
            tls_key=settings.tls_key,
            max_bytes=settings.max_bytes,
            max_days=settings.max_days,
            min_free_bytes=settings.min_free_bytes,
            private=self.private,
            log_level=self._log_level,
        )
        return config.model_dump_json().encode()

    def _send(self, order: Order) -> None:
        self._child.send(order.model_dump_json().encode())

    def _started(self) -> None:
        self._troubles.started()
        if self._looks is not None:
            self._send(self._looks)
        if (wanted := self.recording) is not None:  # what was wanted while it was away, or when it went: the rest of it
            self._send_record(wanted)

    def _ended(self) -> None:
        self._troubles.ended(self._child.exit_status)
        if self._wanted is not None:  # it may have begun a clip of this name, and died before it said so
            self._wanted = replace(self._wanted, clip_id=self.new_id())
        self._show()

    def _hear(self, line: JsonObject) -> None:
        report = REPORT.validate_python(line)
        match report:
            case Ready():
                self._board.ready(report)
                self._show_address()
            case Alive():
                self._child.heard(report.frame_age_s)
                self._board.alive = report
            case Clip(change=change):
                self._clips.hear(change)
                if change.state == "started" and self._wanted is not None:  # perhaps the next one of a long recording
                    self._wanted = replace(self._wanted, clip_id=change.clip_id)
            case News():
                self._board.news += 1
                self._show_address()
            case Trouble(name=name, detail=detail):
                self._troubles.began(name, detail)
            case Better(name=name):
                self._troubles.over(name)
        self._show()

    def _send_record(self, wanted: Wanted) -> None:
        left_s = wanted.until - self._clock.monotonic()
        self._send(Record(clip_id=wanted.clip_id, duration_s=max(_MIN_RECORD_S, left_s), cause=wanted.cause))

    def _told(self, change: ClipChange) -> None:
        self._send(Told(id=change.clip_id, state=change.state))

    # Below: what is shown.

    def _show_address(self) -> None:
        host, port = self._settings.advertised_host or self._own_address, self._board.port
        if host is not None and port is not None:
            url = url_of(host, port, with_tls=self._settings.tls_certificate is not None)
            self._board.show_address(MediaAddress(url=url, token=self._token, news=self._board.news))

    def _show(self) -> None:
        watch, now = self._child.watch, self._clock.monotonic()
        self._troubles.look(watch, now, private=self.private)
        has_failed = self._troubles.failure is not None
        self._board.show(watch, fault=self._troubles.first, has_failed=has_failed, private=self.private, patrols=self.patrols)
