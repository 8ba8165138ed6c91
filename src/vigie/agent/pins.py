"""The pin factory: the real one, found by the chip's label, or gpiozero's own mock. Never a silent fall-back."""

import os
from pathlib import Path
from typing import Any

from gpiozero import Factory
from gpiozero.pins.mock import MockFactory, MockPWMPin

# Pi 5 (RP1), then Pi 0 to 4. Chip numbers changed between kernels (gpiozero #1166), labels did not.
_PI_LABELS = ("pinctrl-rp1", "pinctrl-bcm")
_DEV = Path("/dev")


class NoGpio(Exception):
    """There are no pins to use; the text says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; to try Vigie without hardware run with --simulate")


def mock_factory() -> MockFactory:
    """Pins that exist in memory only; all of them can do PWM, so that a servo works."""
    return MockFactory(pin_class=MockPWMPin)


def open_factory(run_dir: Path, *, simulate: bool) -> Factory:
    """The factory that all devices of this process share. `run_dir` must be writable. Raises `NoGpio`."""
    if simulate or os.environ.get("GPIOZERO_PIN_FACTORY") == "mock":
        return mock_factory()
    if not list(_DEV.glob("gpiochip*")):
        raise NoGpio("no GPIO chip on this machine (no /dev/gpiochip*)")
    # lgpio writes a FIFO into its working folder at import and gpiozero hides the failure (lg #22, gpiozero #1106).
    os.environ.setdefault("LG_WD", str(run_dir))
    try:
        import lgpio

        from vigie.agent.header import HeaderFactory
    except (ImportError, OSError) as error:
        raise NoGpio(f"lgpio cannot be loaded ({error}): install it with `sudo apt install python3-lgpio`") from error
    factory: Factory = HeaderFactory(find_chip(lgpio, _DEV))
    return factory


def find_chip(lgpio: Any, dev: Path) -> int:
    """The number of the chip that drives the header, by its label. Raises `NoGpio` with the labels that are there."""
    labels: dict[int, str] = {}
    for path in sorted(dev.glob("gpiochip*")):
        number = int(path.name.removeprefix("gpiochip"))
        try:
            handle = lgpio.gpiochip_open(number)
        except lgpio.error as error:
            labels[number] = f"cannot be opened ({error}): is this user in the group gpio?"
            continue
        _, _, _, label = lgpio.gpio_get_chip_info(handle)
        lgpio.gpiochip_close(handle)
        labels[number] = str(label)
    for wanted in _PI_LABELS:
        for number, label in labels.items():
            if label.startswith(wanted):
                return number
    seen = ", ".join(f"gpiochip{number}: {label}" for number, label in labels.items())
    raise NoGpio(f"none of the GPIO chips is a Raspberry Pi's header ({seen})")


def callback_thread_is_dead(factory: Factory) -> bool:
    """Whether lgpio's only callback thread has died: the process looks healthy and hears no pin any more."""
    if isinstance(factory, MockFactory):
        return False
    import lgpio

    thread = getattr(lgpio, "_notify_thread", None)
    return thread is not None and not thread.is_alive()
