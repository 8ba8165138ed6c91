"""Looks into the MQTT packets on a link: who has acknowledged what, as the wire says it. Knows no more of MQTT than that."""

import re
from collections.abc import Callable

_PUBLISH, _PUBACK = 3, 4
_NUMBER = re.compile(rb'"n": ?(\d+)')


class Packets:
    """Cuts one direction of a connection into control packets (MQTT 5, 2.1): the first byte, and what follows the length."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        self._buffer += data
        found = []
        while (cut := self._first()) is not None:
            found.append(cut)
        return found

    def _first(self) -> tuple[int, bytes] | None:
        length = shift = 0
        for index in range(1, min(5, len(self._buffer))):
            length |= (self._buffer[index] & 0x7F) << shift
            shift += 7
            if not self._buffer[index] & 0x80:
                end = index + 1 + length
                if len(self._buffer) < end:
                    return None
                packet = self._buffer[0], bytes(self._buffer[index + 1 : end])
                del self._buffer[:end]
                return packet
        return None


class Tap:
    """One connection. For each QoS 1 message that the client has acknowledged to the broker, calls `acknowledged` with
    its topic and the number in it (`{"n": …}`); counts the PUBACKs that the broker has sent to the client.
    """

    def __init__(self, acknowledged: Callable[[str, int], None], pubacks: Callable[[], None]) -> None:
        self._acknowledged = acknowledged
        self._pubacks = pubacks
        self._up, self._down = Packets(), Packets()
        self._waiting: dict[int, tuple[str, int]] = {}

    def saw(self, data: bytes, *, up: bool) -> None:
        """What passed; `up` is from the client to the broker."""
        for first, body in (self._up if up else self._down).feed(data):
            if first >> 4 == _PUBACK:
                if up:
                    self._puback(int.from_bytes(body[:2]))
                else:
                    self._pubacks()
            elif first >> 4 == _PUBLISH and not up and first & 0x06:
                self._published(body)

    def _published(self, body: bytes) -> None:
        end = 2 + int.from_bytes(body[:2])
        number = _NUMBER.search(body, end + 2)
        if number is not None:
            self._waiting[int.from_bytes(body[end : end + 2])] = (body[2:end].decode(), int(number[1]))

    def _puback(self, packet_id: int) -> None:
        if packet_id in self._waiting:
            self._acknowledged(*self._waiting.pop(packet_id))
