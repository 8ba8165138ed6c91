"""The siren's output: off at start, off at exit, and never on for longer than its limit."""

import asyncio
from collections.abc import Callable

from gpiozero import DigitalOutputDevice, Factory

from vigie.agent.settings import SirenSettings
from vigie.agent.states import StateBoard
from vigie.protocol.codec import JsonObject
from vigie.protocol.commands import Command, SirenCommand
from vigie.protocol.errors import BadCommand
from vigie.protocol.states import SirenState
from vigie.runtime.clock import Clock

DEFAULT_DURATION_S = 60.0


class Siren:
    """One siren. `off_at` is monotonic, None while it is silent; `latest_off_at` is as long as alarms can make it go on.

    While it sounds for an alarm or a rule no command ends it, nor shortens it: that is what disarming, and its PIN, is for.
    """

    def __init__(self, settings: SirenSettings, factory: Factory, clock: Clock, board: StateBoard) -> None:
        self._settings = settings
        self._clock = clock
        self._board = board
        self._device = DigitalOutputDevice(settings.pin, active_high=settings.active_high, initial_value=False, pin_factory=factory)
        self._off_at: float | None = None
        self._latest_off_at = 0.0
        self._is_for_alarm = False
        self._wake = asyncio.Event()
        self._publish()

    def prepare(self, command: Command) -> tuple[JsonObject, Callable[[], None]]:
        """The answer (`duration_s` as it will be, after the limit) and the deed. Raises `BadCommand`."""
        assert isinstance(command, SirenCommand)
        if command.action == "off":
            if self._is_for_alarm:
                raise BadCommand("siren", "it sounds for an alarm: disarm the site to silence it")
            return {}, self._silence_unless_for_alarm
        duration_s = min(command.duration_s or DEFAULT_DURATION_S, self._settings.max_duration_s)
        return {"duration_s": duration_s}, lambda: self._sound_longer(duration_s) if self._is_for_alarm else self._sound(duration_s)

    @property
    def sounds(self) -> bool:
        return self._off_at is not None

    async def run(self) -> None:
        """Ends the sound in time, and tells how long it goes on while it sounds."""
        while True:
            if self._off_at is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._clock.sleep(min(1.0, max(0.0, self._off_at - self._clock.monotonic())))
            if self._off_at is not None and self._clock.monotonic() >= self._off_at:
                self.silence()
            else:
                self._publish()

    def sound_at_least(self, duration_s: float) -> None:
        """On for an alarm or a rule, for so long from now. What sounds longer already goes on: a rule's five seconds do not
        end an alarm's minute. One trip after the other does not make it go on beyond its limit: after that it is the next
        trip that makes it sound again.
        """
        self._is_for_alarm = True
        self._sound_longer(duration_s)

    def silence(self) -> None:
        """Off, now."""
        self._off_at = None
        self._is_for_alarm = False
        self._device.off()
        self._publish()

    def cut(self) -> None:
        """Off at the pin, from any thread: for who must not wait for the event loop."""
        self._device.off()

    def _silence_unless_for_alarm(self) -> None:
        """An alarm may have begun while the command was written down."""
        if not self._is_for_alarm:
            self.silence()

    def _sound_longer(self, duration_s: float) -> None:
        now = self._clock.monotonic()
        if self._off_at is None or self._off_at <= now:
            self._sound(duration_s)
        elif (until := min(now + duration_s, self._latest_off_at)) > self._off_at:
            self._sound_until(until)

    def _sound(self, duration_s: float) -> None:
        now = self._clock.monotonic()
        self._latest_off_at = now + self._settings.max_duration_s
        self._sound_until(min(now + duration_s, self._latest_off_at))

    def _sound_until(self, off_at: float) -> None:
        self._off_at = off_at
        self._device.on()
        self._publish()
        self._wake.set()

    def _publish(self) -> None:
        remaining_s = 0.0 if self._off_at is None else max(0.0, self._off_at - self._clock.monotonic())
        state = SirenState(state="on" if self.sounds else "off", remaining_s=round(remaining_s, 1))
        self._board.put("siren", state.model_dump(mode="json"))

    def close(self) -> None:
        """Off, for good; gives the pin back."""
        self._device.off()
        self._device.close()
