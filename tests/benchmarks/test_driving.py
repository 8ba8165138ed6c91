"""How the benchmarks drive pins: evenly, on all devices, each event in the ledger as soon as it is accepted."""

import time
from pathlib import Path
from typing import Any

from benchmarks.measuring.pipelines import Driven, Pipeline


class Paper(Pipeline):
    """A pipeline that only writes down its pulses."""

    name = "paper"
    events_per_pulse = 2
    event_names = ("motion_detected", "motion_ended")

    def __init__(self) -> None:
        super().__init__(Path())
        self.pulses: list[tuple[str, float, float]] = []

    async def start(self) -> None:
        pass

    async def pulse(self, device: str, length_s: float) -> list[Driven]:
        at_s = time.monotonic()
        self.pulses.append((device, at_s, length_s))
        return [Driven(f"{device}:{len(self.pulses)}:{edge}", at_s) for edge in ("up", "down")]

    def key_of(self, event: dict[str, Any]) -> str:
        return str(event["key"])

    async def history(self) -> list[str]:
        return []


async def test_events_are_shared_out_between_the_devices():
    paper = Paper()
    driven = await paper.drive(["a", "b"], events_per_s=400.0, count=40)
    assert len({one.key for one in driven}) == 40
    assert [device for device, _, _ in paper.pulses].count("a") == 10


async def test_the_rate_counts_both_edges_of_all_devices():
    paper = Paper()
    began_s = time.monotonic()
    await paper.drive(["a", "b"], events_per_s=400.0, count=40)
    assert paper.pulses[-1][1] - began_s >= 9 * 0.01  # ten pulses of a device, one each 10 ms; a busy machine only makes it longer
    assert {length_s for _, _, length_s in paper.pulses} == {0.005}


async def test_a_ledger_is_filled_while_it_drives():
    paper, ledger = Paper(), []
    assert await paper.drive(["a"], events_per_s=400.0, count=4, ledger=ledger) is ledger
    assert len(ledger) == 4
