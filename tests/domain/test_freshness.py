"""How old another device's news is: at least as old as it was late, whatever the two clocks show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.freshness import FRESH_FOR_S, LEARNED_AFTER_S, LEARNED_FROM, PeerClocks

DEVICE, BOOT = "raspberry-02", "boot-1"


def test_the_first_message_of_a_boot_is_fresh():
    clocks = PeerClocks()
    assert clocks.hear(DEVICE, BOOT, 5.0, 9000.0) == 0.0
    assert clocks.hear(DEVICE, BOOT, 5.0, 9100.0) == pytest.approx(100.0, abs=0.02)
    assert clocks.hear(DEVICE, "boot-2", 5.0, 9100.0) == 0.0
    assert clocks.hear("raspberry-03", BOOT, 5.0, 9100.0) == 0.0


def test_what_waited_in_a_frozen_broker_is_old_and_what_comes_after_it_is_fresh():
    clocks = PeerClocks()
    for beat in range(10):
        assert clocks.hear(DEVICE, BOOT, 10.0 * beat, 500 + 10.0 * beat) == pytest.approx(0.0, abs=0.01)
    waited = [clocks.hear(DEVICE, BOOT, mono_s, 500 + 130.0) for mono_s in (95.0, 100.0, 110.0)]
    assert waited == pytest.approx([35.0, 30.0, 20.0], abs=0.02)
    assert min(waited) > FRESH_FOR_S
    assert clocks.hear(DEVICE, BOOT, 130.0, 500 + 130.1) == pytest.approx(0.1, abs=0.02)


def test_old_news_leaves_the_clocks_as_they_were():
    clocks = PeerClocks()
    clocks.hear(DEVICE, BOOT, 0.0, 500.0)
    for _ in range(100):
        clocks.hear(DEVICE, BOOT, 1.0, 600.0)
    assert clocks.hear(DEVICE, BOOT, 1.0, 600.0) == pytest.approx(99.0, abs=0.02)


def test_a_clock_that_was_set_back_by_a_minute_is_learned_within_ten():
    clocks = PeerClocks()
    for beat in range(100):
        clocks.hear(DEVICE, BOOT, 10.0 * beat, 500 + 10.0 * beat)
    late = [clocks.hear(DEVICE, BOOT, 10.0 * beat, 560 + 10.0 * beat) for beat in range(100, 200)]
    assert late[0] == pytest.approx(60.0, abs=0.2)
    assert next(number for number, age_s in enumerate(late) if age_s < FRESH_FOR_S) * 10.0 <= 2 * LEARNED_AFTER_S
    assert clocks.hear(DEVICE, BOOT, 2000.0, 2590.0) == pytest.approx(30.0, abs=0.2), "old news is old by the new measure"


@pytest.mark.parametrize("count", [LEARNED_FROM - 1, 5000])
def test_a_burst_of_old_news_teaches_nothing(count):
    """However many they are, if they come at once; however long it takes, if they are few."""
    clocks = PeerClocks()
    clocks.hear(DEVICE, BOOT, 0.0, 500.0)
    step_s = 0.01 if count > LEARNED_FROM else 60.0
    ages = [clocks.hear(DEVICE, BOOT, number * step_s, 600.0 + number * step_s) for number in range(count)]
    assert min(ages) > FRESH_FOR_S


def test_a_thousand_names_are_remembered_and_no_more():
    clocks = PeerClocks()
    for number in range(3000):
        clocks.hear(f"device-{number}", BOOT, 0.0, 0.0)
    assert len(clocks._peers) == 1000
    assert clocks.hear("device-2999", BOOT, 0.0, 50.0) == pytest.approx(50.0, abs=0.01)


@given(
    offset_s=st.floats(-1e6, 1e6),
    drift_ppm=st.floats(-50, 50),
    trip_s=st.floats(0, 0.5),
    gaps_s=st.lists(st.floats(0.1, 600), min_size=1, max_size=LEARNED_FROM - 2),
    delays_s=st.lists(st.floats(0, 300), min_size=LEARNED_FROM, max_size=LEARNED_FROM),
)
def test_a_message_is_judged_at_least_as_old_as_it_is_later_than_the_fastest(offset_s, drift_ppm, trip_s, gaps_s, delays_s):
    """Each is sent at a moment of the sender's clock, and waits `delay_s` on top of what the fastest takes."""
    clocks, sent_at = PeerClocks(), 0.0
    arrivals = [(0.0, 0.0)]
    for gap_s, delay_s in zip(gaps_s, delays_s, strict=False):
        sent_at += gap_s
        arrivals.append((sent_at, delay_s))
    for sent, delay_s in sorted(arrivals, key=lambda one: one[0] + one[1]):
        arrived = sent + trip_s + delay_s
        age_s = clocks.hear(DEVICE, BOOT, offset_s + sent * (1 + drift_ppm * 1e-6), arrived)
        assert age_s >= 0.0
        # Both may drift by 50 ppm, the same way or not, and the least difference is let go up by 100 ppm.
        assert age_s >= delay_s - 200e-6 * arrived - 1e-6
        assert age_s <= delay_s + 200e-6 * arrived + 1e-6
