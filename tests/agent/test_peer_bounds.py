"""What strangers on the broker can make of a Pi's peers: no more than so many of them."""

import json

import pytest

from tests.agent.arrivals import Doubts
from vigie.agent.peers import MAX_PEERS, Peers
from vigie.runtime.mqtt import Message


class Ear:
    """Peers of raspberry-01, which is awake, and what they told it."""

    def __init__(self, clock):
        self.happenings = []
        self.peers = Peers("raspberry-01", clock, Doubts(), self.happenings.append)

    def hear(self, topic, body, *, retain=False):
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.peers.hear(Message(topic, payload, 1, retain, False, 1))

    def beat(self, device, *, retain=False):
        beat = {"boot_id": f"boot of {device}", "beat": 1, "stream_id": None, "last_seq": 0}
        self.hear(f"heartbeats/{device}", beat, retain=retain)


@pytest.fixture
def ear(clock):
    return Ear(clock)


def test_a_heartbeat_says_when_who_was_there_but_for_our_own_and_for_remembered_ones(ear, clock):
    ear.beat("raspberry-01")
    ear.beat("raspberry-02", retain=True)
    assert ear.peers.heard_at == {}
    ear.beat("raspberry-02")
    clock.turn(10)
    ear.beat("raspberry-02")
    assert ear.peers.heard_at == {"raspberry-02": clock.monotonic()}


def test_there_are_no_more_peers_than_a_house_has_and_those_that_are_known_stay_known(ear, clock):
    for number in range(2 * MAX_PEERS):
        ear.beat(f"pi-{number}")
    assert list(ear.peers.heard_at) == [f"pi-{number}" for number in range(MAX_PEERS)]
    clock.turn(10)
    ear.beat("pi-0")
    assert ear.peers.heard_at["pi-0"] == clock.monotonic()
