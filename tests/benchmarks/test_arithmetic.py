"""What the benchmarks' figures are made of: percentiles, medians over runs, the ledger of an outage, the tables."""

import pytest

from benchmarks.measuring.ledger import balance
from benchmarks.measuring.markdown import table
from benchmarks.measuring.statistics import Latency, percentile


def test_a_percentile_is_a_value_that_was_seen():
    values = [float(value) for value in range(100, 0, -1)]
    assert [percentile(values, percent) for percent in (0, 50, 95, 99, 100)] == [1.0, 50.0, 95.0, 99.0, 100.0]
    assert percentile([7.0], 99) == 7.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0


def test_a_percentile_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_the_slowest_event_of_a_run_is_not_smoothed_away():
    run = Latency.of([3.0] * 99 + [500.0])
    assert (run.count, run.p50_ms, run.p95_ms, run.p99_ms, run.max_ms) == (100, 3.0, 3.0, 3.0, 500.0)


def test_the_median_over_runs_is_taken_figure_by_figure():
    runs = [Latency(10, 1.0, 30.0, 40.0, 90.0), Latency(10, 2.0, 20.0, 60.0, 70.0), Latency(10, 3.0, 10.0, 50.0, 80.0)]
    assert Latency.median_of(runs) == Latency(30, 2.0, 20.0, 50.0, 80.0)


def test_a_balance_tells_losses_repeats_and_strangers_apart():
    found = balance(["a", "b", "c", "d"], ["b", "a", "b", "b", "x"])
    assert (found.accepted, found.seen) == (4, 3)
    assert found.lost == {"c", "d"}
    assert found.repeated == 2
    assert found.strange == {"x"}
    assert not found.is_even


def test_a_balance_is_even_whatever_the_order():
    assert balance(["a", "b", "c"], ["c", "a", "b"]).is_even


def test_a_ledger_that_names_an_event_twice_is_refused():
    with pytest.raises(ValueError, match="accepted twice"):
        balance(["a", "a"], ["a"])


def test_a_table_is_markdown_with_one_digit():
    rows = [["agent", 1.25], ["bridge", 3]]
    assert table(["part", "ms"], rows).splitlines() == ["| part | ms |", "| --- | --- |", "| agent | 1.2 |", "| bridge | 3 |"]
