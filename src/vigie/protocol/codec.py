"""Bytes to JSON objects and back, with the limits of the contract. Never trusts a byte."""

import json
import math
from typing import Any

from vigie.protocol.errors import BadPayload

MAX_PAYLOAD_BYTES = 64 * 1024
MAX_DEPTH = 16

JsonObject = dict[str, Any]


def decode_object(payload: bytes) -> JsonObject:
    """The JSON object in `payload`; raises `BadPayload` with a reason that a person can act on.

    Refused: over 64 KiB, not UTF-8, not JSON (NaN and Infinity are not JSON), not an object, nested deeper than 16,
    text that no database takes (NUL, lone surrogates).
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BadPayload(f"payload of {len(payload)} bytes, the limit is {MAX_PAYLOAD_BYTES}")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadPayload(f"not UTF-8: byte {error.start} is 0x{payload[error.start]:02x}") from error
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise BadPayload(f"nested deeper than {MAX_DEPTH} levels") from error
    except json.JSONDecodeError as error:
        raise BadPayload(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except ValueError as error:  # an integer of more digits than Python converts
        raise BadPayload(f"not JSON that we take: {error}") from error
    if not isinstance(value, dict):
        raise BadPayload(f"a JSON object is expected, this is {_json_name(value)}")
    check_value(value)
    return value


def encode_object(value: JsonObject) -> bytes:
    """Compact UTF-8 JSON; raises `ValueError` for NaN, which is not JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def check_value(value: Any, depth: int = 1) -> None:
    """Raises `BadPayload` for what parses but cannot be stored: too deep, NUL or lone surrogates in text, NaN, huge numbers."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise BadPayload("a number that JSON cannot write (NaN or infinite)")
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise BadPayload("an integer outside 64 bits")
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise BadPayload(f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            for key in value:
                _check_text(key)
            value = value.values()
        for child in value:
            check_value(child, depth + 1)


def _check_text(text: str) -> None:
    if text.isascii() and "\x00" not in text:
        return
    if "\x00" in text:
        raise BadPayload("text with a NUL character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadPayload("text with a lone surrogate") from error


def _refuse_constant(name: str) -> Any:
    raise BadPayload(f"not JSON: {name} is no JSON number")


def _json_name(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number", type(None): "null"}
    return names[type(value)]
