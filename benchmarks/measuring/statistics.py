"""The arithmetic of a benchmark: percentiles of one run, medians over runs. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from statistics import median


def percentile(values: Sequence[float], percent: float) -> float:
    """By nearest rank: a value that was really seen, never one in between. `values` may be in any order, not empty."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Latency:
    """One run's latencies in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, values_ms: Sequence[float]) -> "Latency":
        return cls(len(values_ms), *(percentile(values_ms, percent) for percent in (50, 95, 99, 100)))

    @classmethod
    def median_of(cls, runs: Iterable["Latency"]) -> "Latency":
        """Each figure's median over the runs; `count` is their sum."""
        runs = list(runs)
        figures = [median(getattr(run, field.name) for run in runs) for field in fields(cls)[1:]]
        return cls(sum(run.count for run in runs), *figures)
