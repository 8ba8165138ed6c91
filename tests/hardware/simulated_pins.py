"""GPIO chips of the kernel's gpio-sim, seen from the world's side: what a sensor, a contact or a siren is for the agent.

A chip's lines have one `pull` each, which is both what the program asks for and what the world does: who wrote last wins.
"""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

PI_4 = "pinctrl-bcm2711"
PI_5 = "pinctrl-rp1"
CONFIG = Path("/sys/kernel/config/gpio-sim")
_HEADER = range(28)


class SimulatedChip:
    """Lives until `close`. `held` are lines that something in the kernel has taken, by the name that it gives itself."""

    def __init__(self, name: str = "header", *, label: str = PI_4, lines: int = 54, held: dict[int, str] | None = None) -> None:
        self._folder = CONFIG / name
        bank = self._folder / "bank0"
        bank.mkdir(parents=True)
        (bank / "label").write_text(label)
        (bank / "num_lines").write_text(str(lines))
        for pin in _HEADER:
            line = bank / f"line{pin}"
            line.mkdir()
            (line / "name").write_text(f"GPIO{pin}")
            if consumer := (held or {}).get(pin):
                (line / "hog").mkdir()
                (line / "hog" / "name").write_text(consumer)
                (line / "hog" / "direction").write_text("input")
        (self._folder / "live").write_text("1")
        device, self.chip = ((self._folder / file).read_text().strip() for file in ("dev_name", "bank0/chip_name"))
        self._lines = Path("/sys/devices/platform") / device / self.chip

    def drive(self, pin: int, *, high: bool) -> None:
        self.file_of(pin).write_bytes(level_word(high=high))

    def is_high(self, pin: int) -> bool:
        """What is on the line, whoever drives it."""
        return (self.file_of(pin).parent / "value").read_text().strip() == "1"

    def pull(self, pin: int) -> str:
        """`pull-up` or `pull-down`: right after a start that which the program asked the kernel for."""
        return self.file_of(pin).read_text().strip()

    def file_of(self, pin: int) -> Path:
        """For who has to be quick: takes `level_word`."""
        return self._lines / f"sim_gpio{pin}" / "pull"

    def value_file(self, pin: int) -> Path:
        """`0` or `1`, for who has to be quick."""
        return self._lines / f"sim_gpio{pin}" / "value"

    def close(self) -> None:
        (self._folder / "live").write_text("0")
        for folder, _, _ in os.walk(self._folder, topdown=False):
            if Path(folder).name in ("hog", "bank0", self._folder.name) or Path(folder).name.startswith("line"):
                Path(folder).rmdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.close()


def level_word(*, high: bool) -> bytes:
    return b"pull-up" if high else b"pull-down"
