"""The waits between connections: short for a broker that is back, long for whoever fights with a rival."""

from vigie.runtime.broker_errors import BrokerRefused, BrokerUnreachable, ConnectionLost, PublishRefused, TakenOver
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.reconnects import LASTING_S, Reconnects

SETTINGS = BrokerSettings(url="127.0.0.1:1")
UNREACHABLE = BrokerUnreachable(SETTINGS, "refused")


def made() -> Reconnects:
    return Reconnects(jitter=lambda: 1.0)


def test_a_broker_that_is_away_is_looked_for_every_two_seconds_at_most():
    waits = [made_up.wait_s(UNREACHABLE, None) for made_up in [made()] for _ in range(50)]
    assert waits[:4] == [0.2, 0.4, 0.8, 1.6]
    assert max(waits) == 2.0


def test_after_a_connection_that_lasted_the_first_attempt_is_soon():
    reconnects = made()
    for _ in range(10):
        reconnects.wait_s(UNREACHABLE, None)
    assert reconnects.wait_s(ConnectionLost("pulled"), 60.0) == 0.2


def test_a_session_that_the_broker_lets_nobody_have_is_tried_ever_more_slowly():
    reconnects = made()
    waits = [reconnects.wait_s(PublishRefused("acks/pi", "not authorized"), 0.1) for _ in range(6)]
    assert waits == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_credentials_that_are_refused_are_not_hammered():
    assert made().wait_s(BrokerRefused(SETTINGS, 135, "no"), None) == 30.0


def test_a_broker_that_is_busy_is_asked_again_soon():
    assert made().wait_s(BrokerRefused(SETTINGS, 0x89, "Server busy"), None) == 0.2


def test_three_connections_that_end_within_seconds_have_a_rival_and_the_waits_grow():
    reconnects = made()
    waits = []
    for _ in range(8):
        waits.append(reconnects.wait_s(ConnectionLost("gone"), 0.5))
        assert reconnects.has_rival is (len(waits) >= 3)
    assert waits == [0.2, 0.2, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_a_broker_that_dies_again_and_again_is_no_rival():
    reconnects = made()
    for _ in range(10):
        assert reconnects.wait_s(ConnectionLost("gone"), 0.5) <= 2.0
        assert reconnects.wait_s(UNREACHABLE, None) <= 2.0
        assert not reconnects.has_rival


def test_what_the_broker_says_is_believed_however_long_the_connection_lasted():
    reconnects = made()
    for _ in range(3):
        reconnects.wait_s(TakenOver("told"), 20.0)
    assert reconnects.has_rival
    reconnects.wait_s(TakenOver("told"), LASTING_S)
    assert not reconnects.has_rival
