"""`Range: bytes=…` (RFC 9110 section 14): one range of a file of known size."""

import re


class UnsatisfiableRange(Exception):
    """It begins behind the end."""


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """(start, end), the end exclusive; None for no range, or one that is to be ignored: then the whole is the answer."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", (header or "").replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None
    if start >= size or start >= end:
        raise UnsatisfiableRange(f"{size} bytes are there so far, {header} begins behind them")
    return start, end
