"""gpiozero's pins on the kernel's GPIO by lgpio, with errors that say which line cannot be had and who has it.

Imported only where there are pins: it needs lgpio.
"""

from typing import Any

import lgpio
from gpiozero import GPIOPinInUse
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin


class HeaderPin(LGPIOPin):  # type: ignore[misc]  # gpiozero has no types
    """Raises `GPIOPinInUse` where lgpio raises an error of its own, which nobody of gpiozero's users expects."""

    def __init__(self, factory: "HeaderFactory", info: Any) -> None:
        try:
            super().__init__(factory, info)
        except lgpio.error as error:
            raise GPIOPinInUse(why_not(factory._handle, info.name, self._number, error)) from error


class HeaderFactory(LGPIOFactory):  # type: ignore[misc]  # gpiozero has no types
    """The pins of the header on one chip. `stamps_edges`: its ticks are the kernel's, on the monotonic clock."""

    stamps_edges = True

    def __init__(self, chip: int) -> None:
        super().__init__(chip=chip)
        self.pin_class = HeaderPin


def why_not(handle: int, name: str, line: int, error: Exception) -> str:
    """Of a line that cannot be claimed: the kernel's word, and the name that its user gave to the kernel."""
    _, _, flags, _, consumer = lgpio.gpio_get_line_info(handle, line)
    if flags & LGPIOPin.GPIO_IS_KERNEL:
        return f"{name} is used by {consumer!r}"
    return f"{name}: {error}"
