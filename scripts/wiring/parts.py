"""What is wired, as one recognises it on the table: each drawn with its upper left corner at the origin, about 110 by 80."""

from math import cos, pi, sin

from scripts.wiring.drawing import INK, SOFT, Drawing

BOARD, BOARD_EDGE = "#2f7d58", "#205c40"
METAL, PLASTIC = "#d9dde2", "#3a414b"
BLACK_RING, BROWN_RING, RED_RING, ORANGE_RING = "#222222", "#8a4b1f", "#d0342c", "#e8741a"
DRAIN_WIRE = "#7d5a2b"


def pir_front(drawing: Drawing) -> None:
    """The side that looks into the room: the white dome."""
    drawing.rect(0, 4, 110, 76, fill=BOARD, stroke=BOARD_EDGE, radius=4)
    for x in (9, 101):
        drawing.circle(x, 42, 3.5, fill="#fcfbf8", stroke=BOARD_EDGE)
    drawing.rect(20, 7, 70, 70, fill="#e9ecef", stroke="#b9c0c8", radius=6)
    drawing.circle(55, 42, 32, fill="#fbfcfd", stroke="#b9c0c8", line=1.4)
    for radius in (11, 22):
        drawing.circle(55, 42, radius, fill="none", stroke="#d5dae0")
    for number in range(8):
        east, south = cos(number * pi / 4), sin(number * pi / 4)
        drawing.path(f"M{55 + 11 * east:.1f},{42 + 11 * south:.1f}L{55 + 32 * east:.1f},{42 + 32 * south:.1f}", stroke="#d5dae0")


def pir_back(drawing: Drawing) -> None:
    """The side with the parts, 190 by 150: connector on the right, trimmers on the left, jumper above."""
    drawing.rect(0, 0, 190, 150, fill=BOARD, stroke=BOARD_EDGE, radius=5)
    for y in (34, 104):
        drawing.rect(8, y - 20, 40, 40, fill="#e8a33d", stroke="#b3751b", radius=3)
        drawing.circle(28, y, 12, fill="#fbf3e4", stroke="#b3751b")
        drawing.path(f"M20,{y}H36M28,{y - 8}V{y + 8}", stroke="#8a5a12", line=2.4)
    drawing.rect(78, 52, 44, 62, fill=PLASTIC, radius=2)
    for number in range(6):
        drawing.rect(72, 57 + number * 9, 6, 4, fill=METAL)
        drawing.rect(122, 57 + number * 9, 6, 4, fill=METAL)
    for x in (76, 94, 112):
        drawing.rect(x - 6, 12, 12, 12, fill=PLASTIC)
        drawing.rect(x - 2.5, 15.5, 5, 5, fill="#e4c25a")
    drawing.rect(68, 9, 34, 18, fill="#c9372c", stroke="#8d241c", radius=2)
    drawing.text(85, 42, "H", size=12, fill="#ffffff", anchor="middle", weight=700)
    drawing.text(118, 42, "L", size=12, fill="#ffffff", anchor="middle", weight=700)
    for y, name in ((45, "GND"), (75, "OUT"), (105, "VCC")):
        drawing.rect(168, y - 8, 16, 16, fill=PLASTIC)
        drawing.rect(173, y - 3, 17, 6, fill="#e4c25a")
        drawing.text(162, y + 4, name, size=11, fill="#ffffff", anchor="end", weight=700)


def mat(drawing: Drawing) -> None:
    """A mat with two feet on it."""
    drawing.path("M14,6H96L110,76H0Z", fill="#59616c", stroke="#3a414b", line=1.5)
    drawing.path("M20,12H90L101,70H9Z", stroke="#79828e", line=1, dash="3 3")
    for x, lean in ((42, -8), (68, 8)):
        with drawing.group(transform=f"translate({x} 42) rotate({lean})"):
            drawing.path("M-6,-20C-9,-6 -7,2 -5,4H5C7,2 9,-6 6,-20C4,-26 -4,-26 -6,-20Z", fill="#e8ebee")
            drawing.path("M-5,8H5C6,15 4,20 0,20C-4,20 -6,15 -5,8Z", fill="#e8ebee")


