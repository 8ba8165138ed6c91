"""The agent's own parts on a bench: its inputs, siren, servo and camera, and an event log that is thrown away afterwards.

Nothing here guards: no alarm, no broker, nobody's mode. What is sensed and said goes into `Pulses` and `Board`.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from gpiozero import Factory
from gpiozero.exc import GPIOZeroError
from gpiozero.pins.mock import MockFactory

from vigie.agent import arming
from vigie.agent.camera import ARGV, Camera
from vigie.agent.control import Control
from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import Machine, WallClock
from vigie.agent.inputs import EdgeCallback, GpioLine, Input, Inputs
from vigie.agent.log_file import LoggedEvent
from vigie.agent.pins import callback_thread_is_dead
from vigie.agent.pwm import SYSFS_PWM, PwmError, open_driver
from vigie.agent.sensors import Sensor, at_rest, resolve
from vigie.agent.servo import Servo
from vigie.agent.settings import AgentSettings
from vigie.agent.siren import Siren
from vigie.agent.states import StateBoard
from vigie.domain.debounce import Change
from vigie.owner.selftest.siren_guard import OFF, ON, SirenGuard
from vigie.protocol.codec import JsonObject
from vigie.protocol.commands import SirenCommand
from vigie.protocol.events import event_type
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.clock import Clock

T = TypeVar("T")

SIREN_S = 0.2
PRE_ROLL_S = 3.0
"""More than this nobody wants to wait for."""
_POST_ROLL_S = 0.2
_GUARD_SLACK_S = 0.2
"""A process whose threads all stand still for so long is stopped, or as good as dead."""


class Board(StateBoard):
    """What each part says of itself; nobody else hears it."""

    def __init__(self, device_id: str) -> None:
        super().__init__(device_id)
        self.last: dict[str, JsonObject] = {}

    def put(self, part: str, body: JsonObject) -> None:
        self.last[part] = body
        super().put(part, body)


@dataclass(slots=True)
class Pulses:
    """What one line did. `edges` are those that the kernel told, `changes` those that count, both monotonic."""

    edges: list[float] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)

    def away_from(self, rest: bool) -> int:
        """How often it left that level."""
        return sum(change.level is not rest for change in self.changes)

    def clear(self) -> None:
        self.edges.clear()
        self.changes.clear()
        self.latencies_s.clear()


class Bench:
    """`refused` says of each part that could not be had why. Made on the event loop; `close` leaves everything off."""

    def __init__(
        self,
        settings: AgentSettings,
        factory: Factory,
        clock: Clock,
        folder: Path,
        *,
        simulated: bool,
        start_deg: float = 0.0,
        pwm_root: Path = SYSFS_PWM,
        camera_argv: Sequence[str] = ARGV,
    ) -> None:
        """Claims the pins of all parts in `settings`. `folder` is for the trial alone."""
        self.settings = settings
        self.clock = clock
        self.folder = folder
        self.simulated = simulated
        self.faults = Faults()
        self.board = Board(settings.device_id)
        self.machine = Machine(folder)
        self.refused: dict[str, str] = {}
        self.pulses: dict[str, Pulses] = {}
        self.clips: list[Mapping[str, object]] = []
        self.start_deg = start_deg
        self._factory = factory
        self._changed_at: dict[str, float] = {}
        self._wall = WallClock(clock, is_set=simulated)
        self._drafts = Drafts(self._wall, clock)
        self.log = EventLog(folder, self.faults, clock, wall=self._wall)
        self.inputs = Inputs(clock, self.faults, self._changed, partial(callback_thread_is_dead, factory))
        self.siren = self._claimed("siren", self._make_siren)
        self.servo = self._claimed("servo", partial(self._make_servo, pwm_root))
        self.camera = self._make_camera(camera_argv)
        self.log.on_accepted.append(self._accepted)
        self.log.start()
        for sensor in self._sensors():
            self.pulses[sensor.name] = Pulses()
            self._claimed(sensor.name, partial(self._add, sensor))

    async def until(self, condition: Callable[[], bool], within_s: float, *, look_s: float = 0.1) -> bool:
        """Whether it came true in time; looked at so often."""
        deadline = self.clock.monotonic() + within_s
        while not condition():
            left_s = deadline - self.clock.monotonic()
            if left_s <= 0:
                return False
            await self.clock.sleep(min(left_s, look_s))
        return True

    async def sound(self) -> float:
        """Sounds the siren for a moment; for how long it was on. Off then, whatever holds the event loop up, and whatever
        becomes of us. Raises `GuardNotReady`: then it was not sounded.
        """
        assert self.siren is not None
        _, deed = self.siren.prepare(SirenCommand(action="on", duration_s=SIREN_S))
        guard = self._siren_guard()
        try:
            if guard is not None:
                await asyncio.to_thread(guard.start)
            return await self._sound(self.siren, deed, guard)
        finally:
            if guard is not None:
                guard.close()

    async def _sound(self, siren: Siren, deed: Callable[[], None], guard: SirenGuard | None) -> float:
        tell = (lambda _word: None) if guard is None else guard.tell

        def cut() -> None:
            siren.cut()
            tell(OFF)

        timer = threading.Timer(SIREN_S, cut)
        began = self.clock.monotonic()
        try:
            tell(ON)
            deed()
            timer.start()
            await self.until(lambda: not siren.sounds, 5 * SIREN_S, look_s=0.005)
        finally:
            siren.silence()
            timer.cancel()
            if timer.is_alive():
                timer.join()
            tell(OFF)
        return self.clock.monotonic() - began

    def _siren_guard(self) -> SirenGuard | None:
        """None on mock pins: those of another process are others."""
        settings = self.settings.siren
        if settings is None or isinstance(self._factory, MockFactory):
            return None
        return SirenGuard(settings, self.folder / "run", SIREN_S + _GUARD_SLACK_S)

    def control(self) -> Control:
        """The socket by which `vigie trigger` drives mock pins."""
        assert isinstance(self._factory, MockFactory)
        return Control(
            self.settings.device_id,
            self.settings.folder,
            factory=self._factory,
            inputs=self.inputs,
            event_log=self.log,
            clock=self.clock,
        )

    def silence(self) -> None:
        """Siren off, servo pulses off."""
        for part in (self.siren, self.servo):
            if part is not None:
                part.silence()

    def close(self) -> None:
        """Lets go of everything, once."""
        for part in (self.siren, self.servo):
            if part is not None:
                part.close()
        self.inputs.close()
        self.log.close()
        self._factory.close()

    def _sensors(self) -> list[Sensor]:
        sensors = [resolve(name, settings) for name, settings in self.settings.sensors.items()]
        if self.settings.arming is not None:
            sensors.append(arming.sensor_of(self.settings.arming))
        is_mock = isinstance(self._factory, MockFactory)
        return [at_rest(sensor) if is_mock else sensor for sensor in sensors]

    def _claimed(self, part: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except PwmError as error:
            self.refused[part] = str(error)
        except GPIOZeroError as error:
            self.refused[part] = f"its pin cannot be used: {error}"
        return None

    def _add(self, sensor: Sensor) -> None:
        def line(on_edge: EdgeCallback, on_storm: Callable[[], None]) -> GpioLine:
            def heard(level: bool, at: float) -> None:
                self.pulses[sensor.name].edges.append(at)
                on_edge(level, at)

            return GpioLine(sensor, self._factory, self.clock, heard, on_storm)

        self.inputs.add(sensor, line)

    def _make_siren(self) -> Siren | None:
        return Siren(self.settings.siren, self._factory, self.clock, self.board) if self.settings.siren else None

    def _make_servo(self, pwm_root: Path) -> Servo | None:
        settings = self.settings.servo
        if settings is None:
            return None
        driver = open_driver(settings.pin, settings.driver, self._factory, self.clock, simulated=self.simulated, root=pwm_root)
        return Servo(settings, driver, self.clock, self.board, self.faults, start_deg=self.start_deg)

    def _make_camera(self, argv: Sequence[str]) -> Camera | None:
        settings = self.settings.camera
        if settings is None:
            return None
        # It serves nobody, so no name has to be looked up for it and no port can be in its way.
        alone = {"listen_host": "127.0.0.1", "listen_port": 0, "advertised_host": None, "token_file": None}
        quick = {"pre_roll_s": min(settings.pre_roll_s, PRE_ROLL_S), "post_roll_s": _POST_ROLL_S}
        return Camera(
            settings.model_copy(update={**alone, **quick}),
            device_id=self.settings.device_id,
            folder=self.folder,
            broker=BrokerSettings(url="127.0.0.1"),
            event_log=self.log,
            drafts=self._drafts,
            wall=self._wall,
            clock=self.clock,
            faults=self.faults,
            board=self.board,
            log_level="ERROR",
            argv=argv,
        )

    def _changed(self, item: Input, change: Change, lasted_s: float | None) -> None:
        if lasted_s is None:
            return
        sensor = item.sensor
        self.pulses[sensor.name].changes.append(change)
        body = sensor.event_body(change.level, round(lasted_s * 1000))
        type_ = event_type(sensor.name, body, sensor.kind.name)
        draft = self._drafts.make(sensor.name, body, type_=type_, kind=sensor.meta_kind, at=change.at)
        self._changed_at[draft.id] = change.at
        self.log.accept(draft)

    def _accepted(self, event: LoggedEvent) -> None:
        if (at := self._changed_at.pop(event.draft.id, None)) is not None:
            self.pulses[event.draft.sensor].latencies_s.append(self.clock.monotonic() - at)
        elif event.draft.type == "clip":
            self.clips.append(event.draft.body)
