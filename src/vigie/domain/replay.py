"""Which events a device sends again, and when: a window behind what the server has acknowledged.

A replay serves only somebody who acknowledges, and waits its turn behind live events. What was sent stays *in flight* until
the ack covers it; an ack that stands still for long means that it was lost. Times are monotonic seconds. No I/O: the agent's
publisher asks `next_page`, reads the log, and says what became of each page.
"""

from collections import deque
from dataclasses import dataclass, field

_MARK_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayConfig:
    """`window_events` bounds what is in flight in all, of which `owed_events` are for what the server has already."""

    window_events: int = 20_000
    owed_events: int = 2_000
    probe_events: int = 1_000
    """How much is tried first, from the ack on, when the ack stood still: usually one page fills the hole."""
    pages_unanswered: int = 4
    """Pages that the broker has not answered yet: a live event waits behind no more than these."""
    settle_s: float = 3.0
    """How long an event that went out live may take to be acknowledged before it is sent again."""
    stall_s: float = 10.0
    ack_is_recent_s: float = 20.0
    turn_s: float = 1.0
    """While live events wait without end, one page goes in each such time."""
    rest_s: float = 5.0
    """After the broker has refused a page."""


@dataclass(frozen=True, slots=True)
class LogMarks:
    """Where the log stands. `acked_at`: when an ack last came, whatever it said; None before the first one."""

    last_seq: int
    acked_through: int
    acked_at: float | None


@dataclass(frozen=True, slots=True)
class NextPage:
    """To be sent now: events with `after_seq < seq <= through_seq`, oldest first, at most `max_events`."""

    after_seq: int
    through_seq: int
    max_events: int
    is_owed: bool = False


@dataclass(slots=True, eq=False)
class SentPage:
    """A page on its way: `count` events after `after_seq` up to `last_seq`."""

    after_seq: int
    last_seq: int
    count: int
    sent_at: float
    is_owed: bool


@dataclass(slots=True)
class _Owed:
    """Events that the server has and shall get once more: sent in batches, each confirmed by any ack that comes after it."""

    from_seq: int  # exclusive: up to here all is confirmed
    through_seq: int
    after_seq: int
    count: int = 0
    ack_before: float | None = None  # the newest ack when the broker answered the batch's last page

    def start_again(self) -> None:
        self.after_seq, self.count = self.from_seq, 0


@dataclass(slots=True)
class _Pass:
    """How the present way through the log goes on."""

    after_seq: int = 0
    max_events: int = 0
    moved_at: float = float("-inf")  # when the ack last went on
    stalls: int = 0
    laps: int = 0
    swept_through: int = 0  # how far events have been sent since the ack last moved
    in_flight: deque[SentPage] = field(default_factory=deque)


