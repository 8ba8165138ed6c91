"""The publisher of floods and backlogs speaks MQTT well enough for Mosquitto, and is honest about its pace."""

from benchmarks.measuring.publisher import packet, publish
from tests.brokers import RunningBroker


def test_a_packet_carries_its_length_in_as_few_bytes_as_possible():
    assert packet(0xE0, b"") == b"\xe0\x00"
    assert packet(0x32, b"x" * 127)[:2] == b"\x32\x7f"
    assert packet(0x32, b"x" * 128)[:3] == b"\x32\x80\x01"


def test_every_message_is_acknowledged_once(mosquitto: RunningBroker):
    published = publish(mosquitto.port, "sensors/neighbour/vibration", 3000, 0.0)
    assert (published.offered, published.acknowledged) == (3000, 3000)


def test_a_paced_run_takes_its_time(mosquitto: RunningBroker):
    published = publish(mosquitto.port, "sensors/neighbour/vibration", 200, 400.0)
    assert (published.offered, published.acknowledged) == (200, 200)
    assert published.seconds >= 199 / 400
