"""Wrong PINs: two are free, then the waits double, and after the tenth it is over; no clock and no restart helps a guesser."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.lockout import (
    NONE_FAILED,
    PIN_PATIENCE,
    SIGN_IN_PATIENCE,
    Attempts,
    Moment,
    after_failure,
    seen_at,
)

NOW = Moment("boot-1", 1000.0)


def failed(times: int, at: Moment = NOW) -> Attempts:
    attempts = NONE_FAILED
    for _ in range(times):
        attempts = after_failure(attempts, at)
    return attempts


@pytest.mark.parametrize(
    ("failures", "wait", "tries"),
    [(0, 0, 3), (1, 0, 2), (2, 0, 1), (3, 30, 0), (4, 60, 0), (5, 120, 0), (9, 1920, 0), (10, math.inf, 0), (11, math.inf, 0)],
)
def test_what_so_many_failures_cost(failures: int, wait: float, tries: int):
    attempts = failed(failures)
    assert (PIN_PATIENCE.penalty_s(failures), PIN_PATIENCE.wait_s(attempts, NOW), PIN_PATIENCE.tries_at_once(attempts)) == (
        wait,
        wait,
        tries,
    )
    assert PIN_PATIENCE.is_closed(attempts) == math.isinf(wait)


@pytest.mark.parametrize("failures", range(3, int(PIN_PATIENCE.max_failures)))
def test_no_wait_is_longer_than_a_day_and_each_is_longer_than_the_one_before(failures: int):
    assert PIN_PATIENCE.first_wait_s <= PIN_PATIENCE.penalty_s(failures) <= PIN_PATIENCE.max_wait_s
    assert PIN_PATIENCE.penalty_s(failures) > PIN_PATIENCE.penalty_s(failures - 1)


def test_a_wait_runs_down_and_is_over():
    attempts = failed(4)
    assert [PIN_PATIENCE.wait_s(attempts, Moment("boot-1", 1000.0 + passed)) for passed in (0, 20, 60, 600)] == [60, 40, 0, 0]


def test_after_a_restart_of_the_machine_the_whole_wait_begins_anew_once():
    attempts = failed(4)
    woken = Moment("boot-2", 5.0)
    assert PIN_PATIENCE.wait_s(attempts, woken) == 60
    kept = seen_at(attempts, woken)
    assert kept.failures == 4
    assert PIN_PATIENCE.wait_s(kept, Moment("boot-2", 65.0)) == 0


def test_a_clock_that_went_back_within_a_boot_costs_the_whole_wait():
    assert PIN_PATIENCE.wait_s(failed(3), Moment("boot-1", 10.0)) == 30


def test_nothing_that_passes_opens_what_is_closed():
    assert PIN_PATIENCE.wait_s(failed(10), Moment("boot-1", 1e12)) == math.inf
    assert PIN_PATIENCE.wait_s(failed(10), Moment("boot-2", 1e12)) == math.inf


@dataclass
class Guesser:
    """Somebody who tries and tries. `earned_s` is the time that has really passed since the last try that was made."""

    attempts: Attempts = NONE_FAILED
    boot: int = 0
    mono_s: float = 0.0
    tried: int = 0
    earned_s: float = math.inf

    def try_after(self, gap_s: float, *, reboots: bool) -> None:
        self.earned_s += gap_s
        self.boot, self.mono_s = (self.boot + 1, 1.0) if reboots else (self.boot, self.mono_s + gap_s)
        now = Moment(f"boot-{self.boot}", self.mono_s)
        self.attempts = seen_at(self.attempts, now)
        if PIN_PATIENCE.wait_s(self.attempts, now) > 0:
            return
        assert self.earned_s >= PIN_PATIENCE.penalty_s(self.attempts.failures) - 1e-6, "a wait was cut short"
        self.attempts = after_failure(self.attempts, now)
        self.tried, self.earned_s = self.tried + 1, 0.0


GAPS = st.one_of(st.just(0.0), st.floats(0, 100), st.floats(0, 3 * 24 * 3600))


@given(st.lists(st.tuples(GAPS, st.booleans()), min_size=1, max_size=50))
def test_of_a_thousand_wrong_pins_at_any_times_with_restarts_between_ten_at_most_are_tried(steps: list[tuple[float, bool]]):
    guesser = Guesser()
    for number in range(1000):
        gap_s, reboots = steps[number % len(steps)]
        guesser.try_after(gap_s, reboots=reboots)
    assert 1 <= guesser.tried <= int(PIN_PATIENCE.max_failures)


def test_a_patient_guesser_gets_all_ten():
    guesser = Guesser()
    for _ in range(1000):
        guesser.try_after(PIN_PATIENCE.max_wait_s, reboots=False)
    assert guesser.tried == int(PIN_PATIENCE.max_failures)


def test_wrong_passwords_never_close_an_account_and_no_wait_is_longer_than_a_quarter_of_an_hour():
    assert [SIGN_IN_PATIENCE.penalty_s(failures) for failures in (0, 4, 5, 6, 9, 10, 10_000)] == [0, 0, 30, 60, 480, 900, 900]
