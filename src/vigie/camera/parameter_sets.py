"""H.264's parameter sets (SPS, PPS): some cameras and drivers send them once, or apart from the keyframe that needs them."""

import re

_START = re.compile(rb"\x00\x00\x01")
_SPS, _PPS, _IDR = 7, 8, 5


class ParameterSets:
    """Remembers the last of them."""

    def __init__(self) -> None:
        self._sets = b""

    def complete(self, data: bytes) -> tuple[bytes, bool]:
        """The coded picture, a keyframe with its parameter sets before it; and whether it is one that can be started from."""
        types = nal_types(data)
        if _SPS in types and _PPS in types:
            self._sets = _only(data, (_SPS, _PPS))
            return data, _IDR in types
        if _IDR not in types:
            return data, False
        return self._sets + data, bool(self._sets)


def nal_types(data: bytes) -> list[int]:
    """The types of the units in Annex B, up to the first slice."""
    found = []
    for start in _START.finditer(data):
        if start.end() < len(data):
            found.append(data[start.end()] & 0x1F)
            if found[-1] in (1, _IDR):
                break
    return found


def _only(data: bytes, wanted: tuple[int, ...]) -> bytes:
    starts = [found.start() for found in _START.finditer(data)]
    units = [data[start:end].rstrip(b"\x00") for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    return b"".join(b"\x00" + unit for unit in units if len(unit) > 3 and unit[3] & 0x1F in wanted)
