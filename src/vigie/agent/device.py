"""Everything that is this device, put together: log, sensors, servo, siren, mode. It works the same without a broker."""

import logging
import math
from functools import partial
from typing import TYPE_CHECKING

from gpiozero import Factory
from gpiozero.pins.mock import MockFactory

from vigie.agent.alarm import Alarm
from vigie.agent.alarm_board import AlarmBoard
from vigie.agent.arming import ArmingSwitch
from vigie.agent.arrivals import Arrivals
from vigie.agent.camera_settings import CameraSettings
from vigie.agent.commands import Commands, Part
from vigie.agent.control import Control
from vigie.agent.deeds import Deeds
from vigie.agent.drafts import Drafts
from vigie.agent.event_log import EventLog, LogUnavailable
from vigie.agent.faults import Faults
from vigie.agent.health import Machine, WallClock
from vigie.agent.heartbeat import Pulse
from vigie.agent.inputs import GpioLine, Inputs
from vigie.agent.log_file import LoggedEvent
from vigie.agent.mode import VALUE_NAME as MODE_VALUE
from vigie.agent.mode import ModeKeeper
from vigie.agent.peers import Peers
from vigie.agent.peers import filters as peer_topics
from vigie.agent.pins import callback_thread_is_dead
from vigie.agent.publisher import Publisher
from vigie.agent.pwm import open_driver
from vigie.agent.sensors import Sensor, at_rest, resolve
from vigie.agent.servo import Servo
from vigie.agent.settings import AgentSettings
from vigie.agent.siren import Siren
from vigie.agent.states import StateBoard
from vigie.agent.supervision import Supervision, TroubleTeller
from vigie.agent.wakefulness import Wakefulness
from vigie.agent.watch import Watch
from vigie.domain.alarm_model import is_guarded
from vigie.protocol.alarm import ALARM
from vigie.protocol.events import ClockQuality
from vigie.protocol.times import to_unix_ms
from vigie.runtime.clock import Clock
from vigie.runtime.config_error import ConfigError
from vigie.runtime.ids import boot_id
from vigie.runtime.mode_keys import ModeKey, Writers, read_key

if TYPE_CHECKING:
    from vigie.agent.lens import Lens

log = logging.getLogger(__name__)

SERVO_VALUE = "servo_deg"
TIMES_INTERVAL_S = 2.0


