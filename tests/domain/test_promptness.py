"""What bears no clock counts only where it cannot have waited, whatever the broker and the network did; and else always."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.promptness import ASK_EVERY_S, PROMPT_WITHIN_S, SETTLING_MAX_S, Promptness

LATER = ASK_EVERY_S + 0.1


def asked(moments, promptness=None):
    """After an answer at once at each of these moments."""
    promptness = promptness or Promptness()
    for moment in moments:
        promptness = promptness.answered(moment, moment + 0.1)
    return promptness


def test_nothing_counts_before_the_first_answer_and_all_does_from_it_on():
    assert Promptness().why_doubted(0.0)
    assert asked([0.0]).why_doubted(0.1) is None


def test_without_an_answer_it_counts_for_five_seconds():
    promptness = asked([0.0, 2.0, 4.0])
    assert promptness.why_doubted(4.0 + PROMPT_WITHIN_S) is None
    assert "no sign of life for 6 s" in promptness.why_doubted(10.0)


def test_after_a_gap_nothing_counts_for_as_long_as_it_was():
    promptness = asked([0.0]).answered(2.0, 30.0).answered(30.0, 30.1)
    assert "again in 30 s" in promptness.why_doubted(30.2)
    promptness = asked(range(32, 60, 2), promptness)
    assert promptness.why_doubted(59.9)
    assert promptness.why_doubted(60.1) is None


def test_a_gap_of_hours_is_over_two_minutes_after_it():
    promptness = asked([0.0]).answered(2.0, 9000.0)
    assert promptness.settled_at == 9000.0 + SETTLING_MAX_S


def test_a_broker_whose_process_is_gone_has_kept_nothing_however_long_it_was():
    assert asked([900.0], asked([0.0]).absent()).why_doubted(900.1) is None


def test_one_that_took_connections_and_said_nothing_may_have_kept_anything():
    mute = Promptness().mute()
    assert mute.why_doubted(0.0)
    assert asked([1.0], mute).settled_at == 1.1 + SETTLING_MAX_S
    assert asked([10.0, 12.0], asked([9.0]).mute()).why_doubted(12.5) is None, "how long that was is known here"


def test_one_late_answer_of_a_new_connection_tells_of_a_gap():
    assert Promptness().answered(0.0, 4.0).why_doubted(4.5) is None
    assert Promptness().answered(0.0, 6.0).answered(6.0, 6.1).why_doubted(6.5)


class Way:
    """The way through a broker that is frozen at times. What was sent while it was comes when it is over, or later by up to the
    same time again, in any order; else it takes `trip_s` at most.
    """

    def __init__(self, freezes, trips):
        self.freezes, self.trips = freezes, trips

    def arrival(self, sent, number):
        scatter, trip_s = self.trips[number % len(self.trips)]
        for begin, length_s in self.freezes:
            if begin <= sent < begin + length_s:
                return begin + length_s + scatter * min(length_s, SETTLING_MAX_S)
        return sent + trip_s


def answers(way, until):
    """One question after the other: (arrival of the answer, moment of the question)."""
    asked_at, number, found = 0.0, 0, []
    while asked_at < until:
        arrived = way.arrival(asked_at, number)
        found.append((arrived, asked_at))
        asked_at, number = max(arrived, asked_at + ASK_EVERY_S), number + 7
    return found


def doubt_at(moment, answered, *, answer_first):
    promptness = Promptness()
    for arrived, asked_at in answered:
        if arrived < moment or (answer_first and arrived == moment):
            promptness = promptness.answered(asked_at, arrived)
    return promptness.why_doubted(moment)


trips = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.5)), min_size=3, max_size=10)
spans = st.lists(st.tuples(st.floats(30, 400), st.floats(0, 600)), max_size=3)


@given(spans=spans, trips=trips, sent=st.lists(st.floats(20, 1500), min_size=5, max_size=20), answer_first=st.booleans())
def test_what_counts_has_not_waited_for_longer_than_agents_news_may(spans, trips, sent, answer_first):
    begin, freezes = 10.0, []
    for pause_s, length_s in spans:
        begin += pause_s
        freezes.append((begin, length_s))
        begin += 2 * length_s
    way = Way(freezes, trips)
    answered = answers(way, 2500.0)
    within = [(begin + length_s * 0.5, number) for number, (begin, length_s) in enumerate(freezes)]
    for moment, number in [*((moment, number) for number, moment in enumerate(sent)), *within]:
        arrived = way.arrival(moment, number)
        if doubt_at(arrived, answered, answer_first=answer_first) is None:
            assert arrived - moment <= 2 * PROMPT_WITHIN_S


@given(trip_s=st.lists(st.floats(0, PROMPT_WITHIN_S / 2), min_size=1, max_size=50), at=st.floats(0, 0.999))
def test_a_slow_network_loses_nothing(trip_s, at):
    asked_at, promptness = 0.0, Promptness()
    for took_s in trip_s:
        promptness = promptness.answered(asked_at, asked_at + took_s)
        asked_at += max(took_s, ASK_EVERY_S)
        assert promptness.why_doubted(asked_at + at * PROMPT_WITHIN_S / 2) is None, "until the next answer"


@pytest.mark.parametrize("promptness", [Promptness(), Promptness().mute(), asked([0.0]).absent()])
def test_doubt_is_told_in_words_also_where_nothing_is_known(promptness):
    assert promptness.why_doubted(1e9) == "the broker has not shown yet that it hands over at once"
