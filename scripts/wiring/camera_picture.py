"""The camera's ribbon, which takes none of the pins."""

from scripts.wiring import parts
from scripts.wiring.drawing import SOFT, Drawing
from scripts.wiring.sheet import sheet


def camera(language: str) -> Drawing:
    """The camera's ribbon: which socket, which side."""
    drawing = sheet(
        language,
        ("Camera: the ribbon", "Caméra : la nappe"),
        (
            "From the socket beside HDMI to the camera. Contacts: at the Pi towards HDMI, at the camera towards its board.",
            "Du connecteur à côté de HDMI à la caméra. Contacts : côté Pi vers HDMI, côté caméra vers sa carte.",
        ),
    )
    with drawing.group(transform="translate(40 90)"):
        parts.pi_board(drawing)
    for x, y, words in (
        (183, 84, ("40 pins", "40 broches")),
        (382, 350, ("USB, network", "USB, réseau")),
        (166, 362, ("HDMI", "HDMI")),
        (90, 362, ("supply", "alim.")),
        (254, 362, ("camera", "caméra")),
    ):
        drawing.text(x, y, drawing.say(words), size=11.5, fill=SOFT, anchor="middle")
    ribbon = "M262,240C390,240 400,150 560,150V232C400,232 390,322 262,322Z"
    drawing.path(ribbon, fill="#f4f2ec", stroke="#a9a69c", line=1.4)
    for shift in (20, 41, 62):
        drawing.path(f"M262,{240 + shift}C390,{240 + shift} 400,{150 + shift} 560,{150 + shift}", stroke="#dedbd2")
    drawing.rect(247, 236, 16, 90, fill="#f0eee8", stroke="#8f8b80", radius=2, line=1.4)
    with drawing.group(transform="translate(690 82) rotate(90) scale(2)"):
        parts.camera(drawing)
    drawing.paragraph(712, 170, [("The socket is", "Le connecteur est"), ("on its back.", "au dos.")], size=12, fill=SOFT)
    _ends(drawing)
    return drawing


def _ends(drawing: Drawing) -> None:
    """Both ends of the ribbon, seen from the side."""
    for x, title, one, other in (
        (60, ("At the Pi", "Côté Pi"), ("contacts: to HDMI", "contacts : vers HDMI"), ("blue: to USB", "bleu : vers USB")),
        (
            460,
            ("At the camera", "Côté caméra"),
            ("contacts: to its board", "contacts : vers sa carte"),
            ("blue: away from it", "bleu : à l’opposé"),
        ),
    ):
        drawing.text(x, 420, drawing.say(title), size=14, weight=700)
        drawing.rect(x + 132, 470, 60, 34, fill="#f0eee8", stroke="#8f8b80", radius=3, line=1.4)
        drawing.rect(x + 157, 412, 5, 84, fill="#e4c25a")
        drawing.rect(x + 162, 412, 5, 84, fill="#2c6fb7")
        drawing.text(x + 146, 444, drawing.say(one), size=12, anchor="end")
        drawing.text(x + 178, 444, drawing.say(other), size=12)
    drawing.paragraph(
        40,
        538,
        [
            (
                "Pull the bar up on both sides, push the ribbon in straight, press the bar down. Only with the Pi switched off.",
                "Soulevez la barrette des deux côtés, enfoncez la nappe bien droit, refermez. Seulement Pi éteint.",
            ),
            (
                "A Pi 5 and a Zero have narrower sockets (22 contacts) and need the cable “standard to mini”.",
                "Le Pi 5 et le Zero ont un connecteur plus étroit (22 contacts) : câble « standard–mini ».",
            ),
        ],
    )
