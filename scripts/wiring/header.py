"""The 40 pins: which number lies where, and who uses which. Drawn as one sees it with the USB sockets towards oneself."""

from collections.abc import Sequence
from dataclasses import dataclass

from gpiozero.pins.mock import MockFactory

from scripts.wiring.drawing import INK, LINE, PAPER, SOFT, Drawing, Point, Words
from vigie.agent.settings import AgentSettings

FIVE_VOLTS, GROUND, SUPPLY = "#d0342c", "#1f2733", "#b4540a"
COLOURS = {
    "sensors.motion": "#2563eb",
    "sensors.button": "#0f8a5f",
    "siren": "#8b3fd1",
    "servo": "#e07b00",
    "arming": "#0e7c93",
}
"""Of each part's signal, in every picture, by the part's table in the agent's configuration."""
KEY_SWITCH_BCM = 5
"""Nobody has a key switch by default; this is the pin of the guide's example."""

PINS = MockFactory().board_info.headers["J8"].pins
"""gpiozero's plan of the header, by physical number."""


def default_wiring() -> dict[str, int]:
    """BCM number by part: as an agent without a word in its file, and the guide's key switch."""
    return {**dict(AgentSettings(device_id="raspberry-01").pins()), "arming": KEY_SWITCH_BCM}


def physical(bcm: int) -> int:
    """The place on the header of a BCM number."""
    return next(int(number) for number, pin in PINS.items() if pin.name == f"GPIO{bcm}")


@dataclass(frozen=True, slots=True)
class Use:
    """One pin in use: by which part, as which of its wires."""

    number: int
    part: str
    colour: str

    @property
    def place(self) -> Words:
        """As one says it: `pin 11 (GPIO 17)`."""
        name = name_of(self.number)
        return f"pin {self.number} ({name[0]})", f"broche {self.number} ({name[1]})"


def signal(part: str) -> Use:
    """The pin that a part's signal is on."""
    return Use(physical(default_wiring()[part]), part, COLOURS[part])


def ground(number: int, part: str) -> Use:
    assert PINS[number].name == "GND"
    return Use(number, part, GROUND)


def five_volts(number: int, part: str) -> Use:
    assert PINS[number].name == "5V"
    return Use(number, part, FIVE_VOLTS)


def name_of(number: int) -> Words:
    """What a pin is called on the pictures."""
    name = PINS[number].name
    named: dict[str, Words] = {"3V3": ("3.3 V", "3,3 V"), "5V": ("5 V", "5 V"), "GND": ("GND", "GND")}
    plain = f"GPIO {name.removeprefix('GPIO')}"
    return named.get(name, (plain, plain))


class Header:
    """The header on a picture; `x`, `y` is the middle of pin 1. Odd numbers are the left column."""

    def __init__(
        self, drawing: Drawing, x: float, y: float, pitch: float, uses: Sequence[Use], *, with_names: bool = False
    ) -> None:
        self._drawing, self._x, self._y, self._pitch = drawing, x, y, pitch
        self._radius, self._gap, self._chip_width, self._chip_height = pitch * 0.36, pitch * 0.42, 60.0, pitch * 0.68
        self._uses = {use.number: use for use in uses}
        self._with_names = with_names

    def centre(self, number: int) -> Point:
        """Of a pin."""
        return self._x + (self._pitch if number % 2 == 0 else 0), self._y + (number - 1) // 2 * self._pitch

    def end(self, number: int) -> Point:
        """The outer end of a pin's label: where its wire begins."""
        x, y = self.centre(number)
        reach = self._radius + self._gap + self._chip_width
        return (x + reach if number % 2 == 0 else x - reach), y

    def across(self, number: int) -> list[Point]:
        """From a pin of the right column through the gap below its row to the left."""
        x, y = self.centre(number)
        gap = y + self._pitch / 2
        return [(x, y + self._radius), (x, gap), (self.end(1)[0], gap)]

    def draw(self) -> None:
        """The board's edge, the plastic, each pin with its number, each used one with its name. Wires are drawn before it."""
        drawing, pitch = self._drawing, self._pitch
        left, top = self._x - pitch * 0.62, self._y - pitch * 0.62
        for number in PINS:
            self._draw_pin(number)
        middle = self._x + pitch / 2
        drawing.text(middle, top - 24, drawing.say(("SD card this end", "côté carte SD")), size=11, fill=SOFT, anchor="middle")
        bottom = top + pitch * 20.24
        drawing.text(
            middle, bottom + 22, drawing.say(("USB sockets this end", "côté prises USB")), size=11, fill=SOFT, anchor="middle"
        )
        drawing.rect(left, top, pitch * 2.24, pitch * 20.24, fill="none", stroke=LINE, radius=6, line=1.5)

    def draw_base(self) -> None:
        """The plastic below the pins: before the wires, which run upon it."""
        pitch = self._pitch
        self._drawing.rect(self._x - pitch * 0.62, self._y - pitch * 0.62, pitch * 2.24, pitch * 20.24, fill="#eef0f2", radius=6)

    def _draw_pin(self, number: int) -> None:
        drawing, (x, y), use = self._drawing, self.centre(number), self._uses.get(number)
        fill, ink = (use.colour, "#ffffff") if use else ("#ffffff", SOFT)
        bcm = PINS[number].name.removeprefix("GPIO") if PINS[number].name.startswith("GPIO") else None
        used = {"data_part": use.part} if use else {}
        with drawing.group(data_pin=str(number), data_name=PINS[number].name, data_bcm=bcm, **used):
            if number == 1:  # its pad is square on the board
                drawing.rect(
                    x - self._radius, y - self._radius, 2 * self._radius, 2 * self._radius, fill=fill, stroke=SOFT, radius=2
                )
            else:
                drawing.circle(x, y, self._radius, fill=fill, stroke=use.colour if use else SOFT)
            drawing.text(
                x,
                y + self._radius * 0.42,
                str(number),
                size=self._radius * 1.18,
                fill=ink,
                anchor="middle",
                weight=600 if use else None,
            )
            if use:
                self._draw_chip(use)
            elif self._with_names:
                is_right = number % 2 == 0
                away = (self._radius + self._gap) * (1 if is_right else -1)
                drawing.text(
                    x + away, y + 3.5, drawing.say(name_of(number)), size=10, fill=SOFT, anchor="start" if is_right else "end"
                )

    def _draw_chip(self, use: Use) -> None:
        drawing, (x, y) = self._drawing, self.centre(use.number)
        reach = self._radius + self._gap
        left = x + reach if use.number % 2 == 0 else x - reach - self._chip_width
        drawing.rect(
            left, y - self._chip_height / 2, self._chip_width, self._chip_height, fill=PAPER, stroke=use.colour, radius=4, line=1.6
        )
        ink = INK if use.colour == GROUND else use.colour
        drawing.text(
            left + self._chip_width / 2, y + 4, drawing.say(name_of(use.number)), size=11.5, fill=ink, anchor="middle", weight=700
        )