def key(drawing: Drawing) -> None:
    """A lock in its plate, with the key's two positions."""
    drawing.rect(12, 2, 86, 78, fill=METAL, stroke="#aab1ba", radius=8, line=1.4)
    for x, y in ((21, 11), (89, 11), (21, 71), (89, 71)):
        drawing.circle(x, y, 3, fill="#f4f6f8", stroke="#9aa2ab")
    drawing.circle(55, 41, 25, fill="#f6f7f9", stroke="#8f979f", line=1.6)
    drawing.circle(55, 41, 15, fill="#c3c9d0", stroke="#7d858e")
    drawing.rect(52, 29, 6, 24, fill=PLASTIC, radius=3)


def siren(drawing: Drawing) -> None:
    """A horn, sounding."""
    drawing.rect(8, 24, 28, 36, fill="#b3261e", stroke="#7f1a14", radius=4)
    drawing.path("M36,32L72,10V74L36,52Z", fill="#d6453b", stroke="#7f1a14", line=1.5)
    for radius in (14, 24, 34):
        top, bottom, x = 42 - radius * 0.8, 42 + radius * 0.8, 72 + radius * 0.6
        drawing.path(f"M{x:.1f},{top:.1f}A{radius},{radius} 0 0 1 {x:.1f},{bottom:.1f}", stroke="#d6453b", line=2.4)


def servo(drawing: Drawing) -> None:
    """A small servo from the side, its arm upon it."""
    drawing.rect(14, 34, 78, 44, fill="#2c6fb7", stroke="#1c4c80", radius=3)
    drawing.rect(2, 42, 102, 9, fill="#2c6fb7", stroke="#1c4c80", radius=2)
    drawing.rect(18, 22, 40, 13, fill="#3d83cd", stroke="#1c4c80", radius=3)
    drawing.rect(33, 12, 10, 11, fill="#f2f4f6", stroke="#aab1ba", radius=2)
    drawing.rect(8, 4, 82, 9, fill="#f7f8fa", stroke="#aab1ba", radius=4.5)
    for x in (18, 28, 60, 70, 80):
        drawing.circle(x, 8.5, 1.6, fill="#8f979f")


def camera(drawing: Drawing) -> None:
    """A camera module, lens up."""
    drawing.rect(16, 2, 78, 78, fill=BOARD, stroke=BOARD_EDGE, radius=4)
    for x, y in ((23, 9), (87, 9), (23, 52), (87, 52)):
        drawing.circle(x, y, 3.4, fill="#fcfbf8", stroke=BOARD_EDGE)
    drawing.rect(34, 14, 42, 42, fill=PLASTIC, stroke="#20252b", radius=4)
    drawing.circle(55, 35, 15, fill="#1a1e24", stroke="#5d6671", line=2)
    drawing.circle(55, 35, 7, fill="#34527a", stroke="#0e1218")
    drawing.circle(52, 32, 2, fill="#cfe0f5")


def supply(drawing: Drawing, volts: str, remark: str) -> None:
    """A plug-in supply with what is printed on it, 120 by 70; its wires leave on the right."""
    drawing.rect(0, 0, 120, 70, fill="#f3f4f6", stroke="#aab1ba", radius=8, line=1.4)
    drawing.rect(-12, 18, 12, 8, fill=METAL, stroke="#8f979f")
    drawing.rect(-12, 44, 12, 8, fill=METAL, stroke="#8f979f")
    drawing.text(60, 33, volts, size=19, fill=INK, anchor="middle", weight=700)
    drawing.text(60, 54, remark, size=13, fill=SOFT, anchor="middle")


def capacitor(drawing: Drawing) -> None:
    """An electrolytic one, lying: its stripe, which is minus, below. 34 wide, 60 high; legs up (+) and down (-)."""
    drawing.rect(0, 0, 34, 60, fill="#2d3f63", stroke="#1b2740", radius=5)
    drawing.rect(0, 46, 34, 14, fill="#b8c2d6", radius=4)
    drawing.text(17, 57, "−", size=13, fill=INK, anchor="middle", weight=700)
    drawing.text(17, 18, "+", size=13, fill="#ffffff", anchor="middle", weight=700)


