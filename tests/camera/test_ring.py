"""The ring holds the pre-roll, from a keyframe on, and not much more."""

from hypothesis import given
from hypothesis import strategies as st

from tests.camera.pictures import bare, bare_stream
from vigie.camera import ring as ring_module
from vigie.camera.ring import Ring

SECOND = 1_000_000


@given(
    keep_s=st.floats(0, 8),
    gaps=st.lists(st.integers(1_000, 700_000), min_size=1, max_size=120),
    keyframe_every=st.integers(1, 20),
)
def test_it_holds_the_pre_roll_back_to_a_keyframe_and_at_most_one_group_more(keep_s, gaps, keyframe_every):
    ring = Ring(int(keep_s * SECOND))
    packets, at = [], 0
    for number, gap in enumerate(gaps):
        at += gap
        packets.append(bare(at, is_keyframe=number % keyframe_every == 0))
        ring.add(packets[-1])
    since = at - int(keep_s * SECOND)
    held = ring.since(since)
    assert held[0].is_keyframe
    assert held[-1] is packets[-1]
    assert held == packets[packets.index(held[0]) :]
    assert held[0].at_us <= since or held[0] is packets[0]
    assert [packet.at_us for packet in held if packet.is_keyframe and packet.at_us <= since][1:] == []


def test_before_the_first_keyframe_there_is_nothing():
    ring = Ring(5 * SECOND)
    for packet in bare_stream(0.9, from_us=1)[1:]:
        ring.add(packet)
    assert ring.since(0) == []
    assert ring.size_bytes == 0


def test_it_stays_small_whatever_the_camera_sends(monkeypatch):
    monkeypatch.setattr(ring_module, "MAX_BYTES", 1000)
    ring = Ring(1000 * SECOND)
    for packet in bare_stream(60):
        ring.add(packet)
    assert ring.size_bytes <= 1000
    assert ring.since(0)[0].is_keyframe


def test_cleared_it_has_nothing_of_before():
    ring = Ring(5 * SECOND)
    for packet in bare_stream(3):
        ring.add(packet)
    ring.clear()
    assert ring.since(0) == []
