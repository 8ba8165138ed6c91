"""Figures find their place in docs/reference/performance.md, and a peer's rate counts only against the same round."""

import pytest

from benchmarks.drain import Drained, ratios
from benchmarks.measuring.machine import Load
from benchmarks.run import BEGIN, END, written_into


def test_a_chapter_takes_the_place_of_the_one_of_its_title_and_leaves_the_others():
    text = f"before\n{BEGIN}\n\n### Latency\n\nold | table\n\n### Start\n\nkept\n\n{END}\nafter\n"
    assert written_into(text, {"Latency": "new"}) == f"before\n{BEGIN}\n\n### Latency\n\nnew\n\n### Start\n\nkept\n\n{END}\nafter\n"


def test_a_new_chapter_comes_in_its_order():
    text = f"{BEGIN}\n\n### Start\n\nkept\n\n{END}"
    assert written_into(text, {"Drain": "new"}) == f"{BEGIN}\n\n### Drain\n\nnew\n\n### Start\n\nkept\n\n{END}"


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="no place for figures"):
        written_into("a page", {"Drain": "new"})


def test_ratios_compare_within_one_round():
    def drained(name: str, per_s: float) -> Drained:
        return Drained(name, 1, 0.0, 1.0, per_s, "", {}, {}, Load())

    rounds = [[drained("Vigie", 800.0), drained("naive", 100.0)], [drained("Vigie", 900.0), drained("naive", 300.0)]]
    assert ratios(rounds, "naive")["Vigie"] == [8.0, 3.0]
