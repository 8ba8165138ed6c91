"""A third party's publisher, as a process of its own: one topic, QoS 1, at a given rate or as fast as the broker takes it.

It writes MQTT 3.1.1 by itself, a few microseconds a message, so that what is measured is the pipeline and not a client.
Prints one JSON object in the end, see `Published`.
"""

import argparse
import json
import select
import socket
import struct
import sys
import time
from dataclasses import asdict, dataclass

WINDOW = 1000
_TICK_S = 0.005
_CONNECT, _CONNACK, _PUBLISH_QOS1, _PUBACK, _DISCONNECT = 0x10, 0x20, 0x32, 0x40, 0xE0
_PUBACK_BYTES = 4
_GIVE_UP_S = 60.0


@dataclass(frozen=True, slots=True)
class Published:
    """`offered` were sent, `acknowledged` of them by the broker. `seconds` from the first message to the last one;
    `slowest_second` is what the slowest whole second of a paced run got, `most_behind` how far it ever was behind its pace.
    """

    offered: int
    acknowledged: int
    seconds: float
    slowest_second: int
    most_behind: int


def packet(kind: int, body: bytes) -> bytes:
    """A control packet with its remaining length (MQTT 3.1.1, section 2.2.3)."""
    length, encoded = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        encoded.append(digit | 0x80 if length else digit)
        if not length:
            return bytes([kind]) + bytes(encoded) + body


def text(value: str) -> bytes:
    """A string with its length in front (section 1.5.3)."""
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded


class Publisher:
    """One connection. `send` puts messages into the pipe while no more than `WINDOW` wait for their PUBACK."""

    def __init__(self, port: int, topic: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_GIVE_UP_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._topic = text(topic)
        self._rest = 0
        self.offered = self.acknowledged = 0
        self._socket.sendall(packet(_CONNECT, text("MQTT") + bytes([4, 2]) + struct.pack(">H", 0) + text(f"publisher-{port}")))
        answer = self._socket.recv(4)
        if len(answer) != 4 or answer[0] != _CONNACK or answer[3] != 0:
            raise ConnectionError(f"the broker on port {port} does not let us in: {answer!r}")

    def send(self, count: int) -> int:
        """Sends up to `count` messages, as many as the window has room for; returns how many."""
        self.hear(0.0)
        count = min(count, WINDOW - (self.offered - self.acknowledged))
        messages = bytearray()
        for number in range(self.offered + 1, self.offered + count + 1):
            payload = b'{"confidence":0.95,"n":%d}' % number
            messages += packet(_PUBLISH_QOS1, self._topic + struct.pack(">H", (number - 1) % 65535 + 1) + payload)
        self._socket.sendall(messages)
        self.offered += count
        return count

    def hear(self, within_s: float) -> None:
        """Counts the PUBACKs that have come, waiting for one if need be; nothing else is ever sent to us."""
        while select.select([self._socket], [], [], within_s)[0]:
            answer = self._socket.recv(65536)
            if not answer:
                raise ConnectionError("the broker has closed the connection")
            packets, self._rest = divmod(self._rest + len(answer), _PUBACK_BYTES)
            self.acknowledged += packets
            within_s = 0.0

    def finish(self) -> None:
        """Waits for the last PUBACK, says goodbye."""
        deadline_s = time.monotonic() + _GIVE_UP_S
        while self.acknowledged < self.offered and time.monotonic() < deadline_s:
            self.hear(0.5)
        self._socket.sendall(packet(_DISCONNECT, b""))
        self._socket.close()


def publish(port: int, topic: str, count: int, rate: float) -> Published:
    """`count` messages `{"confidence": 0.95, "n": 1…}`; `rate` per second, 0 for as fast as it goes."""
    publisher = Publisher(port, topic)
    per_second: dict[int, int] = {}
    most_behind = 0
    started_s = time.monotonic()
    while publisher.offered < count:
        passed_s = time.monotonic() - started_s
        due = count if not rate else min(count, int(passed_s * rate) + 1)
        if due > publisher.offered:
            most_behind = max(most_behind, due - publisher.offered - round(_TICK_S * rate)) if rate else 0
            sent = publisher.send(due - publisher.offered)
            per_second[int(passed_s)] = per_second.get(int(passed_s), 0) + sent
        if publisher.offered < count:
            publisher.hear(_TICK_S) if not rate else time.sleep(_TICK_S)
    seconds = time.monotonic() - started_s
    publisher.finish()
    whole = [per_second.get(second, 0) for second in range(int(seconds))]
    return Published(publisher.offered, publisher.acknowledged, seconds, min(whole, default=0), most_behind)


def command(port: int, topic: str, count: int, rate: float = 0.0) -> list[str]:
    """The command line of this program."""
    return [sys.executable, "-m", "benchmarks.measuring.publisher", str(port), topic, str(count), str(rate)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int, help="of the broker, on 127.0.0.1")
    parser.add_argument("topic")
    parser.add_argument("count", type=int)
    parser.add_argument("rate", type=float, nargs="?", default=0.0, help="messages a second; 0: as fast as the broker takes them")
    options = parser.parse_args()
    print(json.dumps(asdict(publish(options.port, options.topic, options.count, options.rate))))


if __name__ == "__main__":
    main()
