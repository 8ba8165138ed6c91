"""Servo pulses: the kernel's PWM by sysfs, or gpiozero where there is none. Policy is `domain.servo`'s.

gpiozero on lgpio has whole-percent duty, 200 us steps: six positions over 180 degrees (gpiozero #1209). The kernel's PWM
has nanoseconds and no jitter.
"""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from gpiozero import Factory, PWMOutputDevice

from vigie.runtime.clock import Clock

log = logging.getLogger(__name__)

PERIOD_NS = 20_000_000
EXPORT_TIMEOUT_S = 2.0
_LGPIO_DUTY_DIGITS = 2
SYSFS_PWM = Path("/sys/class/pwm")

# Device behind the chip -> its channel for a BCM pin. Chip numbers move between kernels (raspberrypi/linux #6818).
_PI5_CHANNELS = {12: 0, 13: 1, 18: 2, 19: 3}
_PI0_TO_4_CHANNELS = {12: 0, 18: 0, 13: 1, 19: 1}
_CHANNELS = {
    "1f00098000.pwm": _PI5_CHANNELS,
    "fe20c000.pwm": _PI0_TO_4_CHANNELS,
    "3f20c000.pwm": _PI0_TO_4_CHANNELS,
    "2020c000.pwm": _PI0_TO_4_CHANNELS,
}

_PAUSE = threading.Event()  # never set: a blocking pause, at start only, before anything else runs


class PwmError(Exception):
    """The servo's pulses cannot be made; the text says why and how to mend it."""


class PulseDriver(Protocol):
    """Makes servo pulses on one pin. `name` is shown in the servo's state."""

    name: str

    def pulse(self, width_us: float) -> None:
        """Sends pulses of this width from now on. Raises `PwmError`."""
        ...

    def stop(self) -> None:
        """No pulses: the servo is free. Raises `PwmError`."""
        ...

    def close(self) -> None: ...


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="ascii") as file:
        file.write(text)


class SysfsPwm:
    """One channel of a kernel PWM chip. Pulses outlive the process, so `close` (and the unit's ExecStopPost) ends them."""

    name = "sysfs"

    def __init__(self, chip: Path, channel: int, clock: Clock, write: Callable[[Path, str], None] = _write) -> None:
        """Exports the channel and prepares it, silent. Blocks until udev has given us its files. Raises `PwmError`."""
        self._channel = chip / f"pwm{channel}"
        self._write = write
        self._enabled = False
        try:
            if not self._channel.exists():
                write(chip / "export", str(channel))
            self._wait_for_files(clock)
            # The kernel refuses a period below the duty, and any duty while the period is 0 (pwm_apply_state: EINVAL). So
            # the duty of the last user goes first, and on a fresh channel there is none to go.
            if (self._channel / "period").read_text(encoding="ascii").strip() != "0":
                write(self._channel / "duty_cycle", "0")
            write(self._channel / "period", str(PERIOD_NS))
            write(self._channel / "enable", "0")
        except OSError as error:
            raise PwmError(f"{chip}: channel {channel} cannot be used ({error}); is this user in the group gpio?") from error

    def _wait_for_files(self, clock: Clock) -> None:
        deadline = clock.monotonic() + EXPORT_TIMEOUT_S
        names = ("duty_cycle", "period", "enable")
        while not all(os.access(self._channel / name, os.W_OK) for name in names):
            if clock.monotonic() > deadline:
                raise PermissionError(f"{self._channel} not writable after {EXPORT_TIMEOUT_S:g} s")
            _PAUSE.wait(0.01)

    def pulse(self, width_us: float) -> None:
        try:
            self._write(self._channel / "duty_cycle", str(round(width_us * 1000)))
            if not self._enabled:
                self._write(self._channel / "enable", "1")
                self._enabled = True
        except OSError as error:
            raise PwmError(f"{self._channel}: {error}") from error

    def stop(self) -> None:
        if not self._enabled:
            return
        try:
            self._write(self._channel / "enable", "0")
            self._enabled = False
        except OSError as error:
            raise PwmError(f"{self._channel}: {error}") from error

    def close(self) -> None:
        """Nothing to give back: the channel stays exported for the next start, silent."""


class GpiozeroPwm:
    """Pulses by gpiozero: coarse and unsteady on a real Pi, exact enough on mock pins.

    `duty_digits`: lgpio cuts the duty off after a whole percent, so that pulses would all be too short, by up to 200 us.
    """

    def __init__(self, pin: int, factory: Factory, name: str, duty_digits: int | None = None) -> None:
        self.name = name
        self._duty_digits = duty_digits
        self._device = PWMOutputDevice(pin, frequency=1_000_000_000 // PERIOD_NS, pin_factory=factory)

    def pulse(self, width_us: float) -> None:
        duty = width_us * 1000 / PERIOD_NS
        self._device.value = duty if self._duty_digits is None else round(duty, self._duty_digits)

    def stop(self) -> None:
        self._device.value = 0

    def close(self) -> None:
        self._device.close()


def find_channel(pin: int, root: Path = SYSFS_PWM) -> tuple[Path, int]:
    """The chip and channel that drive a BCM pin, by the chip's device. Raises `PwmError` with what is there."""
    seen: list[str] = []
    for chip in sorted(root.glob("pwmchip*")):
        device = (chip / "device").resolve().name
        channels = _CHANNELS.get(device)
        if channels is not None:
            if pin in channels:
                return chip, channels[pin]
            raise PwmError(f"pin {pin} has no hardware PWM; use one of {', '.join(map(str, channels))}")
        seen.append(f"{chip.name}: {device}")
    found = f"only {', '.join(seen)}" if seen else "none"
    overlay = "dtoverlay=pwm-2chan,pin=12,func=4,pin2=13,func2=4"
    raise PwmError(f"no PWM chip of the header in {root} ({found}); add `{overlay}` to /boot/firmware/config.txt")


def open_driver(pin: int, wanted: str, factory: Factory, clock: Clock, *, simulated: bool, root: Path = SYSFS_PWM) -> PulseDriver:
    """The best driver for this machine. `wanted` is auto, sysfs or gpiozero. Raises `PwmError` where sysfs was asked for."""
    if simulated:
        return GpiozeroPwm(pin, factory, "simulated")
    if wanted != "gpiozero":
        try:
            chip, channel = find_channel(pin, root)
            return SysfsPwm(chip, channel, clock)
        except PwmError as error:
            if wanted == "sysfs":
                raise
            log.warning("servo by gpiozero, with steps of about 30 degrees and jitter, because there is no kernel PWM: %s", error)
    return GpiozeroPwm(pin, factory, "gpiozero", _LGPIO_DUTY_DIGITS)
