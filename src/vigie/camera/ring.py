"""The last seconds, coded, always from a keyframe on: what a clip begins with."""

from collections import deque

from vigie.camera.pictures import Packet

MAX_BYTES = 48 * 2**20


class Ring:
    """Keeps at least `keep_us` back to a keyframe, and no whole second more; in any case no more than `MAX_BYTES`."""

    def __init__(self, keep_us: int) -> None:
        self._keep_us = keep_us
        self._groups: deque[list[Packet]] = deque()
        self.size_bytes = 0

    def add(self, packet: Packet) -> None:
        if packet.is_keyframe:
            self._groups.append([packet])
        elif self._groups:
            self._groups[-1].append(packet)
        else:
            return  # nothing can be made of it
        self.size_bytes += len(packet.data)
        groups = self._groups
        while len(groups) > 1 and (groups[1][0].at_us <= packet.at_us - self._keep_us or self.size_bytes > MAX_BYTES):
            self.size_bytes -= sum(len(dropped.data) for dropped in groups.popleft())

    def since(self, at_us: int) -> list[Packet]:
        """From the last keyframe at or before this moment; from the oldest where there is none."""
        groups = list(self._groups)
        while len(groups) > 1 and groups[1][0].at_us <= at_us:
            groups.pop(0)
        return [packet for group in groups for packet in group]

    def clear(self) -> None:
        self._groups.clear()
        self.size_bytes = 0
