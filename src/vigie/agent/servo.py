"""The camera's servo: commands in, pulses and a retained state out. Where it may go and how fast is `domain.servo`'s."""

import asyncio
import logging
from collections.abc import Callable

from vigie.agent.faults import Faults
from vigie.agent.pwm import PulseDriver, PwmError
from vigie.agent.settings import ServoSettings
from vigie.agent.states import StateBoard
from vigie.domain import servo
from vigie.protocol.codec import JsonObject
from vigie.protocol.commands import Command, ServoCommand
from vigie.protocol.errors import BadCommand
from vigie.protocol.states import ServoState
from vigie.runtime.clock import Clock

log = logging.getLogger(__name__)

STEP_S = 0.02
STATE_INTERVAL_S = 0.2
IN_HAND_S = 10.0


class Servo:
    """One servo. It starts where the last command left it, without pulses, and does not move by itself."""

    def __init__(
        self, settings: ServoSettings, driver: PulseDriver, clock: Clock, board: StateBoard, faults: Faults, *, start_deg: float
    ) -> None:
        self._settings = settings
        self._driver = driver
        self._clock = clock
        self._board = board
        self._faults = faults
        self._config = servo.ServoConfig(
            min_angle_deg=settings.min_angle_deg,
            max_angle_deg=settings.max_angle_deg,
            step_deg=settings.step_deg,
            presets=dict(settings.presets),
            slew_deg_s=settings.slew_deg_s,
        )
        start_deg = min(max(start_deg, settings.min_angle_deg), settings.max_angle_deg)
        self._position = servo.ServoPosition(angle_deg=start_deg, target_deg=start_deg)
        self._wake = asyncio.Event()
        self._published_at = self.steered_at = float("-inf")
        self.on_arrival: Callable[[float], None] = lambda _angle_deg: None
        self.on_move: Callable[[], None] = lambda: None
        self.why_refused: Callable[[], str] = lambda: ""
        """Why a hand may not steer now; empty while it may."""
        self._publish()

    def prepare(self, command: Command) -> tuple[JsonObject, Callable[[], None]]:
        """The answer to a command (`angle_deg` is the commanded target) and the move itself. Raises `BadCommand`."""
        assert isinstance(command, ServoCommand)
        if reason := self.why_refused():
            raise BadCommand("servo", reason)
        target_deg = servo.target_of(command, self._position, self._config)
        return {"angle_deg": round(target_deg, 2)}, lambda: self._obey(target_deg)

    @property
    def in_hand(self) -> bool:
        """Whether somebody is steering just now: the alarm and its rules then leave the camera to them."""
        return self._clock.monotonic() - self.steered_at < IN_HAND_S

    @property
    def angle_deg(self) -> float:
        """Where the pulses say now."""
        return self._position.angle_deg

    @property
    def commanded_deg(self) -> float:
        """Where it goes, or stands."""
        return self._position.commanded_deg

    @property
    def moving(self) -> bool:
        return self._position.moving

    @property
    def preset(self) -> str | None:
        """The name of where it goes, or stands, where that has one."""
        return next((name for name, angle_deg in self._config.presets.items() if angle_deg == self.commanded_deg), None)

    def angle_of(self, preset: str) -> float:
        """Of a preset that the configuration has."""
        return self._config.presets[preset]

    def point(self, preset: str) -> None:
        """Turns to a preset. Raises `BadCommand` where it has none of that name."""
        self._aim(servo.target_of(ServoCommand(preset=preset), self._position, self._config))

    def turn_to(self, angle_deg: float) -> None:
        """Turns there, or as far as it goes."""
        self._aim(min(max(angle_deg, self._config.min_angle_deg), self._config.max_angle_deg))

    def _obey(self, target_deg: float) -> None:
        if self.why_refused():  # since the command was written down
            return
        self.steered_at = self._clock.monotonic()
        self._aim(target_deg)

    def _aim(self, target_deg: float) -> None:
        self._position = servo.aim(self._position, target_deg, self._clock.monotonic(), self._config)
        self._publish()
        self._wake.set()
        self.on_move()

    async def run(self) -> None:
        """Steps the pulses at 50 Hz while there is a way to go or a holding time, and sleeps otherwise."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._position.energised:
                before = self._position
                self._position = servo.step(before, self._clock.monotonic(), self._config)
                self._drive()
                if before.moving and not self._position.moving:
                    self._publish()
                    self.on_arrival(self._position.target_deg)
                elif self._clock.monotonic() - self._published_at >= STATE_INTERVAL_S:
                    self._publish()
                await self._clock.sleep(STEP_S)

    def _drive(self) -> None:
        try:
            if self._position.energised:
                self._driver.pulse(self.pulse_us(self._position.angle_deg))
            else:
                self._driver.stop()
        except PwmError as error:
            self._faults.report("servo", str(error))
        else:
            self._faults.clear("servo")

    def pulse_us(self, angle_deg: float) -> float:
        """The pulse width of an angle: a straight line through those at -90 and +90 degrees, within servos' own limits."""
        if self._settings.inverted:
            angle_deg = -angle_deg
        span_us = self._settings.right_pulse_us - self._settings.left_pulse_us
        width_us = self._settings.left_pulse_us + (angle_deg + 90) / 180 * span_us
        return min(max(width_us, 300.0), 2700.0)

    def _publish(self) -> None:
        self._published_at = self._clock.monotonic()
        position, config = self._position, self._config
        state = ServoState(
            angle_deg=round(position.angle_deg, 1) + 0.0,  # never -0.0
            target_deg=round(position.commanded_deg, 2),
            moving=position.moving,
            min_angle_deg=config.min_angle_deg,
            max_angle_deg=config.max_angle_deg,
            step_deg=config.step_deg,
            presets=config.presets,
            driver=self._driver.name,
            fault="no pulses" if "servo" in self._faults else None,
        )
        self._board.put("servo", state.model_dump(mode="json"))

    def silence(self) -> None:
        """Ends the pulses. What the kernel refuses now is logged: the unit's ExecStopPost is the second try."""
        try:
            self._driver.stop()
        except PwmError as error:
            log.warning("servo pulses could not be ended: %s", error)

    def close(self) -> None:
        """Ends the pulses, gives the pin back."""
        self.silence()
        self._driver.close()
