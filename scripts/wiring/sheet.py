"""What the pictures of single parts have in common: their size, their title, where the header stands."""

from scripts.wiring.drawing import Drawing, Words
from scripts.wiring.header import Header, Use

PITCH = 22.0


def sheet(language: str, title: Words, about: Words, *, title_x: float = 28) -> Drawing:
    drawing = Drawing(860, 590, language, title, about)
    drawing.text(title_x, 40, drawing.say(title), size=20, weight=700)
    return drawing


def header_on(drawing: Drawing, uses: list[Use], *, x: float = 690) -> Header:
    header = Header(drawing, x, 96, PITCH, uses)
    header.draw_base()
    return header
