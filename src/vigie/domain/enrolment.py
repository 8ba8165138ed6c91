"""Taking a new Pi in: which code is good, who has asked with it, and what becomes of them. Pure: told what time it is.

A code is good once and for ten minutes, for one Pi, and belongs to the admin who made it; a new one ends the one before. All of it
is in memory alone: a restart of the server ends it, and whoever waits starts anew.
"""

import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum

from vigie.domain.lockout import NONE_FAILED, SIGN_IN_PATIENCE, Attempts, Moment, after_failure

LIFE_S = 600.0
COLLECT_S = 60.0
"""So long are the files kept for a Pi that was let in: it asks every second."""
PRESENT_S = 15.0
"""A Pi that has not asked for so long does not wait any more: nothing is signed for it."""
MAX_OPEN = 5
MAX_WRONG = 100
"""So many wrong codes end all that are open: somebody guesses, and one in 2^43 of their tries would be right."""
ETC_PATTERN = r"^(/[A-Za-z0-9._-]+)+$"
"""Where a Pi's files may lie on it: a path that needs no quotes anywhere."""
_MAX_ENDED = 20
_MAX_ADDRESSES = 1000


class EnrolmentStage(StrEnum):
    """How far it has come."""

    OPEN = "open"
    ASKED = "asked"
    SIGNING = "signing"
    SIGNED = "signed"
    TAKEN = "taken"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    GUESSED_AT = "guessed_at"
    LOST = "lost"


_UNDER_WAY = frozenset({EnrolmentStage.OPEN, EnrolmentStage.ASKED, EnrolmentStage.SIGNING, EnrolmentStage.SIGNED})


class UnknownCode(Exception):
    """No code that was made since the server has started."""


class CodeOver(Exception):
    """A code of ours that is good no more."""

    def __init__(self, stage: EnrolmentStage) -> None:
        super().__init__(stage)
        self.stage = stage


class TooManyCodes(Exception):
    """Other admins have made as many as there may be."""


class NothingAsked(Exception):
    """Nobody waits with that check number."""


class PiAway(Exception):
    """Whoever asked does not wait any more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a Pi says of itself, and from where it says so."""

    device_id: str
    camera: str | None
    etc: str
    address: str


@dataclass(slots=True, eq=False)
class Enrolment:
    """`secret`, `ticket`: hashes of what only the Pi knows. `check_number`: what both sides show. `files`: for the Pi, once."""

    owner: str
    secret: str = field(repr=False)
    until_s: float
    stage: EnrolmentStage = EnrolmentStage.OPEN
    wanted: Wanted | None = None
    check_number: str = ""
    ticket: str = field(default="", repr=False)
    seen_s: float = 0.0
    files: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_under_way(self) -> bool:
        """Whether something can still come of it."""
        return self.stage in _UNDER_WAY

    def waits(self, now_s: float) -> bool:
        """Whether the Pi is still there."""
        return now_s - self.seen_s <= PRESENT_S


