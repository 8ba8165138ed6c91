"""Letters for the synthetic picture, 5 by 7 points, one string of rows each: enough for a device's name and a clock."""

WIDTH, HEIGHT = 5, 7

# Each glyph is seven rows of five bits, in hexadecimal.
_GLYPHS = {
    "0": "0e11131519110e", "1": "040c040404040e", "2": "0e11010204081f", "3": "1f02040201110e", "4": "02060a121f0202",
    "5": "1f101e0101110e", "6": "0608101e11110e", "7": "1f010204080808", "8": "0e11110e11110e", "9": "0e11110f01020c",
    "a": "0e11111f111111", "b": "1e11111e11111e", "c": "0e11101010110e", "d": "1c12111111121c", "e": "1f10101e10101f",
    "f": "1f10101e101010", "g": "0e11101711110f", "h": "1111111f111111", "i": "0e04040404040e", "j": "0702020202120c",
    "k": "11121418141211", "l": "1010101010101f", "m": "111b1515111111", "n": "11111915131111", "o": "0e11111111110e",
    "p": "1e11111e101010", "q": "0e11111115120d", "r": "1e11111e141211", "s": "0f10100e01011e", "t": "1f040404040404",
    "u": "1111111111110e", "v": "11111111110a04", "w": "11111115151b11", "x": "11110a040a1111", "y": "1111110a040404",
    "z": "1f01020408101f", "-": "0000001f000000", "_": "0000000000001f", ":": "000c0c000c0c00", ".": "00000000000c0c",
    "+": "0004041f040400", "#": "0a0a1f0a1f0a0a", "/": "00010204081000", "°": "06090906000000",
    " ": "00000000000000",
}  # fmt: skip


def rows(text: str, scale: int, ink: int, paper: int) -> list[bytes]:
    """The text as rows of luma, all of one length; a letter that is not in the font is blank."""
    points = [bytes.fromhex(_GLYPHS.get(letter, _GLYPHS[" "])) for letter in text.lower()]
    found = []
    dot, blank = bytes((ink,)) * scale, bytes((paper,)) * scale
    edge = blank * ((WIDTH + 1) * len(points) + 1)
    for row in range(HEIGHT):
        line = blank + b"".join(
            b"".join(dot if glyph[row] >> 4 - column & 1 else blank for column in range(WIDTH)) + blank for glyph in points
        )
        found += [line] * scale
    return [edge] * scale + found + [edge] * scale
