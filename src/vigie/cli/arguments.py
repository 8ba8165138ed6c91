"""What the arguments of the command line must look like; each function reads one, or says what was expected."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigie.protocol.states import Mode

Commands = argparse._SubParsersAction


def port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected 1 to 65535")
    return int(text)


def broker(text: str) -> str:
    if text not in ("auto", "embedded", "mosquitto") and not text.startswith(("mqtt://", "mqtts://")):
        raise argparse.ArgumentTypeError(f"{text!r} is none of auto, mosquitto, embedded, mqtt://HOST:PORT")
    return text


def names(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(","))
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r}: expected names with commas between them")
    return found


def device_count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 50:
        raise argparse.ArgumentTypeError(f"{text!r}: expected 1 to 50 simulated Pis")
    return int(text)


def seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 < found <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r}: expected seconds, more than 0 and at most 3600")
    return found


def mode(text: str) -> "Mode":
    from vigie.protocol.states import Mode  # brings pydantic, which `vigie --help` must not pay for

    try:
        return Mode(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(Mode)}") from error


def server_url(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if scheme not in ("http", "https") or not separator or not rest.strip("/"):
        raise argparse.ArgumentTypeError(f"{text!r}: expected http://HOST:PORT or https://HOST")
    return text.rstrip("/")
