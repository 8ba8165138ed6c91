"""A sheet that is drawn upon: shapes, wires and text in one language, written out as SVG. Knows nothing of Raspberry Pis."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from xml.sax.saxutils import escape, quoteattr

Point = tuple[float, float]
Words = tuple[str, str]
"""A text in English and in French."""

PAPER = "#fcfbf8"
INK = "#1f2733"
SOFT = "#6b7480"
LINE = "#cfd3d8"
FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"
BEND = 9.0
"""Radius of a wire's corners."""


class Drawing:
    """One picture in one language. Elements lie upon each other in the order in which they were drawn."""

    def __init__(self, width: int, height: int, language: str, title: Words, about: Words) -> None:
        self.width, self.height, self.language = width, height, language
        self._title, self._about = self.say(title), self.say(about)
        self._lines: list[str] = []
        self.rect(0.5, 0.5, width - 1, height - 1, fill=PAPER, stroke=LINE, radius=14)

    def say(self, words: Words) -> str:
        return words[self.language == "fr"]

    def shape(self, tag: str, **attributes: float | str | None) -> None:
        """Any element; `stroke_width` becomes `stroke-width`, and what is None is left out."""
        self._lines.append(f"<{tag}{_attributes(attributes)}/>")

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str,
        stroke: str | None = None,
        radius: float = 0,
        line: float = 1,
    ) -> None:
        edge = _edge(stroke, line)
        self.shape("rect", x=x, y=y, width=width, height=height, rx=radius or None, fill=fill, **edge)

    def circle(self, x: float, y: float, radius: float, *, fill: str, stroke: str | None = None, line: float = 1) -> None:
        self.shape("circle", cx=x, cy=y, r=radius, fill=fill, **_edge(stroke, line))

    def path(self, d: str, *, fill: str = "none", stroke: str | None = None, line: float = 1, dash: str | None = None) -> None:
        ends = "round" if stroke else None
        edge = _edge(stroke, line)
        self.shape("path", d=d, fill=fill, stroke_dasharray=dash, **edge, stroke_linecap=ends, stroke_linejoin=ends)

    def text(
        self, x: float, y: float, text: str, *, size: float = 13, fill: str = INK, anchor: str = "start", weight: int | None = None
    ) -> None:
        placed: dict[str, float | str | None] = {
            "x": x,
            "y": y,
            "font_size": size,
            "fill": fill,
            "text_anchor": anchor,
            "font_weight": weight,
        }
        self._lines.append(f"<text{_attributes(placed)}>{escape(text)}</text>")

    def paragraph(
        self, x: float, y: float, lines: Sequence[Words], *, size: float = 13, fill: str = INK, anchor: str = "start"
    ) -> None:
        """Lines below each other, the first one's foot at `y`."""
        for number, words in enumerate(lines):
            self.text(x, y + number * size * 1.4, self.say(words), size=size, fill=fill, anchor=anchor)

    def wire(self, points: Sequence[Point], colour: str, *, width: float = 3.5, dash: str | None = None) -> None:
        """Straight pieces with round corners, and a rim of paper, so that one sees which of two that cross lies above."""
        d = _rounded(points)
        self.path(d, stroke=PAPER, line=width + 4)
        self.path(d, stroke=colour, line=width, dash=dash)

    @contextmanager
    def group(self, **attributes: float | str | None) -> Iterator[None]:
        """What is drawn inside belongs together: `transform`, or `data_…` for who reads the picture."""
        self._lines.append(f"<g{_attributes(attributes)}>")
        yield
        self._lines.append("</g>")

    def svg(self) -> str:
        """The whole file."""
        size = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
            f'lang="{self.language}" role="img" aria-labelledby="title about" font-family="{FONT}">'
        )
        names = [f'<title id="title">{escape(self._title)}</title>', f'<desc id="about">{escape(self._about)}</desc>']
        return "\n".join([head, *names, *self._lines, "</svg>", ""])


def _edge(stroke: str | None, line: float) -> dict[str, float | str | None]:
    return {"stroke": stroke, "stroke_width": line if stroke else None}


def _attributes(attributes: dict[str, float | str | None]) -> str:
    return "".join(
        f" {name.replace('_', '-')}={quoteattr(value if isinstance(value, str) else f'{value:g}')}"
        for name, value in attributes.items()
        if value is not None
    )


def _rounded(points: Sequence[Point]) -> str:
    d = [f"M{_pair(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        d.append(f"L{_pair(_towards(corner, before))}Q{_pair(corner)} {_pair(_towards(corner, after))}")
    return "".join([*d, f"L{_pair(points[-1])}"])


def _towards(start: Point, end: Point) -> Point:
    """A bend's radius from `start` towards `end`, but never more than half of the way."""
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    part = min(BEND / length, 0.5) if length else 0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _pair(point: Point) -> str:
    return f"{round(point[0], 2):g},{round(point[1], 2):g}"
