"""paho's client with a reader of its own: a burst of messages is one `recv`, a burst of acknowledgements one `send`.

paho asks the socket three times for each message and makes seven objects of it: with a backlog behind the broker that was
the dearest step of the bridge. All that is not an incoming message at QoS 0 or 1 is still paho's.
"""

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from paho.mqtt import client as paho
from paho.mqtt.enums import MessageType, MQTTErrorCode
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

_READ_BYTES = 64 * 1024
_PUBLISH, _PUBACK = int(MessageType.PUBLISH), int(MessageType.PUBACK)
_KIND, _QOS, _QOS1, _QOS2, _DUP, _RETAIN = 0xF0, 0x06, 0x02, 0x04, 0x08, 0x01
_EXPIRY_ALONE = b"\x05\x02"
"""How properties begin that are a Message Expiry Interval and nothing else (MQTT 5, 3.3.2.3): those of our agents."""


class Message(NamedTuple):
    """A message as received. `mid` is the packet's id within this connection, 0 at QoS 0.

    `expires_in_s` is what the broker has left of the sender's message expiry, null where there is none (or no MQTT 5): a
    sender that always gives the same expiry tells with it how long the message has waited in the broker.
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool
    mid: int
    expires_in_s: int | None = None


class Client(paho.Client):
    """Set `on_received`, and `on_ping` and `on_pong` for each PINGREQ that leaves and each answer that comes; call `read` when
    the socket is readable, where paho's users call `loop_read`.
    """

    on_received: Callable[[Message], None]
    on_ping: Callable[[], None]
    on_pong: Callable[[], None]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._unread = bytearray()
        self._acks = bytearray()

    def read(self) -> None:
        """Takes all that has come; the end of the connection shows in `on_disconnect`. Raises what paho's parser raises, or
        `ValueError`, on bytes that are no MQTT.
        """
        try:
            received = self._sock_recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
            return
        with self._msgtime_mutex:
            self._last_bytes_received = paho.time_func()
        self._unread += received
        taken = 0
        while self._sock is not None and (place := _packet_at(self._unread, taken)):
            command, (body_at, end) = self._unread[taken], place
            taken = end
            code = self._take(command, bytes(self._unread[body_at:end]))
            if code > MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._loop_rc_handle(code)
        del self._unread[:taken]
        if not self._manual_ack:
            self.send_acks()

    @property
    def owes_acks(self) -> bool:
        """Whether acknowledgements wait for `send_acks`."""
        return bool(self._acks)

    def acknowledge(self, mid: int) -> None:
        """Puts the PUBACK of a message at QoS 1 beside those that wait for `send_acks`."""
        self._acks += struct.pack(">BBH", _PUBACK, 2, mid)

    def send_acks(self) -> None:
        """Sends the acknowledgements that wait, all of them as one packet as far as paho knows."""
        if self._acks:
            self._packet_queue(_PUBACK, bytes(self._acks), 0, 1)
            self._acks.clear()

    def ping(self) -> None:
        """Asks the broker for a sign of life. Beside paho's own pings, whose answer it takes for the connection's."""
        self._send_simple_command(MessageType.PINGREQ)
        self.on_ping()

    def _send_pingreq(self) -> MQTTErrorCode:
        self.on_ping()
        return super()._send_pingreq()

    def _handle_pingresp(self) -> MQTTErrorCode:
        self.on_pong()
        return super()._handle_pingresp()

    def _take(self, command: int, body: bytes) -> MQTTErrorCode:
        if command & _KIND == _PUBLISH and not command & _QOS2:
            self._take_message(command, body)
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        self._in_packet = {
            "command": command,
            "have_remaining": 1,
            "remaining_count": [],
            "remaining_mult": 1,
            "remaining_length": len(body),
            "packet": bytearray(body),
            "to_process": 0,
            "pos": 0,
        }
        try:
            return self._packet_handle()
        except MalformedPacket:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL

    def _take_message(self, command: int, body: bytes) -> None:
        at = 2 + int.from_bytes(body[:2], "big")
        topic, mid, expires_in_s = body[2:at].decode("utf-8", "backslashreplace"), 0, None
        if command & _QOS:
            mid, at = int.from_bytes(body[at : at + 2], "big"), at + 2
        if self._protocol == paho.MQTTv5:
            if body[at] == 0:
                at += 1
            elif body[at : at + 2] == _EXPIRY_ALONE:
                expires_in_s, at = int.from_bytes(body[at + 2 : at + 6], "big"), at + 6
            else:
                properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's own gap
                _, size = properties.unpack(body[at:])  # type: ignore[no-untyped-call]
                expires_in_s, at = getattr(properties, "MessageExpiryInterval", None), at + size
        if at > len(body):
            raise ValueError("a message shorter than its own topic and properties")
        qos = 1 if command & _QOS1 else 0
        self.on_received(Message(topic, body[at:], qos, bool(command & _RETAIN), bool(command & _DUP), mid, expires_in_s))
        if qos and not self._manual_ack:
            self.acknowledge(mid)


def _packet_at(data: bytearray, start: int) -> tuple[int, int] | None:
    """Where the body of the packet at `start` begins and ends; None while it is not there whole. Raises `ValueError`."""
    length = shift = 0
    for at in range(start + 1, min(start + 5, len(data))):
        length |= (data[at] & 0x7F) << shift
        if not data[at] & 0x80:
            end = at + 1 + length
            return None if end > len(data) else (at + 1, end)
        shift += 7
    if len(data) >= start + 5:
        raise ValueError("a packet length of more than four bytes")
    return None
