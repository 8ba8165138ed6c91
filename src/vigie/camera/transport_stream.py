"""H.264 in MPEG-TS (ISO/IEC 13818-1), written and read again after a crash. One program with one video stream, no B-frames.

Our own, for each picture then is whole bytes that can be flushed and counted, whichever PyAV a Pi has (avcC and buffering of
its muxers differ by version).
"""

from dataclasses import dataclass
from pathlib import Path

PACKET_BYTES = 188
_PMT_PID, _VIDEO_PID = 0x1000, 0x100
_HZ = 90_000
_FIRST_PTS = _HZ
_PCR_BEHIND = _HZ // 2
_ACCESS_UNIT_DELIMITER = b"\x00\x00\x00\x01\x09\xf0"
_MAX_PES = 0xFFFF


class TransportStream:
    """Turns coded pictures into packets of 188 bytes. `write` returns all bytes of one picture."""

    def __init__(self) -> None:
        self._counters = {0: 0, _PMT_PID: 0, _VIDEO_PID: 0}
        self._first_us: int | None = None

    def write(self, data: bytes, at_us: int, *, is_keyframe: bool) -> bytes:
        """Tables are repeated before each keyframe, so that any of them is a place to start."""
        if self._first_us is None:
            self._first_us = at_us
        pts = _FIRST_PTS + (at_us - self._first_us) * 9 // 100
        tables = self._tables() if is_keyframe else b""
        body = _ACCESS_UNIT_DELIMITER + data
        length = 8 + len(body)
        header = b"\x00\x00\x01\xe0" + (length if length <= _MAX_PES else 0).to_bytes(2, "big") + b"\x84\x80\x05" + _timestamp(pts)
        return tables + self._split(header + body, _clock_field(pts - _PCR_BEHIND, is_keyframe=is_keyframe))

    def _tables(self) -> bytes:
        return self._section(0, _PROGRAMS) + self._section(_PMT_PID, _STREAMS)

    def _section(self, pid: int, section: bytes) -> bytes:
        return self._header(pid, 0x10, is_start=True) + b"\x00" + section.ljust(PACKET_BYTES - 5, b"\xff")

    def _split(self, payload: bytes, clock: bytes) -> bytes:
        room = PACKET_BYTES - 4 - len(clock)
        if len(payload) < room:
            clock = _stuffed(clock, room - len(payload))
        packets = [self._header(_VIDEO_PID, 0x30, is_start=True), clock, payload[:room]]
        room = PACKET_BYTES - 4
        for at in range(PACKET_BYTES - 4 - len(clock), len(payload), room):
            part = payload[at : at + room]
            missing = room - len(part)
            packets += [self._header(_VIDEO_PID, 0x30 if missing else 0x10, is_start=False), _stuffing(missing), part]
        return b"".join(packets)

    def _header(self, pid: int, control: int, *, is_start: bool) -> bytes:
        counter = self._counters[pid]
        self._counters[pid] = (counter + 1) & 0xF
        return bytes((0x47, (0x40 if is_start else 0) | pid >> 8, pid & 0xFF, control | counter))


def _timestamp(pts: int) -> bytes:
    pts &= (1 << 33) - 1
    high, middle, low = pts >> 30, pts >> 15 & 0x7FFF, pts & 0x7FFF
    return bytes((0x21 | high << 1, middle >> 7, (middle & 0x7F) << 1 | 1, low >> 7, (low & 0x7F) << 1 | 1))


def _clock_field(base: int, *, is_keyframe: bool) -> bytes:
    base &= (1 << 33) - 1
    return bytes((7, 0x50 if is_keyframe else 0x10)) + (base << 15 | 0x7E00).to_bytes(6, "big")


def _stuffed(field: bytes, missing: int) -> bytes:
    return bytes((field[0] + missing,)) + field[1:] + b"\xff" * missing


def _stuffing(missing: int) -> bytes:
    if missing < 2:
        return b"\x00" * missing
    return bytes((missing - 1, 0)) + b"\xff" * (missing - 2)


def _with_crc(section: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for byte in section:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return section + crc.to_bytes(4, "big")


_PROGRAMS = _with_crc(bytes.fromhex("00b00d0001c100000001f000"))
_STREAMS = _with_crc(bytes.fromhex("02b0120001c10000e100f0001be100f000"))


@dataclass(frozen=True, slots=True)
class Readable:
    """How much of a file is whole pictures, and how long they last."""

    size_bytes: int = 0
    pictures: int = 0
    duration_us: int = 0


def readable(path: Path) -> Readable:
    """What can be played of a file that may end anywhere, or in rubbish. Raises `OSError`."""
    scan = _Scan()
    with path.open("rb") as file:
        while packet := file.read(PACKET_BYTES):
            if len(packet) < PACKET_BYTES or not scan.take(packet):
                break
    return scan.found()


class _Scan:
    """Goes through the packets, and remembers where the last whole picture ended."""

    def __init__(self) -> None:
        self._at = 0
        self._good = 0
        self._pictures = 0
        self._missing: int | None = None
        self._stamps: list[int] = []
        self._open_stamp: int | None = None

    def take(self, packet: bytes) -> bool:
        """False from the first packet on that is none of ours."""
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if packet[0] != 0x47 or pid not in (0, _PMT_PID, _VIDEO_PID):
            return False
        if packet[1] & 0x40:
            self._close_unbounded()
        if pid == _VIDEO_PID:
            payload = packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]
            if packet[1] & 0x40 and not self._begin(payload):
                return False
            if self._missing is not None:
                self._missing -= len(payload)
        self._at += PACKET_BYTES
        if self._missing is not None and self._missing <= 0:
            self._finish(self._at)
        return True

    def found(self) -> Readable:
        if not self._pictures:
            return Readable()
        first, last = self._stamps[0], self._stamps[-1]
        interval = last - self._stamps[-2] if self._pictures > 1 else 0
        return Readable(self._good, self._pictures, (last - first + interval) * 100 // 9)

    def _begin(self, payload: bytes) -> bool:
        if payload[:4] != b"\x00\x00\x01\xe0":
            return False
        length = int.from_bytes(payload[4:6], "big")
        self._missing = length + 6 if length else None
        stamp = payload[9:14]
        self._open_stamp = (stamp[0] >> 1 & 7) << 30 | stamp[1] << 22 | (stamp[2] >> 1) << 15 | stamp[3] << 7 | stamp[4] >> 1
        return True

    def _close_unbounded(self) -> None:
        """A picture of more than 64 KiB does not say its length: it is whole once something follows."""
        if self._open_stamp is not None and self._missing is None:
            self._finish(self._at)
        self._open_stamp = None
        self._missing = None

    def _finish(self, end: int) -> None:
        if self._open_stamp is not None:
            self._good = end
            self._pictures += 1
            self._stamps = (
                [*self._stamps[:1], *self._stamps[-1:], self._open_stamp][-3:]
                if self._pictures > 2
                else [*self._stamps, self._open_stamp]
            )
        self._open_stamp = None
        self._missing = None
