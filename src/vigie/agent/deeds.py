"""What this Pi can do of what its alarm and its rules may ask for: siren and servo. The camera's part will join them here."""

import logging

from vigie.agent.servo import Servo
from vigie.agent.siren import Siren
from vigie.domain.alarm_model import Effect, PointCamera, Record, SilenceSiren, SoundSiren
from vigie.protocol.codec import JsonObject
from vigie.protocol.errors import BadCommand

log = logging.getLogger(__name__)


class Deeds:
    """Does effects. What a part refuses is logged; what its pin raises is raised."""

    def __init__(self, siren: Siren | None, servo: Servo | None) -> None:
        self._siren = siren
        self._servo = servo

    def do(self, effect: Effect) -> None:
        """Now. What this Pi has no part for is left out: its decision says so."""
        match effect:
            case SoundSiren(duration_s) if self._siren is not None:
                self._siren.sound_at_least(duration_s)
            case SilenceSiren() if self._siren is not None:
                self._siren.silence()
            case PointCamera(preset) if self._servo is not None:
                self._point(self._servo, preset)
            case Record() | _:
                pass

    def why_not(self, effect: JsonObject) -> JsonObject:
        """For an effect as it stands in a decision: nothing, or that it is not done and why."""
        reason = ""
        if "siren_s" in effect and self._siren is None:
            reason = "no siren on this device"
        elif "preset" in effect and self._servo is None:
            reason = "no servo on this device"
        elif "preset" in effect and self._servo is not None and self._servo.in_hand:
            reason = "somebody is steering the camera"
        elif "record_s" in effect:
            reason = "no camera on this device"
        return {"done": False, "reason": reason} if reason else {}

    @staticmethod
    def _point(servo: Servo, preset: str) -> None:
        if servo.in_hand:
            log.info("somebody is steering the camera: it is not turned to preset=%s", preset)
            return
        try:
            servo.point(preset)
        except BadCommand as error:  # the configuration was checked: only a preset taken away at run time
            log.warning("the camera is not turned: %s", error.reason)
