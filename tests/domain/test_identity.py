"""Two agents under one name are told from one that reboots, begins new logs, or is heard twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.identity import CLEAR_AFTER_S, MAX_LIVES, Identity
from vigie.protocol.states import Heartbeat

Beat = tuple[str, str | None, int]


def after(beats: list[Beat]) -> Identity:
    """Heartbeats every ten seconds, as `(boot_id, stream_id, beat)`."""
    identity = Identity()
    for number, (boot_id, stream_id, beat) in enumerate(beats):
        identity = identity.heard(Heartbeat(boot_id=boot_id, beat=beat, stream_id=stream_id, last_seq=0), 10.0 * number)
    return identity


@pytest.mark.parametrize(
    ("beats", "is_contested"),
    [
        ([("a", "s", 1), ("a", "s", 2), ("a", "s", 3)], False),
        ([("a", "s", 1), ("b", "s", 1), ("b", "s", 2)], False),  # a reboot
        ([("a", "s", 1), ("a", "t", 2), ("a", "t", 3)], False),  # a new log
        ([("a", "s", 1), ("a", None, 2), ("a", "s", 3)], False),  # a log that could not be opened for a while
        ([("a", "s", 5), ("a", "s", 1), ("a", "s", 2)], False),  # the agent was started again
        ([("a", "s", 5), ("b", "s", 1), ("a", "s", 5)], False),  # the slower one of two bridges
        ([("a", "s", 5), ("b", "s", 1), ("a", "s", 6)], True),
        ([("a", "s", 5), ("a", "t", 9), ("a", "s", 6)], True),  # two programs on one machine
        ([("a", "s", 500), ("b", "s", 1), ("a", "s", 1)], True),
    ],
)
def test_only_an_earlier_life_that_comes_back_is_a_conflict(beats: list[Beat], is_contested: bool):
    assert after(beats).is_contested(10.0 * len(beats)) is is_contested


def test_a_conflict_is_over_five_minutes_after_the_last_turn():
    beats: list[Beat] = [("a", "s", 1), ("b", "s", 1), ("a", "s", 2), ("b", "s", 2)]
    identity = after([*beats, *(("b", "s", beat) for beat in range(3, 40))])
    assert identity.returned_at_s == 30.0
    assert identity.is_contested(30.0 + CLEAR_AFTER_S - 1)
    assert not identity.is_contested(30.0 + CLEAR_AFTER_S)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), max_size=60))
def test_no_run_of_reboots_and_new_logs_is_a_conflict_and_none_costs_more_than_a_few_lives(steps: list[tuple[int, int]]):
    beats: list[Beat] = []
    boot = 0
    for number, (beat, kind) in enumerate(steps):
        boot += kind == 1
        beats.append((f"boot-{boot}", None if kind == 2 else f"log-{sum(kind == 3 for _, kind in steps[: number + 1])}", beat))
    identity = after(beats)
    assert not identity.is_contested(10.0 * len(beats))
    assert len(identity.lives) <= MAX_LIVES
