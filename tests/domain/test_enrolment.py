"""Codes and requests, in any order of events: good once, for ten minutes, confirmed by the one who made it, handed out once."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vigie.domain import enrolment as policy
from vigie.domain.enrolment import (
    COLLECT_S,
    LIFE_S,
    MAX_OPEN,
    MAX_WRONG,
    PRESENT_S,
    CodeOver,
    Enrolment,
    Enrolments,
    EnrolmentStage,
    Guesses,
    NothingAsked,
    PiAway,
    TooManyCodes,
    UnknownCode,
    Wanted,
)
from vigie.domain.lockout import Moment

PI = Wanted("raspberry-03", None, "/etc/vigie", "192.168.1.7")
NUMBER = "123456"
FILES = {"agent.toml": "eA=="}


def asked(all_: Enrolments, now_s: float = 0.0) -> Enrolment:
    all_.open("anna", "secret", now_s)
    return all_.ask("secret", "ticket", PI, NUMBER, now_s)


def test_from_the_code_to_the_files_which_are_there_once():
    all_ = Enrolments()
    found = asked(all_)
    assert policy.take(all_.look("ticket", 1)) == {}
    assert all_.start_signing("anna", NUMBER, 2) is found
    assert policy.take(all_.look("ticket", 3)) == {}, "it is being signed"
    policy.signed(found, FILES, 4)
    assert policy.take(all_.look("ticket", 5)) == FILES
    with pytest.raises(CodeOver, match="taken"):
        all_.look("ticket", 6)
    assert found.files == {}


def test_an_answer_that_was_lost_may_be_asked_for_again_and_nobody_else_may_use_the_code():
    all_ = Enrolments()
    found = asked(all_)
    again = all_.ask("secret", "ticket", Wanted("other", None, "/etc/vigie", "1.2.3.4"), "999999", 1)
    assert (again, again.wanted, again.check_number) == (found, PI, NUMBER)
    with pytest.raises(CodeOver, match="asked"):
        all_.ask("secret", "somebody else's ticket", PI, "999999", 2)


@pytest.mark.parametrize("stage", [EnrolmentStage.OPEN, EnrolmentStage.ASKED])
def test_ten_minutes(stage: EnrolmentStage):
    all_ = Enrolments()
    found = all_.open("anna", "secret", 0)
    if stage is EnrolmentStage.ASKED:
        all_.ask("secret", "ticket", PI, NUMBER, 0)
    assert all_.of("anna", LIFE_S - 1) is found
    assert found.stage is stage
    with pytest.raises(CodeOver, match="expired"):
        all_.ask("secret", "ticket", PI, NUMBER, LIFE_S)


def test_files_that_nobody_fetches_are_thrown_away():
    all_ = Enrolments()
    found = asked(all_, LIFE_S)
    all_.start_signing("anna", NUMBER, LIFE_S)
    policy.signed(found, FILES, LIFE_S)
    with pytest.raises(CodeOver, match="lost"):
        all_.look("ticket", LIFE_S + COLLECT_S)
    assert found.files == {}


def test_only_who_made_the_code_confirms_only_that_number_and_only_while_the_pi_waits():
    all_ = Enrolments()
    asked(all_)
    for owner, number in (("otto", NUMBER), ("anna", "000000")):
        with pytest.raises(NothingAsked):
            all_.start_signing(owner, number, 1)
    with pytest.raises(PiAway):
        all_.start_signing("anna", NUMBER, PRESENT_S + 1)
    all_.look("ticket", PRESENT_S + 1)
    assert all_.start_signing("anna", NUMBER, PRESENT_S + 1).stage is EnrolmentStage.SIGNING
    with pytest.raises(NothingAsked):
        all_.start_signing("anna", NUMBER, PRESENT_S + 1)


def test_what_could_not_be_signed_may_be_tried_again():
    all_ = Enrolments()
    policy.not_signed(asked(all_) and all_.start_signing("anna", NUMBER, 0))
    assert all_.start_signing("anna", NUMBER, 1).stage is EnrolmentStage.SIGNING


def test_a_new_code_ends_the_one_before_and_refuses_who_has_asked_with_it():
    all_ = Enrolments()
    asked(all_)
    all_.open("anna", "second", 1)
    with pytest.raises(CodeOver, match="refused"):
        all_.look("ticket", 1)
    all_.open("anna", "third", 2)
    with pytest.raises(CodeOver, match="withdrawn"):
        all_.ask("second", "ticket", PI, NUMBER, 2)


def test_only_so_many_admins_at_a_time():
    all_ = Enrolments()
    for number in range(MAX_OPEN):
        all_.open(f"admin-{number}", f"secret-{number}", 0)
    with pytest.raises(TooManyCodes):
        all_.open("one-more", "secret", 0)
    assert all_.open("admin-0", "another", 0)
    assert all_.open("one-more", "secret", LIFE_S)


def test_guessing_ends_what_is_open_and_not_the_codes_after_it():
    all_ = Enrolments()
    for _ in range(2):
        all_.open("anna", "secret", 0)
        for _ in range(MAX_WRONG):
            with pytest.raises(UnknownCode):
                all_.ask("a guess", "ticket", PI, NUMBER, 0)
        with pytest.raises(CodeOver, match="guessed_at"):
            all_.ask("secret", "ticket", PI, NUMBER, 0)


def test_wrong_codes_cost_a_wait_for_their_address_alone():
    guesses = Guesses()
    for number in range(6):
        guesses.count("192.168.1.66", Moment("boot", number))
    assert guesses.wait_s("192.168.1.66", Moment("boot", 6)) > 30
    assert guesses.wait_s("192.168.1.7", Moment("boot", 6)) == 0


def test_the_memory_of_wrong_codes_is_bounded():
    guesses = Guesses()
    for number in range(2000):
        guesses.count(str(number), Moment("boot", 0))
    assert len(guesses._of) == 1000


class EnrolmentMachine(RuleBasedStateMachine):
    """Two admins, Pis right and wrong, and time."""

    OWNERS = st.sampled_from(["anna", "otto"])

    def __init__(self) -> None:
        super().__init__()
        self.all = Enrolments()
        self.now_s = 0.0
        self.made = 0
        self.born_s: dict[str, float] = {}
        self.asked_by: dict[str, str] = {}  # secret -> ticket
        self.confirmed: set[str] = set()  # secrets
        self.delivered: list[str] = []

    @rule(seconds=st.sampled_from([0.5, 10, 59, 300, 601]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(owner=OWNERS)
    def open(self, owner: str) -> None:
        secret = f"secret-{self.made + 1}"
        try:
            self.all.open(owner, secret, self.now_s)
        except TooManyCodes:  # files wait for so many Pis that have gone
            assert sum(one.is_under_way for one in self.all._all) >= MAX_OPEN
            return
        self.made += 1
        self.born_s[secret] = self.now_s

    @precondition(lambda self: self.made)
    @rule(data=st.data(), who=st.sampled_from(["pi", "thief"]))
    def ask(self, data: st.DataObject, who: str) -> None:
        secret = f"secret-{data.draw(st.integers(1, self.made))}"
        ticket = f"{who} {secret}"
        try:
            self.all.ask(secret, ticket, PI, f"{len(self.asked_by):06d}", self.now_s)
        except (CodeOver, UnknownCode):
            return
        assert self.asked_by.setdefault(secret, ticket) == ticket, "one code, one Pi"
        assert self.now_s < self.born_s[secret] + LIFE_S or secret in self.confirmed

    @rule(owner=OWNERS)
    def withdraw(self, owner: str) -> None:
        self.all.withdraw(owner, self.now_s)

    @rule(owner=OWNERS, works=st.booleans())
    def confirm(self, owner: str, works: bool) -> None:
        found = self.all.of(owner, self.now_s)
        if found is None:
            return
        try:
            self.all.start_signing(owner, found.check_number, self.now_s)
        except (NothingAsked, PiAway):
            return
        assert self.now_s < self.born_s[found.secret] + LIFE_S
        if works:
            self.confirmed.add(found.secret)
            policy.signed(found, {"for": found.secret}, self.now_s)
        else:
            policy.not_signed(found)

    @precondition(lambda self: self.asked_by)
    @rule(data=st.data(), who=st.sampled_from(["pi", "thief"]))
    def collect(self, data: st.DataObject, who: str) -> None:
        secret = data.draw(st.sampled_from(sorted(self.asked_by)))
        try:
            files = policy.take(self.all.look(f"{who} {secret}", self.now_s))
        except (CodeOver, UnknownCode):
            return
        assert self.asked_by[secret] == f"{who} {secret}", "a stranger is told nothing"
        if files:
            assert files == {"for": secret}
            assert secret in self.confirmed
            self.delivered.append(secret)

    @invariant()
    def files_are_handed_out_once(self) -> None:
        assert len(self.delivered) == len(set(self.delivered))

    @invariant()
    def it_stays_small(self) -> None:
        assert len(self.all._all) <= 20 + MAX_OPEN + 2
        for owner in ("anna", "otto"):
            waiting = [
                one for one in self.all._all if one.owner == owner and one.stage in (EnrolmentStage.OPEN, EnrolmentStage.ASKED)
            ]
            assert len(waiting) <= 1


TestAnyOrder = EnrolmentMachine.TestCase
TestAnyOrder.settings = settings(max_examples=50)
