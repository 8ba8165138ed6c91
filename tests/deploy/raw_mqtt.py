"""MQTT by hand, for clients that no library would let one be: any bytes as topic, name or filter. Blocking, QoS 0 and 1."""

import socket
import ssl
import struct
import time
from dataclasses import dataclass, field
from typing import Any

CONNECT, CONNACK, PUBLISH, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP = 0x10, 0x20, 0x30, 0x82, 0x90, 0xC0, 0xD0
LIMIT_S = 5.0


class Ended(Exception):
    """The broker has ended the connection, or never let us in."""


@dataclass
class Login:
    """What a CONNECT says. `version`: 5 or 4 (3.1.1)."""

    user: str | bytes | None
    password: str | bytes | None
    client_id: str = "x"
    version: int = 5
    clean: bool = True
    keepalive_s: int = 60
    will: tuple[str, bytes, bool] | None = None
    session_s: int = 0

    def packet(self) -> bytes:
        is_5 = self.version == 5
        flags = 0x02 * self.clean | 0x80 * (self.user is not None) | 0x40 * (self.password is not None)
        body = _text(self.client_id)
        if self.will is not None:
            topic, payload, retain = self.will
            flags |= 0x04 | 0x08 | 0x20 * retain
            body += b"\0" * is_5 + _text(topic) + _text(payload)
        body += b"".join(_text(part) for part in (self.user, self.password) if part is not None)
        properties = b"\x05\x11" + struct.pack(">I", self.session_s) if self.session_s else b"\0"
        head = _text("MQTT") + bytes([self.version, flags]) + struct.pack(">H", self.keepalive_s)
        return _packet(CONNECT, head + properties * is_5 + body)


@dataclass
class RawClient:
    """`messages`: (topic, payload) of all that came so far, `retained` those of them that the broker had kept."""

    sock: Any
    version: int = 5
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    _buffer: bytes = b""

    @classmethod
    def connect(cls, port: int, login: Login, tls: ssl.SSLContext | None = None, host: str = "localhost") -> "RawClient":
        """Raises `Ended` where the broker does not let it in, `ssl.SSLError` where there is no TLS to be had."""
        sock: Any = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        try:
            if tls is not None:
                sock = tls.wrap_socket(sock, server_hostname=host)
            client = cls(sock, login.version)
            client.send(login.packet())
            client._expect_welcome()
        except BaseException:
            sock.close()
            raise
        return client

    def send(self, data: bytes) -> None:
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Ended(str(error)) from error

    def publish(self, topic: str | bytes, payload: bytes, *, qos: int = 0, retain: bool = False, properties: bytes = b"") -> None:
        number = b"\0\1" if qos else b""
        extra = bytes([len(properties)]) + properties if self.version == 5 else b""
        self.send(_packet(PUBLISH | qos << 1 | retain, _text(topic) + number + extra + payload))

    def subscribe(self, *filters: str) -> None:
        """At QoS 0; waits for the SUBACK, whatever it says."""
        body = b"\0\2" + b"\0" * (self.version == 5) + b"".join(_text(name) + b"\0" for name in filters)
        self.send(_packet(SUBSCRIBE, body))
        self._until(SUBACK)

    def is_through(self) -> bool:
        """Waits until the broker has read all that was sent; False where it has ended the connection over it."""
        try:
            self.send(_packet(PINGREQ, b""))
            self._until(PINGRESP)
        except Ended:
            return False
        return True

    def read_until(self, payload: bytes) -> list[tuple[str, bytes]]:
        """All that came before the message with this payload."""
        while not self.messages or self.messages[-1][1] != payload:
            self._take(*self._next())
        found, self.messages = self.messages[:-1], []
        return found

    def close(self) -> None:
        """Without a goodbye: the last will is due."""
        self.sock.close()

    def _expect_welcome(self) -> None:
        kind, body = self._next()
        if kind & 0xF0 != CONNACK or body[1] != 0:
            raise Ended(f"CONNACK {body[1:2].hex()}")

    def _until(self, wanted: int) -> None:
        while True:
            kind, body = self._next()
            if kind & 0xF0 == wanted:
                return
            self._take(kind, body)

    def _take(self, kind: int, body: bytes) -> None:
        if kind & 0xF0 != PUBLISH:
            return
        at = 2 + int.from_bytes(body[:2], "big")
        topic = body[2:at].decode("utf-8", "replace")
        at += 2 if kind & 0x06 else 0
        at += 1 + body[at] if self.version == 5 else 0
        self.messages.append((topic, body[at:]))

    def _next(self) -> tuple[int, bytes]:
        deadline = time.monotonic() + LIMIT_S
        while (found := _first_packet(self._buffer)) is None:
            assert time.monotonic() < deadline, "the broker says nothing"
            try:
                part = self.sock.recv(65536)
            except (ConnectionError, ssl.SSLError) as error:
                raise Ended(str(error)) from error
            if not part:
                raise Ended("closed")
            self._buffer += part
        kind, body, self._buffer = found
        return kind, body


def _text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(raw)) + raw


def _packet(kind: int, body: bytes) -> bytes:
    length, size = b"", len(body)
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | 0x80 * (size > 0)])
        if not size:
            return bytes([kind]) + length + body


def _first_packet(data: bytes) -> tuple[int, bytes, bytes] | None:
    size = shift = 0
    for at in range(1, min(5, len(data))):
        size |= (data[at] & 0x7F) << shift
        shift += 7
        if not data[at] & 0x80:
            end = at + 1 + size
            return (data[0], data[at + 1 : end], data[end:]) if end <= len(data) else None
    return None
