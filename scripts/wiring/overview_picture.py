"""Everything at once."""

from scripts.wiring import parts
from scripts.wiring.drawing import LINE, Drawing, Words
from scripts.wiring.header import COLOURS, FIVE_VOLTS, GROUND, Header, five_volts, ground, signal


def overview(language: str) -> Drawing:
    """Everything at once, with the name of every pin."""
    title = ("The default wiring", "Le câblage par défaut")
    motion, button, horn, lock, turn = map(signal, ("sensors.motion", "sensors.button", "siren", "arming", "servo"))
    places = [use.place for use in (motion, button, horn, lock, turn)]
    about = (
        "Motion sensor: {}. Mat: {}. Siren: {}. Key switch: {}. Servo: {}. Camera: its ribbon.".format(
            *(place[0] for place in places)
        ),
        "Détecteur : {}. Tapis : {}. Sirène : {}. Clé : {}. Servo : {}. Caméra : sa nappe.".format(*(place[1] for place in places)),
    )
    drawing = Drawing(1060, 730, language, title, about)
    drawing.text(28, 42, drawing.say(title), size=22, weight=700)
    grounds = [
        ground(number, part)
        for number, part in ((9, motion.part), (14, button.part), (25, horn.part), (30, lock.part), (34, turn.part))
    ]
    uses = [five_volts(2, motion.part), motion, button, horn, lock, turn, *grounds]
    header = Header(drawing, 500, 120, 28, uses, with_names=True)
    header.draw_base()
    edge, five = 262, header.centre(2)
    drawing.wire([(edge, 124), (400, 124), (400, 86), (five[0], 86), five], FIVE_VOLTS)
    for number, lane, port, colour in (
        (9, 385, 154, GROUND),
        (motion.number, 365, 184, motion.colour),
        (button.number, 345, 272, button.colour),
    ):
        x, y = header.end(number)
        drawing.wire([(edge, port), (lane, port), (lane, y), (x, y)], colour)
    drawing.wire([(edge, header.across(14)[-1][1]), *reversed(header.across(14))], GROUND)
    drawing.wire([(edge, 416), (345, 416), (345, header.end(horn.number)[1]), header.end(horn.number)], horn.colour)
    drawing.wire([(edge, header.end(25)[1]), header.end(25)], GROUND)
    drawing.wire([(edge, 556), (330, 556), (330, header.end(lock.number)[1]), header.end(lock.number)], lock.colour)
    drawing.wire([(edge, 590), (360, 590), (360, header.across(30)[-1][1]), *reversed(header.across(30))], GROUND)
    for number, colour in ((turn.number, turn.colour), (34, GROUND)):
        x, y = header.end(number)
        drawing.wire([(x, y), (700, y)], colour)
    header.draw()
    _cards(drawing, header)
    return drawing


def _cards(drawing: Drawing, header: Header) -> None:
    """The parts of the overview, each on its card with the names of its wires at the edge."""
    across, rail = header.across(14)[-1][1], header.end(25)[1]
    for top, name, draw, ports in (
        (84, ("Motion sensor", "Détecteur de mouvement"), parts.pir_front, (("VCC", 124), ("GND", 154), ("OUT", 184))),
        (226, ("Pressure mat", "Tapis de pression"), parts.mat, (("1", 272), ("2", across))),
        (368, ("Siren, through a board", "Sirène, par une carte"), parts.siren, (("IN", 416), ("GND", rail))),
        (510, ("Key switch (not by default)", "Clé (pas par défaut)"), parts.key, (("1", 556), ("2", 590))),
    ):
        _card(drawing, 30, top, 232, name)
        with drawing.group(transform=f"translate(52 {top + 36}) scale(0.92)"):
            draw(drawing)
        for label, y in ports:
            drawing.text(252, y + 4, label, size=11.5, anchor="end", weight=600)
    _card(drawing, 700, 486, 330, ("Servo, own 5 V supply", "Servo, alimentation 5 V à part"))
    for label, y in (("signal", header.end(32)[1]), ("GND", header.end(34)[1])):
        drawing.text(710, y + 4, label, size=11.5, weight=600)
    with drawing.group(transform="translate(772 522) scale(0.9)"):
        parts.servo(drawing)
    with drawing.group(transform="translate(922 532) scale(0.75)"):
        parts.supply(drawing, "5 V", "2 A")
    _card(drawing, 700, 84, 330, ("Camera", "Caméra"))
    with drawing.group(transform="translate(716 116) scale(0.92)"):
        parts.camera(drawing)
    drawing.paragraph(
        838,
        140,
        [
            ("By its ribbon,", "Par sa nappe,"),
            ("to the camera socket:", "au connecteur caméra :"),
            ("it takes none of the pins.", "elle ne prend aucune broche."),
        ],
        size=12.5,
    )
    _legend(drawing)


def _card(drawing: Drawing, x: float, y: float, width: float, name: Words) -> None:
    drawing.rect(x, y, width, 122, fill="#ffffff", stroke=LINE, radius=10, line=1.4)
    drawing.text(x + 14, y + 24, drawing.say(name), size=13.5, weight=700)


def _legend(drawing: Drawing) -> None:
    x, y = 716, 262
    for number, (colour, words) in enumerate(
        (
            (FIVE_VOLTS, ("5 V: never to a GPIO", "5 V : jamais sur un GPIO")),
            (GROUND, ("GND: ground, any of the eight does", "GND : masse, n’importe laquelle des huit")),
            (COLOURS["sensors.motion"], ("other colours: signals, 3.3 V at most", "autres couleurs : signaux, 3,3 V au plus")),
        )
    ):
        drawing.path(f"M{x},{y + number * 26}H{x + 26}", stroke=colour, line=4)
        drawing.text(x + 36, y + number * 26 + 4, drawing.say(words), size=12.5)
    drawing.circle(x + 13, y + 82, 10, fill=COLOURS["sensors.motion"])
    drawing.text(x + 13, y + 86, "11", size=11.5, fill="#ffffff", anchor="middle", weight=600)
    drawing.text(
        x + 36,
        y + 86,
        drawing.say(("in the circle: the place on the header", "dans le rond : la place sur le connecteur")),
        size=12.5,
    )
    drawing.text(
        x + 36,
        y + 114,
        drawing.say(("beside it: the number for agent.toml (BCM)", "à côté : le numéro pour agent.toml (BCM)")),
        size=12.5,
    )
    drawing.text(x - 4, y + 114, "GPIO", size=12, fill=COLOURS["sensors.motion"], weight=700)
