"""Which recordings go, and when the room ends."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.keeping import DAY_MS, Kept, Limits, days_left, to_delete
from vigie.protocol.camera import DeletionReason

NOW_MS = 100 * DAY_MS
ROOMY = Limits(max_bytes=1000, max_days=30, min_free_bytes=100)


def kept(number: int, *, age_days: float = 1, size_bytes: int = 100, **more: bool) -> Kept:
    return Kept(f"clip-{number:03}", NOW_MS - int(age_days * DAY_MS), size_bytes, **more)


def doomed(clips: list[Kept], limits: Limits = ROOMY, *, free_bytes: int = 10_000) -> dict[str, DeletionReason]:
    return {one.id: one.reason for one in to_delete(clips, limits, free_bytes=free_bytes, now_ms=NOW_MS)}


def test_within_the_limits_nothing_goes():
    assert doomed([kept(n) for n in range(10)]) == {}


def test_the_oldest_go_when_there_are_too_many_bytes():
    assert doomed([kept(n, age_days=n) for n in range(1, 13)]) == {
        "clip-012": DeletionReason.TOO_MANY_BYTES,
        "clip-011": DeletionReason.TOO_MANY_BYTES,
    }


def test_what_is_too_old_goes_also_where_there_is_room():
    assert doomed([kept(1, age_days=31), kept(2, age_days=29)]) == {"clip-001": DeletionReason.TOO_OLD}


def test_the_oldest_go_until_enough_of_the_disk_is_free():
    clips = [kept(n, age_days=5 - n) for n in range(4)]
    assert doomed(clips, free_bytes=0) == {"clip-000": DeletionReason.DISK_LOW}
    assert list(doomed(clips, Limits(1000, 30, 250), free_bytes=0)) == ["clip-000", "clip-001", "clip-002"]


def test_what_is_locked_stays_whatever_the_limits_say():
    clips = [kept(1, age_days=99, locked=True), kept(2, age_days=98, size_bytes=5000, locked=True), kept(3)]
    assert doomed(clips, free_bytes=0) == {"clip-003": DeletionReason.TOO_MANY_BYTES}


def test_what_is_still_arriving_goes_only_for_its_age():
    assert doomed([kept(1, size_bytes=5000, arriving=True), kept(2, age_days=40, arriving=True)]) == {
        "clip-002": DeletionReason.TOO_OLD
    }


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 500), st.booleans()), max_size=30),
    st.integers(0, 3000),
    st.integers(0, 3000),
)
def test_after_it_the_limits_hold_or_only_locked_ones_are_left(made, max_bytes, free_bytes):
    clips = [kept(n, age_days=age, size_bytes=size, locked=locked) for n, (age, size, locked) in enumerate(made)]
    limits = Limits(max_bytes, 30, 200)
    gone = doomed(clips, limits, free_bytes=free_bytes)
    left = [clip for clip in clips if clip.id not in gone]
    assert not any(clip.locked for clip in clips if clip.id in gone)
    freed = sum(clip.size_bytes for clip in clips if clip.id in gone)
    is_within = sum(clip.size_bytes for clip in left) <= max_bytes and free_bytes + freed >= 200
    assert is_within or all(clip.locked for clip in left)


def test_the_room_lasts_as_long_as_the_pace_of_the_last_week_says():
    clips = [kept(n, age_days=n, size_bytes=50) for n in range(1, 8)]
    assert days_left(clips, ROOMY, free_bytes=10_000, now_ms=NOW_MS) == 13.0
    assert days_left(clips, ROOMY, free_bytes=200, now_ms=NOW_MS) == 2.0
    assert days_left(clips, ROOMY, free_bytes=0, now_ms=NOW_MS) == 0.0
    assert days_left([], ROOMY, free_bytes=0, now_ms=NOW_MS) is None
    assert days_left([kept(1, size_bytes=1)], ROOMY, free_bytes=10_000, now_ms=NOW_MS) == 30
