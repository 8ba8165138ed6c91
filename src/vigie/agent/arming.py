"""A key switch or a button that arms, on a pin. How it stands at a start means nothing: only turning it does."""

from functools import partial

from gpiozero import Factory

from vigie.agent.alarm_settings import ArmingSettings
from vigie.agent.faults import Faults
from vigie.agent.inputs import GpioLine, Input, Inputs
from vigie.agent.mode import ModeKeeper
from vigie.agent.sensors import Sensor, resolve
from vigie.agent.settings import SensorSettings
from vigie.domain.debounce import Change
from vigie.protocol.states import Mode
from vigie.runtime.clock import Clock

NAME = "arming"
_SETTLE_S = 0.05
"""A key is turned slowly; what is shorter is no key."""


def sensor_of(settings: ArmingSettings) -> Sensor:
    """The switch as an input."""
    wiring = SensorSettings(
        pin=settings.pin, pull=settings.pull, active_high=settings.is_active_high, settle_s=_SETTLE_S, stuck_after_s=0
    )
    return resolve(NAME, wiring)


class ArmingSwitch:
    """Turns into changes of the mode, which are obeyed at once and told to the site."""

    def __init__(
        self, settings: ArmingSettings, device_id: str, mode: ModeKeeper, *, factory: Factory, clock: Clock, faults: Faults
    ) -> None:
        self._settings = settings
        self._origin = f"{settings.kind} {device_id}"
        self._mode = mode
        self.inputs = Inputs(clock, faults, self._changed)
        self._sensor = sensor_of(settings)
        self._line = partial(GpioLine, self._sensor, factory, clock)

    def start(self) -> None:
        """Claims the pin."""
        self.inputs.add(self._sensor, self._line)

    def _changed(self, item: Input, change: Change, lasted_s: float | None) -> None:
        if lasted_s is None or item.storm_until is not None:  # a wire that has come off reads anything: it must not disarm
            return
        wanted = self._wanted(is_on=change.level)
        if wanted is not None and (wanted is not Mode.ACTIVE or self._settings.may_disarm):
            self._mode.set(wanted, changed_by=self._settings.kind, changed_from=self._origin)

    def _wanted(self, *, is_on: bool) -> Mode | None:
        armed = Mode(self._settings.mode)
        if self._settings.kind == "key_switch":
            return armed if is_on else Mode.ACTIVE
        if not is_on:
            return None
        return armed if self._mode.record.mode is Mode.ACTIVE else Mode.ACTIVE
