"""The parts that do something: siren and servo."""

from scripts.wiring import parts
from scripts.wiring.drawing import SOFT, Drawing
from scripts.wiring.header import FIVE_VOLTS, GROUND, ground, signal
from scripts.wiring.sheet import header_on, sheet


def siren(language: str) -> Drawing:
    """The siren with a ready-made board: what most people should do."""
    use = signal("siren")
    drawing = sheet(
        language,
        ("Siren through a MOSFET or relay board", "Sirène par une carte MOSFET ou relais"),
        (
            f"The board's IN: {use.place[0]}, its GND: pin 25; the siren and its 12 V supply on the board's screws.",
            f"IN de la carte : {use.place[1]}, GND : broche 25 ; la sirène et son alimentation 12 V aux bornes de la carte.",
        ),
    )
    header = header_on(drawing, [use, ground(25, "siren")])
    x, y = 330, 176
    drawing.wire([(x + 150, y + 74), header.end(use.number)], use.colour)
    drawing.wire([(x + 150, y + 104), (530, y + 104), (530, header.end(25)[1]), header.end(25)], GROUND)
    drawing.wire([(x, y + 24), (262, y + 24), (262, 150), (90, 150), (90, 200)], FIVE_VOLTS)
    drawing.wire([(x, y + 54), (240, y + 54), (240, 304), (90, 304), (90, 255)], GROUND)
    drawing.wire([(x, y + 86), (262, y + 86), (262, 378), (190, 378)], FIVE_VOLTS)
    drawing.wire([(x, y + 116), (284, y + 116), (284, 404), (190, 404)], GROUND)
    header.draw()
    with drawing.group(transform=f"translate({x} {y})"):
        parts.switch_board(drawing)
    with drawing.group(transform="translate(62 174) scale(1.25)"):
        parts.siren(drawing)
    with drawing.group(transform="translate(70 356)"):
        parts.supply(drawing, "12 V", drawing.say(("the siren’s own", "de la sirène")))
    drawing.text(72, 186, "+", size=16, fill=FIVE_VOLTS, anchor="middle", weight=700)
    drawing.text(72, 282, "−", size=16, fill=GROUND, anchor="middle", weight=700)
    drawing.paragraph(
        28,
        474,
        [
            (
                "Never straight from a pin: it gives 16 mA, a siren takes ten times that.",
                "Jamais directement d’une broche : elle donne 16 mA, il en faut dix fois plus.",
            ),
            (
                "The board’s IN must switch at 3.3 V: boards with AOD4184 or LR7843 do,",
                "IN doit commuter à 3,3 V : les cartes AOD4184 ou LR7843 le font,",
            ),
            ("those with IRF520 do not.", "celles à IRF520 non."),
            (
                "A siren that is a coil: a diode across it, as in the next picture.",
                "Sirène à bobine : une diode à ses bornes, comme sur l’image suivante.",
            ),
        ],
    )
    return drawing


def siren_transistor(language: str) -> Drawing:
    """The same from single parts. The transistor stands on its head, so that the gate looks at the Pi and no wires cross."""
    use = signal("siren")
    drawing = sheet(
        language,
        ("Siren through a single MOSFET", "Sirène par un simple MOSFET"),
        (
            f"{use.place[0]} by 220 Ω to the gate, 10 kΩ from it to ground; source: pin 25; drain: the siren's −.",
            f"{use.place[1]} par 220 Ω à la grille, 10 kΩ de là à la masse ; source : broche 25 ; drain : − de la sirène.",
        ),
    )
    header = header_on(drawing, [use, ground(25, "siren")])
    gate_y, rail_y, minus_y, plus_y = header.end(use.number)[1], 430, 214, 86
    drawing.wire([(355, 290), (355, gate_y), header.end(use.number)], use.colour)
    drawing.wire([(400, gate_y), (400, rail_y)], GROUND)
    drawing.wire([(190, 404), (240, 404), (240, rail_y), (540, rail_y), (540, header.end(25)[1]), header.end(25)], GROUND)
    drawing.wire([(315, 290), (315, 268), (280, 268), (280, rail_y)], GROUND)
    drawing.wire([(335, 290), (335, minus_y), (90, minus_y), (90, 170)], parts.DRAIN_WIRE)
    drawing.wire([(190, 378), (225, 378), (225, 320), (40, 320), (40, plus_y), (232, plus_y), (232, minus_y)], FIVE_VOLTS)
    drawing.wire([(90, plus_y), (90, 130)], FIVE_VOLTS)
    drawing.wire([(232, 160), (232, minus_y)], parts.DRAIN_WIRE)
    for x, y, colour in (
        (400, gate_y, use.colour),
        (400, rail_y, GROUND),
        (280, rail_y, GROUND),
        (232, minus_y, parts.DRAIN_WIRE),
        (90, plus_y, FIVE_VOLTS),
    ):
        drawing.circle(x, y, 5, fill=colour)
    header.draw()
    _single_parts(drawing, gate_y)
    drawing.paragraph(
        28,
        484,
        [
            (
                "IRLZ44N, printed side up, legs away from you: source, drain, gate.",
                "IRLZ44N, face imprimée, pattes vers le haut : source, drain, grille.",
            ),
            (
                "The 10 kΩ keep the siren silent while the Pi starts. The diode (1N4007,",
                "Les 10 kΩ la tiennent muette pendant que le Pi démarre. La diode (1N4007,",
            ),
            (
                "ring at +) takes what a coil gives back when it is switched off.",
                "anneau côté +) absorbe ce qu’une bobine rend à la coupure.",
            ),
        ],
    )
    return drawing


