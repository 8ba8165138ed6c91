"""The mode register: whoever meets, agrees; what is newer stands; nothing old comes back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from vigie.domain.mode import INITIAL, MAX_AHEAD_MS, UNSTAMPED, Hearing, Register, hear, newest, next_record, written_at
from vigie.protocol.states import Mode, ModeRecord

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
AWAY = ModeRecord(mode=Mode.SURVEILLANCE, stamp=(NOW_MS, 0, "server"), changed_by="ann")
HOME_BEFORE = ModeRecord(mode=Mode.ACTIVE, stamp=(NOW_MS - 1000, 0, "server"))
BY_HAND = ModeRecord(mode=Mode.SURVEILLANCE)


def hearing(**changes):
    values = {"writer": "raspberry-01", "now": NOW, "now_is_known": True, "monotonic_s": 100.0, "delay_s": 0.5, "is_live": True}
    return Hearing(**{**values, **changes})


@pytest.mark.parametrize(
    ("mine", "heard", "stands", "publishes"),
    [
        (INITIAL, None, INITIAL, False),
        (AWAY, None, AWAY, True),
        (INITIAL, AWAY, AWAY, False),
        (AWAY, AWAY, AWAY, False),
        (AWAY, HOME_BEFORE, AWAY, True),
        (HOME_BEFORE, AWAY, AWAY, False),
        (AWAY, BY_HAND, AWAY, True),
        (INITIAL, INITIAL, INITIAL, False),
    ],
    ids=["nothing anywhere", "broker lost it", "first word", "echo", "broker has older", "newer", "by hand, same mode", "default"],
)
def test_what_stands_and_whether_it_is_put_back(mine, heard, stands, publishes):
    register = hear(Register(mine), heard, hearing())
    assert register.record == stands
    assert (register.publish_at is not None) == publishes


def test_a_record_written_by_hand_is_stamped_as_a_change_made_now():
    register = hear(Register(HOME_BEFORE), BY_HAND, hearing())
    assert register.record.mode is Mode.SURVEILLANCE
    assert register.record.stamp > HOME_BEFORE.stamp
    assert register.record.changed_by == "mqtt"
    assert register.publish_at == 100.5


@pytest.mark.parametrize("mine", [AWAY, HOME_BEFORE])
@pytest.mark.parametrize("mode", Mode)
def test_one_written_by_hand_that_comes_out_of_the_brokers_memory_neither_arms_nor_disarms(mine, mode):
    register = hear(Register(mine), ModeRecord(mode=mode), hearing(is_live=False))
    assert register == Register(mine, publish_at=100.5), "and it is put right"


def test_who_has_never_heard_of_a_mode_leaves_what_the_broker_remembers_of_one_written_by_hand_alone():
    assert hear(Register(), BY_HAND, hearing(is_live=False)) == Register()


def test_a_stamped_record_counts_however_it_comes():
    assert hear(Register(HOME_BEFORE), AWAY, hearing(is_live=False)).record == AWAY


def test_one_written_by_hand_says_who_from_where_and_past_which_zones():
    told = ModeRecord(mode=Mode.NIGHT, changed_by="ann", changed_from="node-red", bypass=("raspberry-01/door",))
    record = hear(Register(AWAY), told, hearing()).record
    assert (record.changed_by, record.changed_from, record.bypass) == ("ann", "node-red", ("raspberry-01/door",))
    assert hear(Register(AWAY), ModeRecord(mode=Mode.NIGHT), hearing()).record.changed_from == "mqtt"


def test_one_written_by_hand_in_the_same_mode_counts_where_it_bypasses_something_else():
    register = hear(Register(AWAY), ModeRecord(mode=AWAY.mode, bypass=("raspberry-01/door",)), hearing())
    assert register.record.bypass == ("raspberry-01/door",)
    assert register.record.stamp > AWAY.stamp


def test_two_pis_with_one_stamp_and_different_words_agree_and_fall_silent():
    """As when a Pi of an older version has put a record back without the keys that it does not know."""
    whole = AWAY.model_copy(update={"bypass": ("raspberry-01/door",), "changed_from": "page"})
    heard = [hear(Register(mine), theirs, hearing()) for mine, theirs in ((AWAY, whole), (whole, AWAY))]
    assert heard[0].record == heard[1].record
    assert [register.publish_at is not None for register in heard].count(True) == 1


def test_seeing_it_put_right_by_another_cancels_putting_it_back():
    waiting = hear(Register(AWAY), None, hearing())
    assert hear(waiting, AWAY, hearing()).publish_at is None


def test_hearing_the_old_record_twice_does_not_postpone_putting_ours_back():
    waiting = hear(Register(AWAY), HOME_BEFORE, hearing())
    assert hear(waiting, HOME_BEFORE, hearing(monotonic_s=100.4)).publish_at == 100.5


def test_a_stamp_from_a_broken_clock_does_not_win_for_ever():
    far = AWAY.model_copy(update={"stamp": (NOW_MS + MAX_AHEAD_MS + 1, 0, "x")})
    assert hear(Register(HOME_BEFORE), far, hearing()).record == HOME_BEFORE
    assert hear(Register(HOME_BEFORE), far, hearing(now_is_known=False)).record == far


def test_a_stamp_of_no_clock_is_refused_also_by_who_does_not_know_the_time():
    never = AWAY.model_copy(update={"stamp": (2**63 - 1, 2**31 - 1, "x")})
    assert hear(Register(HOME_BEFORE), never, hearing(now_is_known=False)).record == HOME_BEFORE


def test_a_counter_at_its_end_does_not_stop_the_next_change():
    full = AWAY.model_copy(update={"stamp": (NOW_MS + 5000, 2**31 - 1, "x")})
    register = hear(Register(full), ModeRecord(mode=Mode.NIGHT), hearing())
    assert register.record.mode is Mode.NIGHT
    assert register.record.stamp > full.stamp


def test_a_change_beats_what_it_replaces_although_the_clock_is_behind():
    changed = next_record(AWAY, Mode.ACTIVE, writer="w", changed_by="bob", now=NOW - timedelta(days=400))
    assert newest(AWAY, changed) == changed


records = st.builds(
    ModeRecord,
    mode=st.sampled_from(Mode),
    stamp=st.tuples(st.integers(0, 5), st.integers(0, 2), st.sampled_from(["a", "b"])),
    changed_by=st.sampled_from(["", "ann"]),
    bypass=st.sampled_from([(), ("a/door",)]),
)


@given(records, records, records)
def test_the_newest_of_records_does_not_depend_on_their_order(a, b, c):
    assert newest(a, b) == newest(b, a)
    assert newest(newest(a, b), c) == newest(a, newest(b, c))


@pytest.mark.parametrize(
    ("clock", "known"),
    [(NOW, True), (NOW - timedelta(minutes=3), False), (datetime(1970, 1, 1, 0, 5, tzinfo=UTC), False)],
    ids=["right", "behind", "never set"],
)
def test_a_clock_that_is_behind_that_of_the_record_before_does_not_know_when_it_was(clock, known):
    for before in (HOME_BEFORE, INITIAL):
        record = next_record(before, Mode.NIGHT, writer="server", changed_by="ann", now=clock)
        is_known = known or (before is INITIAL and clock.year == NOW.year)
        assert written_at(record) == (record.changed_at if is_known else None)


class House(RuleBasedStateMachine):
    """Three Pis, a broker that forgets, changes by hand and by program; delivery in any order, Pis cut off at times.

    What is published reaches some Pis as it is written; the others read it later, out of the broker's memory.
    """

    def __init__(self):
        super().__init__()
        self.now = NOW
        self.broker = None
        self.pis = {name: Register() for name in ("a", "b", "c")}

    def deliver(self, name, *, is_live=False):
        self.now += timedelta(milliseconds=7)
        mono = (self.now - NOW).total_seconds()
        how = hearing(writer=name, now=self.now, monotonic_s=mono, is_live=is_live)
        self.pis[name] = hear(self.pis[name], self.broker, how)

    def put_back(self, name):
        if self.pis[name].publish_at is not None:
            self.broker = self.pis[name].record
            self.pis[name] = Register(self.pis[name].record)

    @rule(name=st.sampled_from("abc"))
    def someone_connects(self, name):
        before = self.pis[name].record
        self.deliver(name)
        if self.broker is None or self.broker.stamp == UNSTAMPED:
            assert self.pis[name].record == before, "what nobody can date changes nothing"
        self.put_back(name)

    @rule()
    def broker_forgets(self):
        self.broker = None

    @rule(mode=st.sampled_from(Mode), listeners=st.sets(st.sampled_from("abc")))
    def written_by_hand(self, mode, listeners):
        self.broker = ModeRecord(mode=mode)
        for name in sorted(listeners):
            self.deliver(name, is_live=True)
            assert self.pis[name].record.mode is mode, "who hears it obeys at once"
        for name in sorted(listeners):
            self.put_back(name)

    @rule(mode=st.sampled_from(Mode), name=st.sampled_from("abc"))
    def changed_by_program(self, mode, name):
        self.now += timedelta(seconds=1)
        self.broker = next_record(self.pis[name].record, mode, writer="server", changed_by="ann", now=self.now)

    @rule(mode=st.sampled_from(Mode), name=st.sampled_from("abc"))
    def key_turned(self, mode, name):
        self.now += timedelta(seconds=1)
        before = self.pis[name].record
        self.pis[name] = Register(next_record(before, mode, writer=name, changed_by="key_switch", now=self.now), 0.0)

    @rule()
    def everybody_meets(self):
        for _ in range(4):
            for name in self.pis:
                self.deliver(name)
                self.put_back(name)
        known = {register.record.model_dump_json() for register in self.pis.values()}
        assert len(known) == 1
        if known != {INITIAL.model_dump_json()}:  # else nobody has ever heard of a mode, and what is on the broker is left alone
            assert self.broker == self.pis["a"].record
            assert all(register.publish_at is None for register in self.pis.values())


TestHouse = House.TestCase
