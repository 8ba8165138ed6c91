"""`Range: bytes=…` (RFC 9110 section 14): one range of a file of known size."""

import re


class BadRange(Exception):
    """It begins behind the end, or is none: several at once are none either, no player of ours asks for them."""


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """(start, end), the end exclusive; None where none is asked for, or in a unit that nobody knows."""
    unit, _, wanted = (header or "").strip().partition("=")
    if unit.strip().lower() != "bytes":
        return None
    found = re.fullmatch(r"([0-9]{0,18})-([0-9]{0,18})", wanted.strip())
    if found is None or not (found[1] or found[2]):
        raise BadRange(f"{wanted[:80]!r} is no range of bytes: one like 0-499, 500- or -500 is expected")
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
    if start >= size or start >= end:
        raise BadRange(f"{size} bytes are there so far, {header} begins behind them")
    return start, end