class Device:
    """The parts of one Pi. Made on the event loop; `start` begins to listen to the pins."""

    def __init__(self, settings: AgentSettings, factory: Factory, clock: Clock, *, simulated: bool) -> None:
        """Opens the log and claims the pins. Raises what they raise: `sqlite3.Error`, `OSError`, gpiozero's, `PwmError`."""
        self.settings = settings
        self.device_id = settings.device_id
        self._factory = factory
        self._clock = clock
        self._sensors: dict[str, Sensor] = {}
        self.faults = Faults()
        self.board = StateBoard(settings.device_id)
        self.wall = WallClock(clock, is_set=simulated)
        self.log = EventLog(settings.folder, self.faults, clock, wall=self.wall, bounds=settings.log.bounds)
        self._boot_id = boot = boot_id()
        self.pulse = Pulse(
            self.device_id,
            boot,
            clock=clock,
            wall=self.wall,
            machine=Machine(settings.folder),
            event_log=self.log,
            faults=self.faults,
            board=self.board,
        )
        self.publisher = Publisher(self.device_id, boot, self.log, self.faults, clock)
        self.wakefulness = Wakefulness(clock)
        self.arrivals = Arrivals(clock, self.wakefulness)
        self.siren = Siren(settings.siren, factory, clock, self.board) if settings.siren else None
        self.servo = self._make_servo(saved_angle_deg(self.log.saved.values.get(SERVO_VALUE)), simulated=simulated)
        self._drafts = Drafts(self.wall, clock)
        parts: dict[str, Part] = {}
        if self.servo is not None:
            parts["servo"] = self.servo
        if self.siren is not None:
            parts["siren"] = self.siren
        self.capabilities = (*settings.sensors, *parts)
        self.lens = self._make_lens(settings.camera, parts) if settings.camera else None
        self.commands = Commands(self.device_id, parts, self.log, self.pulse, self.arrivals)
        self._make_alarm(boot)

    def _make_lens(self, settings: CameraSettings, parts: dict[str, Part]) -> "Lens":
        from vigie.agent.camera_parts import make_lens  # an agent without a camera does without these modules

        self.capabilities = (*self.capabilities, "camera")
        lens, commands = make_lens(
            settings,
            self.settings,
            servo=self.servo,
            event_log=self.log,
            drafts=self._drafts,
            wall=self.wall,
            clock=self._clock,
            faults=self.faults,
            board=self.board,
            alarm=lambda: self.alarm.state,
        )
        parts.update(commands)
        return lens

    def _make_alarm(self, boot: str) -> None:
        settings, clock = self.settings, self._clock
        drafts = self._drafts
        self.alarm = Alarm(
            self.device_id,
            settings.alarm_config,
            log=self.log,
            drafts=drafts,
            wall=self.wall,
            clock=clock,
            faults=self.faults,
            boot_id=boot,
            deeds=Deeds(self.siren, self.servo, self.lens),
            rules=settings.alarm_rules,
            sounds_for_others=settings.alarm.siren_for_others,
        )
        self.mode = ModeKeeper(
            self.device_id,
            self.log,
            self.wall,
            clock,
            saved=self.log.saved.values.get(MODE_VALUE),
            fallback=self.alarm.mode_record,
            arrivals=self.arrivals,
            writers=Writers(settings.site.mode_writers),
            key=self._mode_key(),
            faults=self.faults,
        )
        self.mode.on_change = self.alarm.set_mode
        last_events = {name: event for name in settings.sensors if (event := self.log.last_event(name)) is not None}
        self.watch = Watch(
            clock,
            self.wall,
            self.board,
            faults=self.faults,
            boot_id=boot,
            drafts=drafts,
            alarm=self.alarm,
            last_events=last_events,
        )
        self.inputs = Inputs(clock, self.faults, self.watch.changed, partial(callback_thread_is_dead, self._factory))
        self.arming = (
            ArmingSwitch(settings.arming, self.device_id, self.mode, factory=self._factory, clock=clock, faults=self.faults)
            if settings.arming
            else None
        )
        self.peers = Peers(self.device_id, clock, self.arrivals, self.alarm.happened)
        self.peer_topics = peer_topics(self.device_id, settings.alarm_config, settings.alarm_rules)
        self.supervision = Supervision(
            self.faults,
            Machine(settings.folder),
            self.wall,
            clock,
            is_guarding=lambda: is_guarded(self.alarm.state.mode),
            peers_heard_at=self.peers.heard_at,
        )
        self.troubles = TroubleTeller(self.faults, self.log, drafts, clock)

    def _mode_key(self) -> ModeKey | None:
        """A Pi whose key is lost guards all the same, and says so: only what its own switch sets will nobody else take up."""
        try:
            return read_key(self.settings.site.mode_key_file)
        except ConfigError as error:
            self.faults.report("mode_key", str(error))
            return None

    def _make_servo(self, start_deg: float, *, simulated: bool) -> Servo | None:
        if self.settings.servo is None:
            return None
        simulated = simulated or isinstance(self._factory, MockFactory)
        driver = open_driver(self.settings.servo.pin, self.settings.servo.driver, self._factory, self._clock, simulated=simulated)
        servo = Servo(self.settings.servo, driver, self._clock, self.board, self.faults, start_deg=start_deg)
        servo.on_arrival = self._save_servo
        return servo

    def start(self) -> None:
        """Starts the log's thread and the inputs: from here on nothing is missed."""
        self.log.on_accepted.append(self._accepted)
        self.log.start()
        self.alarm.resume(self.mode.record)  # before the sensors are read: what they show is of now
        if self.lens is not None:
            self.lens.start()
        for name, sensor_settings in self.settings.sensors.items():
            sensor = resolve(name, sensor_settings)
            if isinstance(self._factory, MockFactory):
                sensor = at_rest(sensor)
            self._sensors[name] = sensor
            was_stuck = f"stuck:{name}" in self.troubles.told
            self.inputs.add(sensor, partial(GpioLine, sensor, self._factory, self._clock), was_stuck=was_stuck)
        if self.arming is not None:
            self.arming.start()
        alarm_board = AlarmBoard(self._sensors, self.alarm.config, self.wall)
        self.alarm.on_change = partial(self._alarm_changed, alarm_board)
        self.faults.on_change = self._faults_changed
        self._faults_changed()

    def control(self, factory: MockFactory) -> Control:
        """The socket that drives this device's mock pins."""
        return Control(
            self.device_id, self.settings.folder, factory=factory, inputs=self.inputs, event_log=self.log, clock=self._clock
        )

    def _alarm_changed(self, alarm_board: AlarmBoard) -> None:
        self.board.put(ALARM, alarm_board.body(self.alarm.state, self._clock.monotonic()))
        if self.lens is not None:
            self.lens.wake()

    def _accepted(self, event: LoggedEvent) -> None:
        if self.lens is not None and event.draft.sensor in self._sensors:
            self.lens.disturb()
        self.publisher.offer(event)
        self.pulse.hurry()

    def _faults_changed(self) -> None:
        for name in self.inputs.names():
            self.watch.publish_state(self.inputs[name])
        self.pulse.publish_health()
        self.troubles.faults_changed()

    def _save_servo(self, angle_deg: float) -> None:
        self.log.put_value(SERVO_VALUE, str(angle_deg))

    async def keep_times(self) -> None:
        """Fills in the wall time of events from before this boot's clock was known, for ever."""
        while True:
            quality = self.wall.quality()
            if self.log.lacks_times and quality is not ClockQuality.UNSYNCED:
                self.log.lacks_times = False
                offset_ms = to_unix_ms(self._clock.now()) - round(self._clock.monotonic() * 1000)
                try:
                    await self.log.fill_times(self._boot_id, offset_ms, quality)
                except LogUnavailable:
                    self.log.lacks_times = True
            await self._clock.sleep(TIMES_INTERVAL_S)

    def silence(self) -> None:
        """Siren off, servo pulses off: what must not go on when we go."""
        for part in (self.siren, self.servo):
            if part is not None:
                part.silence()

    def close(self) -> None:
        """Lets go of everything, once."""
        for part in (self.siren, self.servo):
            if part is not None:
                part.close()
        self.inputs.close()
        if self.arming is not None:
            self.arming.inputs.close()
        self.log.close()


def saved_angle_deg(saved: str | None) -> float:
    """The angle that the log kept; straight ahead where it has none that can be read."""
    try:
        angle_deg = float(saved or 0.0)
    except ValueError:
        angle_deg = math.nan
    if math.isfinite(angle_deg):
        return angle_deg
    log.warning("the saved servo angle %r cannot be read", saved)
    return 0.0