class ReplayWindow:
    """The replays of one log over one connection after another. `last_seq`: of the log, when the program starts.

    Never more than `window_events` in flight. Every event above the ack is sent again within bounded time for as long as
    acks come, also one behind an event that the server never takes.
    """

    def __init__(self, last_seq: int, config: ReplayConfig | None = None) -> None:
        self._config = config or ReplayConfig()
        self.new_stream(last_seq)

    def new_stream(self, last_seq: int) -> None:
        """The log has begun again: all that it holds is to be sent."""
        self._due_through = last_seq  # what has had its turn to go out live
        self._live: deque[tuple[int, float]] = deque()  # what went out live moments ago: number and time
        self._owed: _Owed | None = None
        self._acked = 0
        self._acked_at: float | None = None
        self._forget_flights()

    def connected(self, log: LogMarks) -> None:
        """A new connection: all that was on its way may be lost, and an ack of an earlier connection proves nothing."""
        self._acked_at = log.acked_at
        self._forget_flights()

    def _forget_flights(self) -> None:
        self._pass = _Pass(max_events=self._config.window_events - self._config.owed_events)
        self._unanswered: list[SentPage] = []
        self._stale_ack = self._acked_at
        self._rest_until = self._live_waits_since = self._last_page_at = float("-inf")
        if self._owed is not None:
            self._owed.start_again()
        if self._live:
            self.missed_live(self._live[-1][0])
            self._live.clear()

    def went_live(self, seq: int, now: float) -> None:
        """An event was published live. Numbers ascend; those left out have missed their turn."""
        if self._live and now - self._live[-1][1] < _MARK_S:
            self._live[-1] = (seq, self._live[-1][1])
        else:
            self._live.append((seq, now))

    def missed_live(self, seq: int) -> None:
        """It could not go out live, or nobody listened: it, and what is before it, is due now."""
        self._due_through = max(self._due_through, seq)

    def owed(self, seq: int) -> None:
        """Events from `seq` on are to be sent once more, also those that the server has or that are on their way."""
        went_out = max(self._due_through, self._live[-1][0] if self._live else 0)
        before = self._owed
        from_seq = seq - 1 if before is None else min(seq - 1, before.from_seq)
        self._owed = _Owed(from_seq, went_out, from_seq)

    def is_idle(self, log: LogMarks) -> bool:
        """Whether there is nothing to send, now or later, but what is still to be accepted."""
        return log.acked_through >= log.last_seq and self._owed is None

    def next_page(self, log: LogMarks, now: float, *, live_waits: bool) -> NextPage | None:
        """What to send now, if anything. `live_waits`: live events wait for the broker."""
        self._settle(now)
        self._hear(log, now)
        has_turn = self._has_turn(now, live_waits=live_waits)
        if not self._is_heard(now) or not has_turn or now < self._rest_until:
            return None
        if len(self._unanswered) >= self._config.pages_unanswered:
            return None
        if self._has_stalled(now):
            self._start_again(log)
        return self._unacknowledged(log) or self._next_owed()

    def _settle(self, now: float) -> None:
        while self._live and now - self._live[0][1] >= self._config.settle_s:
            self.missed_live(self._live.popleft()[0])

    def _hear(self, log: LogMarks, now: float) -> None:
        self._acked_at = log.acked_at
        if log.acked_through < self._acked:  # the server has lost what it had
            self._rewind(log.acked_through)
            if self._owed is not None:  # what lies above is sent again anyway
                self._owed.through_seq = min(self._owed.through_seq, log.acked_through)
        elif log.acked_through > self._acked:
            run = self._pass
            while run.in_flight and run.in_flight[0].last_seq <= log.acked_through:
                run.in_flight.popleft()
            run.moved_at, run.stalls, run.laps, run.swept_through = now, 0, 0, 0
            run.max_events = self._config.window_events - self._config.owed_events
        self._acked = log.acked_through

    def _is_heard(self, now: float) -> bool:
        acked_at = self._acked_at
        return acked_at is not None and acked_at != self._stale_ack and now - acked_at <= self._config.ack_is_recent_s

    def _has_turn(self, now: float, *, live_waits: bool) -> bool:
        if not live_waits:
            self._live_waits_since = float("-inf")
            return True
        if self._live_waits_since == float("-inf"):
            self._live_waits_since = now
        return now - max(self._live_waits_since, self._last_page_at) >= self._config.turn_s

    def _has_stalled(self, now: float) -> bool:
        run = self._pass
        patience_s = self._config.stall_s * 2 ** min(run.laps, 3)
        return bool(run.in_flight) and now - max(run.moved_at, run.in_flight[0].sent_at) >= patience_s

    def _start_again(self, log: LogMarks) -> None:
        """From the ack with a little, and in turns with all from where the last one ended: an event that the server will
        not have holds the ack for ever, and must not hold up the events behind it.
        """
        run = self._pass
        run.stalls += 1
        run.swept_through = max(run.swept_through, run.in_flight[-1].last_seq)
        run.in_flight.clear()
        if run.swept_through >= self._end(log):
            run.swept_through = 0
            run.laps += 1
        is_probe = run.stalls % 2 == 1
        run.after_seq = self._acked if is_probe else run.swept_through
        run.max_events = self._config.probe_events if is_probe else self._config.window_events - self._config.owed_events

    def _end(self, log: LogMarks) -> int:
        return min(self._due_through, log.last_seq)

    def _unacknowledged(self, log: LogMarks) -> NextPage | None:
        run = self._pass
        after_seq = max(run.after_seq, self._acked)
        room = run.max_events - sum(page.count for page in run.in_flight)
        if after_seq >= self._end(log) or room <= 0:
            return None
        return NextPage(after_seq, self._end(log), room)

    def _next_owed(self) -> NextPage | None:
        owed = self._owed
        if owed is None:
            return None
        room = self._config.owed_events - owed.count
        if room > 0 and owed.after_seq < owed.through_seq:
            return NextPage(owed.after_seq, owed.through_seq, room, is_owed=True)
        if any(page.is_owed for page in self._unanswered) or self._acked_at == owed.ack_before:
            return None
        owed.from_seq, owed.count = owed.after_seq, 0
        if owed.after_seq >= owed.through_seq:
            self._owed = None
            return None
        return NextPage(owed.after_seq, owed.through_seq, self._config.owed_events, is_owed=True)

    def sent(self, asked: NextPage, last_seq: int, count: int, now: float) -> SentPage:
        """`count` events up to `last_seq` are on their way; 0 where the log holds none any more between `after_seq` and it."""
        page = SentPage(asked.after_seq, last_seq, count, now, asked.is_owed)
        if count:
            self._unanswered.append(page)
            self._last_page_at = now
        owed, run = self._owed, self._pass
        if asked.is_owed:
            if owed is not None and owed.after_seq == asked.after_seq:
                owed.after_seq = last_seq
                owed.count += count
                owed.ack_before = self._acked_at
        elif max(run.after_seq, self._acked) >= asked.after_seq:  # else it was called back while the page was read
            run.after_seq = max(run.after_seq, last_seq)
            if count:
                run.in_flight.append(page)
        return page

    def answered(self, page: SentPage) -> None:
        """The broker has the page."""
        if self._take_answer(page) and page.is_owed and self._owed is not None:
            self._owed.ack_before = self._acked_at

    def refused(self, page: SentPage, now: float) -> None:
        """The broker will not have the page: it, and what follows it, is sent again after a rest."""
        if not self._take_answer(page):
            return
        self._rest_until = now + self._config.rest_s
        if not page.is_owed:
            self._rewind(page.after_seq)
        elif self._owed is not None:
            self._owed.start_again()

    def unheard(self, page: SentPage) -> None:
        """Nobody subscribes to replays now: what is on its way is lost, and the next ack tells when to go on."""
        if self._take_answer(page):
            self._forget_flights()

    def _take_answer(self, page: SentPage) -> bool:
        if page not in self._unanswered:  # of an earlier connection or stream
            return False
        self._unanswered.remove(page)
        return True

    def _rewind(self, after_seq: int) -> None:
        run = self._pass
        run.after_seq = min(run.after_seq, after_seq)
        while run.in_flight and run.in_flight[-1].last_seq > after_seq:
            run.in_flight.pop()
