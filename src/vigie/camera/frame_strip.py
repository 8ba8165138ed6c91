"""The synthetic camera's frame number and angle as a strip of black and white blocks along the lower edge: what a benchmark reads
back from a JPEG or from H.264, however it was scaled.
"""

from dataclasses import dataclass

BLOCKS = 40
_NUMBER_BITS, _ANGLE_BITS, _CHECK_BITS = 24, 8, 6
_BLACK, _WHITE = 16, 235


@dataclass(frozen=True, slots=True)
class Strip:
    """`frame` counts modulo 2^24; `angle_deg` is whole."""

    frame: int
    angle_deg: int


def strip_height(height: int) -> int:
    """In rows; even, for the colour planes."""
    return max(2, height // 24 // 2 * 2)


def strip_row(strip: Strip, width: int) -> bytes:
    """One row of luma."""
    values = (_WHITE if bit else _BLACK for bit in _bits(strip))
    row = b"".join(bytes((value,)) * ((at + 1) * width // BLOCKS - at * width // BLOCKS) for at, value in enumerate(values))
    return row[:width]


def read_strip(luma: bytes, width: int, height: int, line_size: int | None = None) -> Strip | None:
    """What the strip in this picture says (luma, row by row); None where there is none, or it cannot be read."""
    line = line_size or width
    rows = strip_height(height)
    start = (height - rows // 2 - 1) * line
    bits = [luma[start + (2 * at + 1) * width // (2 * BLOCKS)] > 128 for at in range(BLOCKS)]
    value = 0
    for bit in bits[2:]:
        value = value << 1 | bit
    number, angle = value >> _ANGLE_BITS + _CHECK_BITS, (value >> _CHECK_BITS & 0xFF) - 128
    strip = Strip(number, angle)
    return strip if bits == _bits(strip) else None


def _bits(strip: Strip) -> list[bool]:
    """White, black, then number, angle and a check sum."""
    angle = max(-128, min(127, strip.angle_deg)) + 128
    value = strip.frame % (1 << _NUMBER_BITS) << _ANGLE_BITS | angle
    value = value << _CHECK_BITS | (value % 61)
    length = _NUMBER_BITS + _ANGLE_BITS + _CHECK_BITS
    return [True, False, *(bool(value >> bit & 1) for bit in range(length - 1, -1, -1))]
