"""Where the lens looks, and that the camera knows it: at what trips a zone and back, on patrol, away while people are home.

The policy is `domain.gaze`'s and `domain.patrol`'s; the servo moves, the camera takes the pictures.
"""

import asyncio
import logging
import math
from collections.abc import Callable

from vigie.agent.camera import Camera
from vigie.agent.camera_settings import CameraSettings
from vigie.agent.event_log import EventLog
from vigie.agent.servo import Servo
from vigie.domain import gaze, patrol
from vigie.domain.alarm_model import AlarmState, AskedBy, Cause, PointCamera, Record, TakeStill
from vigie.domain.gaze import Act, Gaze, Parking, Privacy, Seen
from vigie.domain.patrol import Patrol, PatrolConfig
from vigie.protocol import camera as protocol
from vigie.protocol.alarm import Stage
from vigie.protocol.states import Mode
from vigie.runtime.clock import Clock, wait_for_event

log = logging.getLogger(__name__)

VALUE_NAME = "lens_home_deg"
MOVING_EVERY_S = 0.1
STILL_EVERY_S = 0.5
PARKED = "the lens is parked: people are home; arm the site, or take camera.park out of the configuration"


class Lens:
    """`alarm` is the alarm's present state. `servo` is None where the camera cannot be turned."""

    def __init__(
        self,
        settings: CameraSettings,
        camera: Camera,
        servo: Servo | None,
        *,
        event_log: EventLog,
        clock: Clock,
        alarm: Callable[[], AlarmState],
    ) -> None:
        self.camera = camera
        self._settings = settings
        self._servo = servo
        self._log = event_log
        self._clock = clock
        self._alarm = alarm
        self._gaze = Gaze()
        self._parking = Parking()
        self._patrol = Patrol()
        self._patrol_config = _patrol_config(settings)
        self._watches: protocol.Cause | None = None
        self._wake = asyncio.Event()
        if servo is not None:
            servo.on_move = self._wake.set
            servo.why_refused = self.why_not_turn

    def start(self) -> None:
        """Before the camera is started: a lens that is parked shows nothing, from the first picture on."""
        park_deg = self._park_deg
        if park_deg is not None and self._wants_privacy and self._servo is not None and self._servo.commanded_deg == park_deg:
            self._parking = Parking(privacy=Privacy.PRIVATE)
            self.camera.set_private(True)

    def why_not_turn(self) -> str:
        """Why neither a hand nor an alarm may turn it now; empty where they may."""
        return "" if self._parking.privacy is Privacy.OPEN else PARKED

    def do(self, effect: PointCamera | Record | TakeStill) -> None:
        """What the alarm or a rule asks for."""
        match effect:
            case TakeStill(cause):
                self.camera.still(_because(cause, "alarm"))
            case PointCamera(preset, asked_by, cause):
                self._look_at(preset, _because(cause, asked_by))
            case Record(duration_s, asked_by, cause):
                self.camera.record(duration_s, _because(cause, asked_by))

    def _look_at(self, preset: str, cause: protocol.Cause) -> None:
        """Something happened there. A picture is taken once the lens stands still."""
        servo = self._servo
        if servo is None or servo.in_hand or self.why_not_turn():
            log.info("the camera is not turned to preset=%s: %s", preset, self.why_not_turn() or "somebody is steering it")
            return
        self._gaze = gaze.turned(self._gaze, servo.commanded_deg, self._clock.monotonic())
        self._watches = cause
        servo.point(preset)

    def disturb(self) -> None:
        """A sensor has seen something: a patrol stays where it is for a while."""
        if self._patrol_config is not None:
            self._patrol, _ = patrol.step(self._patrol, self._clock.monotonic(), self._patrol_config, may_move=False)

    def wake(self) -> None:
        """The alarm has changed."""
        self._wake.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._wake.clear()
            self._look()
            # A picture that is owed is taken as soon as the lens stands still, not with the next look of a lens at rest.
            is_eager = self._gaze.settles or (self._servo is not None and self._servo.moving)
            await wait_for_event(self._wake, MOVING_EVERY_S if is_eager else STILL_EVERY_S, self._clock)

    def _look(self) -> None:
        if self._servo is not None:
            self._park(self._servo)
            if self._parking.privacy is Privacy.OPEN:
                self._return(self._servo)
                self._go_on_patrol(self._servo)
            self.camera.look(self._servo.angle_deg, self._servo.preset, moving=self._servo.moving)
        else:
            self.camera.look(None, None, moving=False)

    def _park(self, servo: Servo) -> None:
        if (park_deg := self._park_deg) is None:
            return
        self._parking, act = gaze.park(
            self._parking, self._clock.monotonic(), is_wanted=self._wants_privacy, moving=servo.moving, in_hand=servo.in_hand
        )
        match act:
            case Act.PARK:
                home_deg = servo.commanded_deg if self._gaze.home_deg is None else self._gaze.home_deg
                if home_deg != park_deg:
                    self._log.put_value(VALUE_NAME, str(home_deg))
                self._gaze = Gaze()
                servo.turn_to(park_deg)
            case Act.BEGIN:
                self.camera.still(protocol.Cause(kind=protocol.CauseKind.RULE))
                self.camera.set_private(True)
            case Act.END:
                self.camera.set_private(False)
                servo.turn_to(_angle(self._log.saved.values.get(VALUE_NAME)))

    def _return(self, servo: Servo) -> None:
        is_busy = self.camera.records or self._alarm().stage in {Stage.PENDING, Stage.TRIGGERED}
        seen = Seen(moving=servo.moving, steered_at=servo.steered_at, is_busy=is_busy)
        looked = gaze.step(self._gaze, seen, self._clock.monotonic(), self._settings.return_after_s)
        self._gaze = looked.gaze
        if looked.has_settled and self._watches is not None:
            self.camera.still(self._watches)
        if looked.return_to_deg is not None:
            servo.turn_to(looked.return_to_deg)

    def _go_on_patrol(self, servo: Servo) -> None:
        if self._settings.patrol is None or self._patrol_config is None:
            return
        alarm = self._alarm()
        is_on = alarm.mode in self._settings.patrol.modes
        is_wanted = servo.in_hand or self.camera.records or alarm.stage in {Stage.PENDING, Stage.TRIGGERED}
        may_move = is_on and not is_wanted and self._gaze.home_deg is None and not servo.moving
        self._patrol, preset = patrol.step(self._patrol, self._clock.monotonic(), self._patrol_config, may_move=may_move)
        self.camera.patrols = is_on
        if preset is not None:
            servo.point(preset)

    @property
    def _wants_privacy(self) -> bool:
        return self._settings.park is not None and self._alarm().mode is Mode.ACTIVE

    @property
    def _park_deg(self) -> float | None:
        if self._settings.park is None or self._servo is None:
            return None
        return self._servo.angle_of(self._settings.park)


def _patrol_config(settings: CameraSettings) -> PatrolConfig | None:
    if settings.patrol is None:
        return None
    given = settings.patrol
    return PatrolConfig(presets=given.presets, dwell_s=given.dwell_s, max_moves_per_hour=given.max_moves_per_hour)


def _angle(saved: str | None) -> float:
    """Where the lens was before it was parked; straight ahead where nobody knows."""
    try:
        angle_deg = float(saved or 0.0)
    except ValueError:
        return 0.0
    return angle_deg if math.isfinite(angle_deg) else 0.0


def _because(cause: Cause | None, asked_by: AskedBy) -> protocol.Cause:
    """A detection, in the words of clips and stills."""
    kind = protocol.CauseKind(asked_by)
    if cause is None:
        return protocol.Cause(kind=kind)
    return protocol.Cause(kind=kind, event_id=cause.event_id, zone=cause.zone[:64])
