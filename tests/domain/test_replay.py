"""What is sent again, and when: every event within bounded time, never more than the window, live ones first."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.domain.replay import LogMarks, ReplayConfig, ReplayWindow

SMALL = ReplayConfig(window_events=24, owed_events=4, probe_events=5, pages_unanswered=3)
TICK_S = 0.25


class Site:
    """A log, a server that stores what arrives, and between them whatever a test does to the pages."""

    def __init__(self, last_seq, *, poison=(), config=SMALL):
        self.config, self.now = config, 1000.0
        self.marks = LogMarks(last_seq, 0, None)
        self.gone, self.poison = set(), set(poison)
        self.stored, self.sent, self.unanswered = set(), [], []
        self.restart_agent()

    def restart_agent(self):
        self.window = ReplayWindow(self.marks.last_seq, self.config)
        self.unanswered = []
        self.marks = replace(self.marks, acked_at=None)
        self.connect()

    def connect(self):
        self.window.connected(self.marks)
        self.unanswered = []

    def accept(self, count=1):
        """New events, each of them published live to nobody."""
        for _ in range(count):
            self.marks = replace(self.marks, last_seq=self.marks.last_seq + 1)
            self.window.went_live(self.marks.last_seq, self.now)

    def send_pages(self, *, rows=5, lost=False, answered=True, live_waits=False, most=100):
        """What the publisher does, up to `most` pages; without an answer of the broker they stay on their way."""
        for _ in range(most):
            asked = self.window.next_page(self.marks, self.now, live_waits=live_waits)
            if asked is None:
                return
            numbers = [seq for seq in range(asked.after_seq + 1, asked.through_seq + 1) if seq not in self.gone]
            page = numbers[: min(rows, asked.max_events)]
            last_seq = page[-1] if len(page) < len(numbers) else asked.through_seq
            sent = self.window.sent(asked, last_seq, len(page), self.now)
            self.sent.append((self.now, page))
            if not lost:
                self.stored.update(set(page) - self.poison)
            if page and answered:
                self.window.answered(sent)
            elif page:
                self.unanswered.append(sent)

    def through_seq(self):
        seq = self.marks.acked_through
        while seq + 1 in self.stored or seq + 1 in self.gone:
            seq += 1
        return min(seq, self.marks.last_seq)

    def ack(self):
        self.marks = replace(self.marks, acked_through=self.through_seq(), acked_at=self.now)

    def pass_time(self, seconds=TICK_S):
        self.now += seconds

    def run(self, seconds, **options):
        """Acks come each second, and the broker takes everything."""
        until = self.now + seconds
        while self.now < until:
            if round(self.now / TICK_S) % 4 == 0:
                self.ack()
            self.send_pages(**options)
            self.pass_time()

    @property
    def missing(self):
        everything = set(range(1, self.marks.last_seq + 1))
        return everything - self.gone - self.poison - self.stored

    @property
    def in_flight(self):
        return sum(page.count for page in self.window._pass.in_flight) + (self.window._owed.count if self.window._owed else 0)

    def numbers_sent(self):
        return [seq for _, page in self.sent for seq in page]


def test_without_an_ack_on_this_connection_nothing_is_sent():
    site = Site(10)
    site.send_pages()
    assert site.sent == []
    site.ack()
    site.send_pages()
    assert site.numbers_sent() == list(range(1, 11))
    site.connect()  # the ack is of the connection before: whether a bridge is on this one is not known
    site.accept(5)
    site.pass_time(10)
    site.send_pages()
    assert site.numbers_sent() == list(range(1, 11))


def test_what_went_out_live_has_time_to_be_acknowledged():
    site = Site(0)
    site.accept(3)
    site.ack()
    site.send_pages()
    assert site.sent == []
    site.pass_time(3)
    site.send_pages()
    assert site.numbers_sent() == [1, 2, 3]


def test_what_went_out_on_a_lost_connection_is_sent_again_at_once():
    site = Site(0)
    site.accept(3)
    site.connect()
    site.pass_time()
    site.ack()
    site.send_pages()
    assert site.numbers_sent() == [1, 2, 3]


def test_what_could_not_go_out_live_is_due_at_once():
    site = Site(0)
    site.accept(2)
    site.window.missed_live(2)
    site.ack()
    site.send_pages()
    assert site.numbers_sent() == [1, 2]


def test_the_brokers_answers_are_the_pace():
    site = Site(100)
    site.ack()
    site.send_pages(answered=False)
    assert len(site.sent) == SMALL.pages_unanswered
    site.window.answered(site.unanswered.pop())
    site.send_pages(answered=False)
    assert len(site.sent) == SMALL.pages_unanswered + 1


def test_the_window_waits_for_the_ack_and_a_hole_costs_one_probe():
    site = Site(100)
    site.ack()
    site.send_pages(most=1, lost=True)
    site.send_pages()
    assert site.numbers_sent() == list(range(1, 21))
    for _ in range(int(SMALL.stall_s / TICK_S)):
        site.pass_time()
        site.ack()
        before = len(site.sent)
        site.send_pages()
    assert [seq for _, page in site.sent[before:] for seq in page] == [1, 2, 3, 4, 5]
    site.ack()
    site.send_pages()
    assert site.numbers_sent()[-20:] == list(range(21, 41))  # not those that came


def test_while_live_events_wait_replays_get_one_page_in_each_turn():
    site = Site(100)
    site.ack()
    for _ in range(int(10 / TICK_S)):
        site.send_pages(live_waits=True)
        site.pass_time()
        site.ack()
    assert 8 <= len(site.sent) <= 10


def test_when_acks_stop_coming_replays_rest():
    site = Site(100)
    site.ack()
    site.pass_time(SMALL.ack_is_recent_s + 1)
    site.send_pages()
    assert site.sent == []


def test_a_refused_page_is_sent_again_after_a_rest():
    site = Site(4)
    site.ack()
    site.send_pages(answered=False, lost=True)
    site.window.refused(site.unanswered.pop(), site.now)
    site.send_pages()
    assert len(site.sent) == 1
    site.pass_time(SMALL.rest_s)
    site.send_pages()
    assert site.numbers_sent() == [1, 2, 3, 4] * 2


def test_a_page_that_nobody_heard_waits_for_the_next_ack():
    site = Site(4)
    site.ack()
    site.send_pages(answered=False, lost=True)
    site.window.unheard(site.unanswered.pop())
    site.pass_time()
    site.send_pages()
    assert len(site.sent) == 1
    site.ack()
    site.send_pages()
    assert site.numbers_sent() == [1, 2, 3, 4] * 2


def test_a_new_stream_is_sent_from_its_start():
    site = Site(10)
    site.ack()
    site.send_pages()
    site.marks = LogMarks(3, 0, None)
    site.window.new_stream(3)
    site.stored.clear()
    site.sent.clear()
    site.run(2)
    assert site.numbers_sent() == [1, 2, 3]


def test_a_server_that_lost_what_it_had_gets_it_again():
    site = Site(10)
    site.run(3)
    assert site.marks.acked_through == 10
    site.stored = {1, 2, 3}
    site.marks = replace(site.marks, acked_through=3)
    site.run(2)
    assert not site.missing


def test_what_is_owed_is_sent_though_it_is_acknowledged_and_in_batches():
    site = Site(10)
    site.run(3)
    site.sent.clear()
    site.window.owed(3)
    assert not site.window.is_idle(site.marks)
    site.run(5)
    assert site.numbers_sent() == list(range(3, 11))
    assert max(len(page) for _, page in site.sent) <= SMALL.owed_events
    assert site.window.is_idle(site.marks)


def test_what_is_owed_begins_again_on_a_new_connection():
    site = Site(10)
    site.run(3)
    site.sent.clear()
    site.window.owed(1)
    site.send_pages(lost=True)
    site.connect()
    site.run(6)
    assert site.numbers_sent() == [1, 2, 3, 4, *range(1, 11)]


def test_a_pass_that_is_called_back_while_a_page_is_read_begins_where_it_is_owed():
    site = Site(20)
    site.ack()
    site.send_pages(most=2)
    asked = site.window.next_page(site.marks, site.now, live_waits=False)
    site.marks = replace(site.marks, acked_through=0)
    site.connect()
    site.window.sent(asked, 15, 5, site.now)
    site.pass_time()
    site.ack()
    assert site.window.next_page(site.marks, site.now, live_waits=False).after_seq == 10


@pytest.mark.parametrize("poison", [{1}, {1, 2, 30}, set(range(1, 24))])
def test_events_behind_one_that_the_server_never_takes_are_not_held_up(poison):
    site = Site(100, poison=poison)
    site.run(150)
    assert not site.missing
    assert site.numbers_sent().count(1) > 2  # and it is tried again, too


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("accept"), st.integers(1, 30)),
        st.tuples(st.just("send"), st.booleans(), st.booleans(), st.integers(1, 7)),
        st.tuples(st.just("ack")),
        st.tuples(st.just("pass_time"), st.sampled_from([0.25, 1.0, 4.0, 11.0, 30.0])),
        st.tuples(st.just("answer")),
        st.tuples(st.just("refuse")),
        st.tuples(st.just("unheard")),
        st.tuples(st.just("connect")),
        st.tuples(st.just("restart")),
        st.tuples(st.just("drop"), st.integers(1, 60), st.integers(0, 8)),
        st.tuples(st.just("owed"), st.integers(1, 60)),
        st.tuples(st.just("server_lost"), st.integers(0, 40)),
    ),
    max_size=60,
)


def perform(site, action, *arguments):
    answers = {"answer": site.window.answered, "unheard": site.window.unheard}
    if action in answers:
        if site.unanswered:
            answers[action](site.unanswered.pop(0))
    elif action == "refuse":
        if site.unanswered:
            site.window.refused(site.unanswered.pop(0), site.now)
    elif action == "send":
        lost, answered, rows = arguments
        site.send_pages(lost=lost, answered=answered, rows=rows)
    elif action == "drop":
        first, count = arguments
        site.gone |= {seq for seq in range(first, first + count) if seq <= site.marks.last_seq}
    elif action == "owed":
        if arguments[0] <= site.marks.last_seq:
            site.window.owed(arguments[0])
    elif action == "server_lost":
        kept = min(arguments[0], site.marks.acked_through)
        site.stored = {seq for seq in site.stored if seq <= kept}
        site.marks = replace(site.marks, acked_through=kept)
    else:
        names = {"connect": "connect", "restart": "restart_agent"}
        getattr(site, names.get(action, action))(*arguments)


def longest_wait_s(site):
    """Each lap through what is unacknowledged: windows in turns with probes, each after a wait; the first may come 8 times."""
    config = site.config
    windows = -(-site.marks.last_seq // (config.window_events - config.owed_events)) + 1
    return (2 * windows + 2) * (8 * config.stall_s + 1) + config.rest_s + config.settle_s + config.window_events


@settings(max_examples=300, deadline=None)
@given(last_seq=st.integers(0, 60), poison=st.sets(st.integers(1, 70), max_size=4), actions=ACTIONS)
def test_whatever_was_lost_every_event_is_sent_again_once_acks_come_and_never_more_than_the_window(last_seq, poison, actions):
    site = Site(last_seq, poison=poison)
    for action in actions:
        perform(site, *action)
        assert site.in_flight <= SMALL.window_events
    for page in site.unanswered:
        site.window.answered(page)
    waits_until = site.now + longest_wait_s(site)
    while site.missing and site.now < waits_until:
        site.run(1.0)
        assert site.in_flight <= SMALL.window_events
    assert not site.missing


@settings(max_examples=100, deadline=None)
@given(last_seq=st.integers(1, 60), actions=ACTIONS)
def test_what_is_owed_is_sent_within_bounded_time_too(last_seq, actions):
    site = Site(last_seq)
    for action in actions:
        perform(site, *action)
    for page in site.unanswered:
        site.window.answered(page)
    site.window.owed(1)
    site.sent.clear()
    waits_until = site.now + longest_wait_s(site) + 3 * site.marks.last_seq
    wanted = set(range(1, site.marks.last_seq + 1)) - site.gone
    while wanted - set(site.numbers_sent()) and site.now < waits_until:
        site.run(1.0)
    assert wanted <= set(site.numbers_sent())
