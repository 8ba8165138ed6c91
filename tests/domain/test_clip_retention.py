"""What a Pi's card gives up: the stored and the oldest first, what only we have last, and never more than it must."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.clip_retention import ClipLimits, HeldClip, days_left, has_room, to_delete
from vigie.protocol.camera import DeletionReason

MB = 1_000_000
ROOMY = ClipLimits(max_bytes=1000 * MB, max_days=14, min_free_bytes=100 * MB)


def clip(name: str, size: int = MB, *, stored: bool = True, age: float | None = 1.0) -> HeldClip:
    return HeldClip(name, size, stored, age)


clips = st.lists(
    st.builds(
        HeldClip,
        id=st.uuids().map(lambda found: found.hex),
        size_bytes=st.integers(0, 50 * MB),
        stored=st.booleans(),
        age_days=st.none() | st.floats(0, 30),
    ),
    max_size=30,
    unique_by=lambda held: held.id,
)
limits = st.builds(
    ClipLimits, max_bytes=st.integers(0, 500 * MB), max_days=st.floats(0.1, 30), min_free_bytes=st.integers(0, 200 * MB)
)
free = st.none() | st.integers(0, 400 * MB)


def test_with_room_for_all_nothing_goes():
    assert to_delete([clip("a"), clip("b", stored=False, age=None)], ROOMY, free_bytes=200 * MB) == []


def test_too_old_goes_if_the_server_has_it():
    held = [clip("a", age=15), clip("b", age=15, stored=False), clip("c", age=None), clip("d", age=13)]
    (gone,) = to_delete(held, ROOMY, free_bytes=200 * MB)
    assert (gone.id, gone.reason) == ("a", DeletionReason.TOO_OLD)


def test_too_many_bytes_take_the_oldest_stored_first():
    held = [clip("a", stored=False), clip("b"), clip("c"), clip("d")]
    tight = ClipLimits(max_bytes=2 * MB, max_days=14, min_free_bytes=0)
    assert [(gone.id, gone.reason) for gone in to_delete(held, tight, free_bytes=None)] == [
        ("b", DeletionReason.TOO_MANY_BYTES),
        ("c", DeletionReason.TOO_MANY_BYTES),
    ]


def test_a_card_that_is_full_takes_also_what_only_we_have_the_oldest_first():
    held = [clip("a", stored=False), clip("b", stored=False), clip("c")]
    gone = to_delete(held, ROOMY, free_bytes=int(98.2 * MB))
    assert [(found.id, found.reason) for found in gone] == [("c", DeletionReason.DISK_LOW), ("a", DeletionReason.DISK_LOW)]


def test_the_clip_that_is_being_recorded_counts():
    tight = ClipLimits(max_bytes=3 * MB, max_days=14, min_free_bytes=0)
    assert to_delete([clip("a"), clip("b")], tight, free_bytes=None) == []
    assert [gone.id for gone in to_delete([clip("a"), clip("b")], tight, free_bytes=None, recording_bytes=2 * MB)] == ["a"]


@given(held=clips, limits=limits, free_bytes=free, recording=st.integers(0, 50 * MB))
def test_afterwards_the_limits_hold_or_nothing_is_left(held, limits, free_bytes, recording):
    gone = {found.id for found in to_delete(held, limits, free_bytes=free_bytes, recording_bytes=recording)}
    left = [found for found in held if found.id not in gone]
    used = sum(found.size_bytes for found in left) + recording
    freed = sum(found.on_card_bytes for found in held if found.id in gone)
    assert not left or used <= limits.max_bytes
    assert not left or free_bytes is None or free_bytes + freed >= limits.min_free_bytes
    assert not any(found.stored and (found.age_days or 0) > limits.max_days for found in left)


@given(held=clips, limits=limits, free_bytes=free)
def test_what_only_we_have_goes_after_all_that_the_server_has_and_never_of_age(held, limits, free_bytes):
    gone = to_delete(held, limits, free_bytes=free_bytes)
    by_id = {found.id: found for found in held}
    ours = [found for found in gone if not by_id[found.id].stored]
    assert all(found.reason != DeletionReason.TOO_OLD for found in ours)
    if ours:
        assert {found.id for found in held if found.stored} <= {found.id for found in gone}
        unstored = sorted(found.id for found in held if not found.stored)
        assert [found.id for found in ours] == unstored[: len(ours)]


@given(held=clips, limits=limits, free_bytes=free)
def test_the_last_to_go_had_to_go(held, limits, free_bytes):
    gone = to_delete(held, limits, free_bytes=free_bytes)
    for_room = [found for found in gone if found.reason != DeletionReason.TOO_OLD]
    if for_room:
        spared = {found.id for found in gone} - {for_room[-1].id}
        left = [found for found in held if found.id not in spared]
        freed = sum(found.on_card_bytes for found in held if found.id in spared)
        over = sum(found.size_bytes for found in left) > limits.max_bytes
        low = free_bytes is not None and free_bytes + freed < limits.min_free_bytes
        assert over or low


def test_recording_stops_at_a_quarter_of_the_floor_and_goes_on_from_half_of_it():
    assert has_room(ROOMY, 25 * MB, was_full=False)
    assert not has_room(ROOMY, 24 * MB, was_full=False)
    assert not has_room(ROOMY, 49 * MB, was_full=True)
    assert has_room(ROOMY, 50 * MB, was_full=True)
    assert has_room(ROOMY, None, was_full=True)


def test_days_left_is_the_room_at_the_pace_of_the_last_days_or_the_age_limit():
    held = [clip("a", 100 * MB, age=2.5), clip("b", 100 * MB, age=1.0), clip("c", 100 * MB, age=0.1)]
    assert days_left(held, ROOMY, None) == round(700 / (300 / 2.5), 1)
    assert days_left(held, ROOMY, 220 * MB) == 1.0
    assert days_left([clip("a", age=None)], ROOMY, None) is None
    assert days_left([clip("a", age=10)], ROOMY, None) == 4.0
    assert days_left([clip("a", age=20)], ROOMY, None) == 0.0
