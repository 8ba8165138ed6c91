"""What this Pi can do of what its alarm and its rules may ask for: siren, servo, camera."""

import logging
from typing import TYPE_CHECKING

from vigie.agent.servo import Servo
from vigie.agent.siren import Siren
from vigie.domain.alarm_model import Effect, PointCamera, Record, SilenceSiren, SoundSiren, TakeStill
from vigie.protocol.codec import JsonObject
from vigie.protocol.errors import BadCommand

if TYPE_CHECKING:  # an agent without a camera does without its modules
    from vigie.agent.lens import Lens

log = logging.getLogger(__name__)


class Deeds:
    """Does effects. What a part refuses is logged; what its pin raises is raised."""

    def __init__(self, siren: Siren | None, servo: Servo | None, lens: "Lens | None" = None) -> None:
        self._siren = siren
        self._servo = servo
        self._lens = lens

    def do(self, effect: Effect) -> None:
        """Now. What this Pi has no part for is left out: its decision says so."""
        match effect:
            case SoundSiren(duration_s) if self._siren is not None:
                self._siren.sound_at_least(duration_s)
            case SilenceSiren() if self._siren is not None:
                self._siren.silence()
            case PointCamera() | Record() | TakeStill() if self._lens is not None:
                self._lens.do(effect)
            case PointCamera(preset) if self._servo is not None:
                self._point(self._servo, preset)
            case _:
                pass

    def why_not(self, effect: JsonObject) -> JsonObject:
        """For an effect as it stands in a decision: nothing, or that it is not done and why."""
        reason = ""
        if "siren_s" in effect and self._siren is None:
            reason = "no siren on this device"
        elif "preset" in effect:
            reason = self._why_not_turned()
        elif "record_s" in effect:
            reason = self._lens.camera.why_not() if self._lens is not None else "no camera on this device"
        return {"done": False, "reason": reason} if reason else {}

    def _why_not_turned(self) -> str:
        if self._servo is None:
            return "no servo on this device"
        if self._lens is not None and (reason := self._lens.why_not_turn()):
            return reason
        return "somebody is steering the camera" if self._servo.in_hand else ""

    @staticmethod
    def _point(servo: Servo, preset: str) -> None:
        if servo.in_hand:
            log.info("somebody is steering the camera: it is not turned to preset=%s", preset)
            return
        try:
            servo.point(preset)
        except BadCommand as error:  # the configuration was checked: only a preset taken away at run time
            log.warning("the camera is not turned: %s", error.reason)
