"""A drawn room, 242 degrees wide: what the synthetic camera looks at. Drawn once; a picture is a window of it."""

from dataclasses import dataclass, field

from vigie.camera.sources.font import rows

FIELD_DEG = 62.0
REACH_DEG = 90.0


@dataclass(frozen=True, slots=True)
class Colour:
    """BT.601, limited range."""

    y: int
    u: int = 128
    v: int = 128


WALL, FLOOR, SKIRTING = Colour(176, 122, 134), Colour(98, 112, 146), Colour(220)
WOOD, DARK_WOOD, SKY, GRASS = Colour(120, 104, 154), Colour(70, 116, 142), Colour(190, 158, 106), Colour(120, 100, 104)
FABRIC, LAMP, LEAF, METAL = Colour(92, 146, 118), Colour(226, 70, 150), Colour(84, 104, 96), Colour(205, 128, 126)


@dataclass(slots=True)
class Room:
    """The planes of the whole panorama, for pictures of `width` by `height`."""

    width: int
    height: int
    total: int = field(init=False)
    luma: bytearray = field(init=False)
    chroma: tuple[bytearray, bytearray] = field(init=False)

    def __post_init__(self) -> None:
        self.total = int(self.width * (FIELD_DEG + 2 * REACH_DEG) / FIELD_DEG) // 2 * 2 + 2
        self.luma = bytearray(self.total * self.height)
        self.chroma = (bytearray(self.total * self.height // 4), bytearray(self.total * self.height // 4))
        self._walls()
        self._furniture()
        for angle in range(-90, 91, 30):
            self._label(angle, f"{angle:+d}°" if angle else "0°")

    def left_edge(self, angle_deg: float) -> int:
        """The column at which the picture of this angle begins; even, for the colour planes. To the left is positive."""
        share = (REACH_DEG - max(-REACH_DEG, min(REACH_DEG, angle_deg))) / (2 * REACH_DEG)
        return int(share * (self.total - self.width)) // 2 * 2

    def _walls(self) -> None:
        self._box(-121, 121, 0.0, 0.72, WALL)
        for angle in range(-120, 121, 8):
            self._box(angle, angle + 0.5, 0.0, 0.72, Colour(WALL.y - 6, WALL.u, WALL.v))
        self._box(-121, 121, 0.72, 1.0, FLOOR)
        for step in range(6):
            self._box(-121, 121, 0.75 + step * 0.045, 0.755 + step * 0.045, DARK_WOOD)
        self._box(-121, 121, 0.69, 0.72, SKIRTING)

    def _furniture(self) -> None:
        self._box(52, 84, 0.14, 0.52, SKIRTING)  # a window
        self._box(53, 67.5, 0.16, 0.38, SKY)
        self._box(53, 67.5, 0.38, 0.5, GRASS)
        self._box(68.5, 83, 0.16, 0.38, SKY)
        self._box(68.5, 83, 0.38, 0.5, GRASS)
        self._box(-14, 6, 0.16, 0.72, DARK_WOOD)  # the door
        self._box(-13, 5, 0.18, 0.72, WOOD)
        self._box(-11, 3, 0.22, 0.42, DARK_WOOD)
        self._box(-11, 3, 0.47, 0.67, DARK_WOOD)
        self._box(2.5, 4, 0.44, 0.46, METAL)
        self._box(16, 44, 0.52, 0.64, FABRIC)  # a sofa
        self._box(14, 46, 0.62, 0.78, Colour(FABRIC.y - 14, FABRIC.u, FABRIC.v))
        self._box(15, 17, 0.78, 0.81, DARK_WOOD)
        self._box(43, 45, 0.78, 0.81, DARK_WOOD)
        self._box(-30, -29, 0.36, 0.78, METAL)  # a lamp
        self._box(-33, -26, 0.24, 0.37, LAMP)
        self._box(-72, -44, 0.14, 0.72, WOOD)  # a bookcase
        for shelf in range(4):
            self._box(-71, -45, 0.16 + shelf * 0.14, 0.28 + shelf * 0.14, DARK_WOOD)
            for book in range(12):
                colour = Colour(90 + book * 37 % 120, 90 + book * 53 % 80, 90 + book * 29 % 80)
                self._box(-70 + book * 2, -68.4 + book * 2, 0.18 + shelf * 0.14 + book % 3 * 0.01, 0.28 + shelf * 0.14, colour)
        self._box(-98, -92, 0.6, 0.76, WOOD)  # a plant
        self._box(-101, -89, 0.34, 0.6, LEAF)
        self._box(96, 112, 0.2, 0.42, DARK_WOOD)  # a picture
        self._box(97, 111, 0.22, 0.4, Colour(150, 150, 110))

    def _box(self, right_deg: float, left_deg: float, top: float, bottom: float, colour: Colour) -> None:
        """Angles as the servo counts them: the wall's left end is the highest."""
        per_degree = self.total / (FIELD_DEG + 2 * REACH_DEG)
        half = FIELD_DEG / 2 + REACH_DEG
        start = max(0, int((half - left_deg) * per_degree)) // 2 * 2
        end = min(self.total, int((half - right_deg) * per_degree) // 2 * 2)
        first, last = int(top * self.height) // 2 * 2, int(bottom * self.height) // 2 * 2
        width = max(0, end - start)
        for row in range(first, last):
            self.luma[row * self.total + start : row * self.total + start + width] = bytes((colour.y,)) * width
        for plane, value in zip(self.chroma, (colour.u, colour.v), strict=True):
            for row in range(first // 2, last // 2):
                at = row * (self.total // 2) + start // 2
                plane[at : at + width // 2] = bytes((value,)) * (width // 2)

    def _label(self, angle: int, text: str) -> None:
        scale = max(1, self.height // 240)
        drawn = rows(text, scale, 40, WALL.y)
        middle = int((FIELD_DEG / 2 + REACH_DEG - angle) * self.total / (FIELD_DEG + 2 * REACH_DEG))
        start = max(0, min(self.total - len(drawn[0]), middle - len(drawn[0]) // 2))
        for row, line in enumerate(drawn, start=self.height // 16 + 20 * scale):
            self.luma[row * self.total + start : row * self.total + start + len(line)] = line
