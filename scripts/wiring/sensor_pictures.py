"""The parts that tell something: motion sensor, mat, key switch."""

from scripts.wiring import parts
from scripts.wiring.drawing import INK, SOFT, Drawing
from scripts.wiring.header import COLOURS, FIVE_VOLTS, GROUND, SUPPLY, five_volts, ground, signal
from scripts.wiring.sheet import header_on, sheet


def pir(language: str) -> Drawing:
    """The motion sensor, from the side with its parts."""
    uses = [five_volts(2, "sensors.motion"), ground(9, "sensors.motion"), signal("sensors.motion")]
    vcc, gnd, pin = (use.place for use in uses)
    drawing = sheet(
        language,
        ("Motion sensor HC-SR501", "Détecteur de mouvement HC-SR501"),
        (
            f"VCC: {vcc[0]}, OUT: {pin[0]}, GND: {gnd[0]}. Jumper on H, time fully left, sensitivity in the middle.",
            f"VCC : {vcc[1]}, OUT : {pin[1]}, GND : {gnd[1]}. Cavalier sur H, temps à fond à gauche, sensibilité au milieu.",
        ),
    )
    header = header_on(drawing, uses)
    x, y = 250, 150
    out = uses[2]
    drawing.wire([(x + 190, y + 45), (530, y + 45), (530, header.end(9)[1]), header.end(9)], GROUND)
    drawing.wire([(x + 190, y + 75), (562, y + 75), (562, header.end(out.number)[1]), header.end(out.number)], out.colour)
    five_x, five_y = header.centre(2)
    drawing.wire([(x + 190, y + 105), (490, y + 105), (490, 70), (five_x, 70), (five_x, five_y)], FIVE_VOLTS)
    header.draw()
    with drawing.group(transform=f"translate({x} {y})"):
        parts.pir_back(drawing)
    drawing.paragraph(
        28,
        y + 24,
        [("Sensitivity: middle", "Sensibilité : au milieu"), ("(right: farther)", "(à droite : plus loin)")],
    )
    drawing.path(f"M200,{y + 34}H{x + 4}", stroke=SOFT, line=1.3)
    drawing.paragraph(
        28,
        y + 94,
        [
            ("Time: fully left (3 s)", "Temps : à gauche (3 s)"),
            ("(right: 5 minutes)", "(à droite : 5 minutes)"),
        ],
    )
    drawing.path(f"M200,{y + 104}H{x + 4}", stroke=SOFT, line=1.3)
    drawing.paragraph(
        250, 96, [("Jumper on H: stays active while", "Cavalier sur H : reste actif tant"), ("somebody moves", "que l’on bouge")]
    )
    drawing.path(f"M{x + 85},122V{y + 8}", stroke=SOFT, line=1.3)
    with drawing.group(transform="translate(60 380) scale(1.25)"):
        parts.pir_front(drawing)
    drawing.paragraph(
        225,
        404,
        [
            ("The other side, which looks into the room.", "L’autre face, qui regarde la pièce."),
            ("The order of the three pins differs between makers:", "L’ordre des trois broches varie selon le fabricant :"),
            ("it is printed under the dome, which pulls off.", "il est imprimé sous le dôme, qui se retire."),
            (
                "VCC takes 5 V; OUT gives 3.3 V, what a Pi’s pin bears.",
                "VCC reçoit 5 V ; OUT donne 3,3 V, ce qu’une broche supporte.",
            ),
        ],
    )
    return drawing


def mat(language: str) -> Drawing:
    """The mat, or any other contact that closes."""
    use = signal("sensors.button")
    drawing = sheet(
        language,
        ("Pressure mat, or any contact that closes", "Tapis de pression, ou tout contact qui se ferme"),
        (
            f"Its two wires: {use.place[0]} and pin 14 (GND). The Pi's own pull-up does the rest.",
            f"Ses deux fils : {use.place[1]} et broche 14 (GND). La résistance de tirage du Pi fait le reste.",
        ),
    )
    header = header_on(drawing, [use, ground(14, "sensors.button")])
    across = header.across(14)
    drawing.wire([(270, 238), (430, 238), (430, header.end(use.number)[1]), header.end(use.number)], use.colour)
    drawing.wire([(270, 262), (470, 262), (470, across[-1][1]), *reversed(across)], GROUND)
    header.draw()
    with drawing.group(transform="translate(52 160) scale(2)"):
        parts.mat(drawing)
    drawing.rect(262, 230, 14, 40, fill=parts.PLASTIC, radius=3)
    drawing.paragraph(
        28,
        395,
        [
            ("Two wires, either way round: the mat only joins them.", "Deux fils, sans sens : le tapis ne fait que les joindre."),
            (
                "No supply, no resistor: inside the Pi a pull-up of about 50 kΩ",
                "Ni alimentation ni résistance : dans le Pi, un tirage d’environ",
            ),
            (
                "holds the pin at 3.3 V until the mat pulls it to ground.",
                "50 kΩ tient la broche à 3,3 V ; le tapis la met à la masse.",
            ),
        ],
    )
    _contact(drawing, 90, 480)
    drawing.paragraph(
        330,
        505,
        [
            ("More than 2 m of cable: 1 to 4.7 kΩ besides,", "Plus de 2 m de câble : 1 à 4,7 kΩ en plus,"),
            (f"between {use.place[0]} and pin 1 (3.3 V).", f"entre {use.place[1]} et broche 1 (3,3 V)."),
        ],
        fill=SOFT,
    )
    return drawing