class Enrolments:
    """All of a server. Every method first ends what is over by then."""

    def __init__(self) -> None:
        self._all: list[Enrolment] = []
        self._wrong = 0

    def open(self, owner: str, secret: str, now_s: float) -> Enrolment:
        """A new code. Raises `TooManyCodes`."""
        self.withdraw(owner, now_s)
        if sum(one.is_under_way for one in self._all) >= MAX_OPEN:
            raise TooManyCodes
        if not any(one.stage is EnrolmentStage.OPEN for one in self._all):
            self._wrong = 0
        made = Enrolment(owner, secret, now_s + LIFE_S)
        ended = [one for one in self._all if not one.is_under_way]
        self._all = [*ended[-_MAX_ENDED:], *(one for one in self._all if one.is_under_way), made]
        return made

    def of(self, owner: str, now_s: float) -> Enrolment | None:
        """The admin's last one, also when it is over."""
        self._tidy(now_s)
        return next((one for one in reversed(self._all) if one.owner == owner), None)

    def withdraw(self, owner: str, now_s: float) -> Enrolment | None:
        """Takes the admin's code back; who has asked with it is refused. What is being signed goes on. None: there is none."""
        found = self.of(owner, now_s)
        if found is None or found.stage not in (EnrolmentStage.OPEN, EnrolmentStage.ASKED):
            return None
        found.stage = EnrolmentStage.REFUSED if found.stage is EnrolmentStage.ASKED else EnrolmentStage.WITHDRAWN
        return found

    def ask(self, secret: str, ticket: str, wanted: Wanted, check_number: str, now_s: float) -> Enrolment:
        """A Pi asks to be let in. The same again (its first answer was lost) changes nothing. Raises `UnknownCode`, `CodeOver`."""
        self._tidy(now_s)
        found = None
        for one in self._all:  # all of them, however soon one fits
            if hmac.compare_digest(one.secret, secret):
                found = one
        if found is None:
            self._count_wrong()
            raise UnknownCode
        if found.stage is EnrolmentStage.OPEN:
            found.stage, found.wanted, found.check_number, found.ticket = EnrolmentStage.ASKED, wanted, check_number, ticket
        elif not (found.is_under_way and hmac.compare_digest(found.ticket, ticket)):
            raise CodeOver(found.stage)
        found.seen_s = now_s
        return found

    def start_signing(self, owner: str, check_number: str, now_s: float) -> Enrolment:
        """The admin has seen this number on the Pi. Raises `NothingAsked`, `PiAway`."""
        found = self.of(owner, now_s)
        if found is None or found.stage is not EnrolmentStage.ASKED or found.check_number != check_number:
            raise NothingAsked
        if not found.waits(now_s):
            raise PiAway
        found.stage = EnrolmentStage.SIGNING
        return found

    def look(self, ticket: str, now_s: float) -> Enrolment:
        """The Pi asks how it stands. Raises `UnknownCode`, `CodeOver`."""
        self._tidy(now_s)
        found = next((one for one in self._all if one.ticket and hmac.compare_digest(one.ticket, ticket)), None)
        if found is None:
            raise UnknownCode
        if not found.is_under_way:
            raise CodeOver(found.stage)
        found.seen_s = now_s
        return found

    def _count_wrong(self) -> None:
        self._wrong += 1
        if self._wrong >= MAX_WRONG:
            for one in self._all:
                if one.stage is EnrolmentStage.OPEN:
                    one.stage = EnrolmentStage.GUESSED_AT

    def _tidy(self, now_s: float) -> None:
        for one in self._all:
            if now_s < one.until_s:
                continue
            if one.stage in (EnrolmentStage.OPEN, EnrolmentStage.ASKED):
                one.stage = EnrolmentStage.EXPIRED
            elif one.stage is EnrolmentStage.SIGNED:
                one.stage, one.files = EnrolmentStage.LOST, {}


def signed(enrolment: Enrolment, files: dict[str, str], now_s: float) -> None:
    """The files are there for the Pi."""
    enrolment.stage, enrolment.files, enrolment.until_s = EnrolmentStage.SIGNED, files, now_s + COLLECT_S


def not_signed(enrolment: Enrolment) -> None:
    """The authority has not: the admin may try once more, for as long as the code would have been good."""
    enrolment.stage = EnrolmentStage.ASKED


def take(enrolment: Enrolment) -> dict[str, str]:
    """The files, this once; empty before they are signed."""
    if enrolment.stage is not EnrolmentStage.SIGNED:
        return {}
    files, enrolment.files, enrolment.stage = enrolment.files, {}, EnrolmentStage.TAKEN
    return files


class Guesses:
    """Wrong codes by address: five are free, then the waits of a wrong password. Bounded; the oldest address gives way."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, Attempts] = OrderedDict()

    def wait_s(self, address: str, now: Moment) -> float:
        """How long until the next try from there."""
        return SIGN_IN_PATIENCE.wait_s(self._of.get(address, NONE_FAILED), now)

    def count(self, address: str, now: Moment) -> None:
        """One more wrong one."""
        self._of[address] = after_failure(self._of.pop(address, NONE_FAILED), now)
        if len(self._of) > _MAX_ADDRESSES:
            self._of.popitem(last=False)
