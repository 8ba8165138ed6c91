"""The reader over paho: however the network cuts the stream, the same messages come out; acknowledgements leave together."""

import socket
import struct
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from vigie.runtime.mqtt_client import Client, Message

QUIET = b"\x00"
EXPIRY = b"\x05\x02" + struct.pack(">I", 600)
PINGRESP = b"\xd0\x00"


def publish(topic: bytes, payload: bytes, *, flags: int = 0x02, mid: int = 7, properties: bytes = QUIET) -> bytes:
    body = struct.pack(">H", len(topic)) + topic + (struct.pack(">H", mid) if flags & 0x06 else b"") + properties + payload
    length, encoded = len(body), bytearray()
    while length > 127:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([0x30 | flags, *encoded, length]) + body


def received(pieces: Sequence[bytes], *, protocol: int = MQTTv5, manual_ack: bool = True) -> tuple[list[Message], bytes]:
    """What comes out for these pieces, one `read` each, and what is sent back."""
    found: list[Message] = []
    client = Client(CallbackAPIVersion.VERSION2, protocol=protocol, manual_ack=manual_ack)
    client.on_received = found.append
    client.on_ping = client.on_pong = lambda: None
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        client._sock = ours
        try:
            for piece in pieces:
                theirs.sendall(piece)
                client.read()
            client.loop_write()
        finally:
            client._sock = None
        try:
            return found, theirs.recv(65536)
        except BlockingIOError:
            return found, b""


STREAM = (
    publish(b"sensors/a/motion", b"{}", mid=1)
    + PINGRESP
    + publish(b"sensors/a/motion", b"x" * 300, flags=0x0A, mid=65535, properties=EXPIRY)
    + publish(b"heartbeats/a", b"", flags=0x01)
)
MESSAGES = [
    Message("sensors/a/motion", b"{}", 1, retain=False, dup=False, mid=1),
    Message("sensors/a/motion", b"x" * 300, 1, retain=False, dup=True, mid=65535, expires_in_s=600),
    Message("heartbeats/a", b"", 0, retain=True, dup=False, mid=0),
]


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=8, unique=True).map(sorted))
def test_the_same_messages_come_out_however_the_stream_is_cut(cuts: list[int]):
    places = [0, *cuts, len(STREAM)]
    assert received([STREAM[a:b] for a, b in pairwise(places)])[0] == MESSAGES


def test_the_stream_may_come_byte_by_byte():
    assert received([STREAM[at : at + 1] for at in range(len(STREAM))])[0] == MESSAGES


def test_properties_that_we_do_not_know_are_skipped_and_an_expiry_among_them_is_found():
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = ("colour", "blue")
    properties.MessageExpiryInterval = 90
    (message,), _ = received([publish(b"sensors/a/b", b"payload", properties=properties.pack())])
    assert (message.payload, message.expires_in_s) == (b"payload", 90)


def test_mqtt_3_has_no_properties():
    (message,), _ = received([publish(b"sensors/a/b", b"\x00payload", properties=b"")], protocol=MQTTv311)
    assert (message.payload, message.expires_in_s) == (b"\x00payload", None)


def test_a_topic_that_is_no_utf8_is_escaped():
    (message,), _ = received([publish(b"sensors/\xff/b", b"")])
    assert message.topic == "sensors/\\xff/b"


def test_without_manual_acknowledgement_a_burst_is_acknowledged_at_once():
    _, answer = received([publish(b"a", b"", mid=1) + publish(b"a", b"", mid=258)], manual_ack=False)
    assert answer == b"\x40\x02\x00\x01\x40\x02\x01\x02"


def test_with_manual_acknowledgement_nothing_is_said_unasked():
    assert received([publish(b"a", b"", mid=1)])[1] == b""


@pytest.mark.parametrize(
    "rubbish",
    [b"\x32\xff\xff\xff\xff\x01", b"\x32\x03\x00\x09a", b"\x32\x01\x00", b"\x32\x00", b"\x32\x05\x00\x01a\x00\x01"],
    ids=["endless length", "topic beyond the end", "half a length", "empty", "no properties"],
)
def test_bytes_that_are_no_mqtt_raise(rubbish: bytes):
    with pytest.raises((ValueError, IndexError)):
        received([rubbish])