def _contact(drawing: Drawing, x: float, y: float) -> None:
    """The circuit: 3.3 V, the pull-up, the pin, the contact, ground."""
    colour = COLOURS["sensors.button"]
    drawing.text(x, y + 36, drawing.say(("3.3 V", "3,3 V")), size=12, fill=SUPPLY, anchor="end", weight=600)
    drawing.path(f"M{x + 8},{y + 32}H{x + 22}", stroke=SUPPLY, line=2)
    drawing.rect(x + 22, y + 24, 44, 16, fill="#ffffff", stroke=INK, line=1.6)
    drawing.text(x + 44, y + 58, "50 kΩ", size=11, fill=SOFT, anchor="middle")
    drawing.path(f"M{x + 66},{y + 32}H{x + 140}", stroke=colour, line=2)
    drawing.circle(x + 96, y + 32, 3.5, fill=colour)
    drawing.path(f"M{x + 96},{y + 32}V{y + 12}", stroke=colour, line=2)
    drawing.text(x + 96, y + 6, "GPIO", size=11, fill=colour, anchor="middle", weight=600)
    drawing.circle(x + 143, y + 32, 3, fill="#ffffff", stroke=INK, line=1.6)
    drawing.path(f"M{x + 146},{y + 30}L{x + 168},{y + 18}", stroke=INK, line=2)
    drawing.circle(x + 172, y + 32, 3, fill="#ffffff", stroke=INK, line=1.6)
    drawing.path(f"M{x + 175},{y + 32}H{x + 196}V{y + 44}", stroke=GROUND, line=2)
    for below, half in ((44, 10), (49, 6), (54, 2)):
        drawing.path(f"M{x + 196 - half},{y + below}H{x + 196 + half}", stroke=GROUND, line=2)


def key(language: str) -> Drawing:
    """The key switch or the push button."""
    use = signal("arming")
    drawing = sheet(
        language,
        ("Key switch or push button that arms", "Contact à clé ou bouton qui arme"),
        (
            f"Its two wires: {use.place[0]} and pin 30 (GND). The key's contact is closed while the site is disarmed.",
            f"Ses deux fils : {use.place[1]} et broche 30 (GND). Le contact à clé est fermé quand le site est désarmé.",
        ),
    )
    header = header_on(drawing, [use, ground(30, "arming")])
    across = header.across(30)
    drawing.wire([(236, 250), (430, 250), (430, header.end(use.number)[1]), header.end(use.number)], use.colour)
    drawing.wire([(236, 274), (400, 274), (400, across[-1][1]), *reversed(across)], GROUND)
    header.draw()
    with drawing.group(transform="translate(46 176) scale(2)"):
        parts.key(drawing)
    drawing.rect(230, 242, 14, 40, fill=parts.PLASTIC, radius=3)
    drawing.paragraph(
        28,
        120,
        [("Two wires, either way round; no supply, no resistor.", "Deux fils, sans sens ; ni alimentation ni résistance.")],
    )
    drawing.paragraph(
        28,
        440,
        [
            ("Key switch: closed = disarmed, open = armed.", "Clé : fermé = désarmé, ouvert = armé."),
            ("Somebody who cuts the cable arms the house.", "Qui coupe le câble arme la maison."),
            ("Push button: each press arms; it disarms", "Bouton : chaque appui arme ; il ne désarme"),
            ("only where the file says disarms = true.", "que si le fichier dit disarms = true."),
        ],
    )
    drawing.paragraph(
        28,
        535,
        [
            (
                "Not wired by default: the file needs an [arming] table.",
                "Pas câblé par défaut : il faut une table [arming] dans le fichier.",
            )
        ],
        fill=SOFT,
    )
    return drawing