def _single_parts(drawing: Drawing, gate_y: float) -> None:
    with drawing.group(transform="translate(62 104) scale(1.25)"):
        parts.siren(drawing)
    drawing.text(70, 124, "+", size=16, fill=FIVE_VOLTS, anchor="middle", weight=700)
    drawing.text(70, 200, "−", size=16, fill=GROUND, anchor="middle", weight=700)
    with drawing.group(transform="translate(70 356)"):
        parts.supply(drawing, "12 V", drawing.say(("the siren’s own", "de la sirène")))
    with drawing.group(transform="translate(223 126)"):
        parts.diode(drawing)
    drawing.text(250, 154, "1N4007", size=12, fill=SOFT)
    with drawing.group(transform="translate(370 390) rotate(180)"):
        parts.mosfet(drawing)
    for x, name in ((315, "S"), (335, "D"), (355, "G")):
        drawing.text(x, 336, name, size=12, fill="#ffffff", anchor="middle", weight=700)
    with drawing.group(transform=f"translate(445 {gate_y - 8})"):
        parts.resistor(drawing, (parts.RED_RING, parts.RED_RING, parts.BROWN_RING))
    drawing.text(475, gate_y - 16, "220 Ω", size=12, fill=SOFT, anchor="middle")
    with drawing.group(transform="translate(408 310) rotate(90)"):
        parts.resistor(drawing, (parts.BROWN_RING, parts.BLACK_RING, parts.ORANGE_RING))
    drawing.text(418, 344, "10 kΩ", size=12, fill=SOFT)


def servo(language: str) -> Drawing:
    """The servo with its own supply, which lies between signal and ground, so that no wires cross."""
    use = signal("servo")
    drawing = sheet(
        language,
        ("Servo on its own 5 V supply", "Servomoteur sur sa propre alimentation 5 V"),
        (
            f"Signal: {use.place[0]}; + and − to the servo's own supply, whose − is joined to pin 34; 470 µF across it.",
            f"Signal : {use.place[1]} ; + et − à l'alimentation du servo, dont le − rejoint la broche 34 ; 470 µF à ses bornes.",
        ),
        title_x=232,
    )
    header = header_on(drawing, [use, ground(34, "servo")], x=80)
    drawing.wire([header.end(use.number), (240, header.end(use.number)[1]), (240, 190), (590, 190)], use.colour)
    drawing.wire([header.end(34), (560, header.end(34)[1]), (560, 240), (590, 240)], GROUND)
    drawing.wire([(410, 292), (430, 292), (430, 336), (560, 336)], GROUND)
    drawing.wire([(410, 262), (430, 262), (430, 215), (590, 215)], FIVE_VOLTS)
    drawing.wire([(486, 215), (486, 246)], FIVE_VOLTS)
    drawing.wire([(486, 300), (486, 336)], GROUND)
    for x, y, colour in ((486, 215, FIVE_VOLTS), (486, 336, GROUND), (560, 336, GROUND)):
        drawing.circle(x, y, 5, fill=colour)
    header.draw()
    with drawing.group(transform="translate(290 242)"):
        parts.supply(drawing, "5 V", drawing.say(("2 A or more", "2 A ou plus")))
    with drawing.group(transform="translate(469 244)"):
        parts.capacitor(drawing)
    drawing.text(508, 282, "470 µF", size=12, fill=SOFT)
    with drawing.group(transform="translate(654 150) scale(1.55)"):
        parts.servo(drawing)
    with drawing.group(transform="translate(588 173)"):
        parts.plug(drawing)
    for y, colour, words in (
        (316, use.colour, ("orange or yellow: signal", "orange ou jaune : signal")),
        (340, FIVE_VOLTS, ("red: + 5 V", "rouge : + 5 V")),
        (364, parts.DRAIN_WIRE, ("brown or black: −", "brun ou noir : −")),
    ):
        drawing.circle(620, y - 4, 6, fill=colour)
        drawing.text(634, y, drawing.say(words))
    drawing.paragraph(
        232,
        484,
        [
            (
                "The red wire never goes to the Pi: a servo that starts takes more than it can spare.",
                "Le fil rouge ne va jamais au Pi : un servo qui démarre prend plus qu’il n’a.",
            ),
            (
                "The grounds are joined (pin 34), or the pulses mean nothing.",
                "Les masses sont jointes (broche 34), sinon les impulsions ne disent rien.",
            ),
            (
                "Capacitor: 10 V or more, the stripe at minus, near the servo.",
                "Condensateur : 10 V ou plus, bande côté moins, près du servo.",
            ),
        ],
    )
    return drawing
