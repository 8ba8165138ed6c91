"""The list of the pictures, and their files."""

from collections.abc import Callable

from scripts.wiring.actuator_pictures import servo, siren, siren_transistor
from scripts.wiring.camera_picture import camera
from scripts.wiring.drawing import Drawing
from scripts.wiring.overview_picture import overview
from scripts.wiring.sensor_pictures import key, mat, pir

PICTURES: dict[str, Callable[[str], Drawing]] = {
    "overview": overview,
    "pir": pir,
    "mat": mat,
    "key": key,
    "siren": siren,
    "siren-transistor": siren_transistor,
    "servo": servo,
    "camera": camera,
}


def files() -> dict[str, str]:
    """What is to lie in docs/guide/pictures, by name."""
    endings = {"en": "svg", "fr": "fr.svg"}
    return {f"{name}.{ending}": draw(language).svg() for name, draw in PICTURES.items() for language, ending in endings.items()}
