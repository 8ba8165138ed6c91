"""Who floods waits behind the others, and who does not is never taken for one who does."""

from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.flooding import FloodGate
from vigie.domain.spool_bound import SpoolBound


def passed(gate: FloodGate, device: str, *, rate_per_s: float, for_s: float, from_s: float = 0.0) -> int:
    return sum(gate.passes(device, from_s + number / rate_per_s) for number in range(int(rate_per_s * for_s)))


@given(st.floats(0.1, 200.0))
def test_a_device_within_the_rate_always_passes(rate_per_s):
    assert passed(FloodGate(), "pi", rate_per_s=rate_per_s, for_s=20) == int(rate_per_s * 20)


def test_a_flood_passes_for_its_burst_only_and_in_one_piece():
    gate = FloodGate(rate_per_s=200, burst=1000)
    flags = [gate.passes("pi", number / 5000) for number in range(50_000)]
    assert 1000 <= sum(flags) <= 1100
    assert flags == sorted(flags, reverse=True)


def test_one_who_has_flooded_passes_again_after_some_quiet():
    gate = FloodGate(rate_per_s=200, burst=1000)
    passed(gate, "pi", rate_per_s=5000, for_s=2)
    assert not gate.passes("pi", 2.5)
    assert gate.passes("pi", 5.5)


def test_a_flood_costs_nobody_else_anything():
    gate = FloodGate()
    passed(gate, "pi", rate_per_s=5000, for_s=2)
    assert gate.passes("other", 2.0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5)), max_size=300))
def test_no_more_pass_than_burst_and_rate_allow(arrivals):
    gate = FloodGate(rate_per_s=2, burst=10)
    now_s, counts = 0.0, dict.fromkeys("abc", 0)
    for device, wait_s in arrivals:
        now_s += wait_s
        counts[device] += gate.passes(device, now_s)
    assert all(count <= 10 + 2 * now_s + 1 for count in counts.values())


def test_names_that_anybody_can_make_up_are_bounded():
    gate = FloodGate(max_devices=10)
    for number in range(100):
        gate.passes(f"pi-{number}", float(number))
    assert len(gate._buckets) == 10


def test_a_full_spool_takes_again_only_when_a_tenth_of_it_is_free():
    bound = SpoolBound(1000)
    assert not bound.at(999).is_full
    full = bound.at(1000)
    assert full.is_full
    assert full.at(950).is_full
    assert not full.at(899).is_full