def switch_board(drawing: Drawing) -> None:
    """A ready-made MOSFET board, 150 by 140: screws on the left, pins on the right."""
    drawing.rect(0, 0, 150, 140, fill="#26508c", stroke="#183663", radius=5)
    for y, name in ((24, "OUT +"), (54, "OUT −"), (86, "V +"), (116, "V −")):
        drawing.rect(0, y - 12, 26, 24, fill="#3f9a6d", stroke="#226145", radius=2)
        drawing.circle(13, y, 7, fill=METAL, stroke="#868e97")
        drawing.path(f"M9,{y - 3}L17,{y + 3}", stroke="#59616c", line=2)
        drawing.text(32, y + 4, name, size=11, fill="#ffffff", weight=600)
    drawing.rect(84, 22, 32, 26, fill=PLASTIC, radius=2)
    drawing.rect(88, 14, 24, 8, fill=METAL)
    for y, name in ((74, "IN"), (104, "GND")):
        drawing.rect(128, y - 8, 16, 16, fill=PLASTIC)
        drawing.rect(133, y - 3, 17, 6, fill="#e4c25a")
        drawing.text(122, y + 4, name, size=11, fill="#ffffff", anchor="end", weight=700)


def resistor(drawing: Drawing, bands: tuple[str, str, str]) -> None:
    """Lying, 60 by 16, with the rings of its value."""
    drawing.rect(0, 0, 60, 16, fill="#e9d3a7", stroke="#a8864a", radius=7)
    for x, colour in zip((13, 24, 35, 48), (*bands, "#c9a227"), strict=True):
        drawing.rect(x, 0.8, 4, 14.4, fill=colour)


def diode(drawing: Drawing) -> None:
    """Standing, 18 by 46: its ring, the cathode, above."""
    drawing.rect(0, 0, 18, 46, fill=PLASTIC, radius=3)
    drawing.rect(0, 6, 18, 6, fill="#e6e9ec")


def mosfet(drawing: Drawing) -> None:
    """In its TO-220 case from the front, 70 by 100: legs down, from the left gate, drain, source at x = 15, 35, 55."""
    drawing.rect(6, 0, 58, 26, fill=METAL, stroke="#9aa2ab", radius=3)
    drawing.circle(35, 12, 6.5, fill="#fcfbf8", stroke="#9aa2ab")
    drawing.rect(6, 24, 58, 46, fill=PLASTIC, radius=2)
    for x in (15, 35, 55):
        drawing.rect(x - 2.5, 70, 5, 30, fill=METAL, stroke="#9aa2ab")


def plug(drawing: Drawing) -> None:
    """A servo's plug, 20 by 84, its wires coming out on the right."""
    drawing.rect(0, 0, 20, 84, fill=PLASTIC, radius=3)
    for y, colour in ((17, "#e07b00"), (42, "#d0342c"), (67, "#7d5a2b")):
        drawing.path(f"M20,{y}C46,{y} 40,42 70,{44 + (y - 42) / 8}", stroke=colour, line=3)


def pi_board(drawing: Drawing) -> None:
    """A Pi 4 from above, 374 by 246, its USB sockets on the right. The camera's socket stands between HDMI and sound."""
    drawing.rect(0, 0, 374, 246, fill="#dcebe3", stroke="#8fb5a1", radius=12, line=1.6)
    for x, y in ((15, 15), (270, 15), (15, 231), (270, 231)):
        drawing.circle(x, y, 6, fill="#fcfbf8", stroke="#8fb5a1")
    drawing.rect(31, 5, 224, 22, fill=PLASTIC, radius=3)
    for number in range(20):
        for y in (11, 21):
            drawing.circle(39 + number * 10.95, y, 2.2, fill="#e4c25a")
    for y in (18, 96, 176):
        drawing.rect(300, y, 86, 58, fill=METAL, stroke="#9aa2ab", radius=3, line=1.4)
    for x, width in ((30, 40), (95, 36), (154, 36)):
        drawing.rect(x, 226, width, 28, fill=METAL, stroke="#9aa2ab", radius=3)
    drawing.rect(238, 222, 30, 32, fill=PLASTIC, radius=3)
    drawing.rect(110, 82, 62, 62, fill="#c9ced4", stroke="#9aa2ab", radius=4)
    drawing.rect(-6, 104, 26, 50, fill=METAL, stroke="#9aa2ab", radius=2)
