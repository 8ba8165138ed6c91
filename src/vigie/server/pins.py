"""PINs and their hashes. A PIN alone tells who typed it, so no two of a site are alike. Everything here is slow: not for
the event loop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from vigie.server.errors import NameTaken, PinTaken, TooManyPeople, UnknownPerson
from vigie.server.hashing import fits, hash_of
from vigie.server.store.people import PersonRow

MAX_PEOPLE = 20
"""A try is compared with every PIN of the site, so that how long it takes tells nothing: twenty people with duress PINs
take 2.5 s on two busy x86-64 cores."""


class Person(NamedTuple):
    """Who typed a PIN, and whether it was the one that says: under duress."""

    name: str
    is_under_duress: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPins:
    """What to change of a person's PINs. None leaves as it is; `forgets_duress` takes the duress PIN away."""

    pin: str | None = None
    duress_pin: str | None = None
    forgets_duress: bool = False


class _Slot(NamedTuple):
    person: Person
    hash: str


def whose(pin: str, people: Iterable[PersonRow]) -> Person | None:
    """Who has this PIN; None: it is wrong. Takes as long whoever it is."""
    found = [slot.person for slot in _slots(people) if _fits(slot, pin)]
    return found[0] if found else None


def find_person(people: Iterable[PersonRow], name: str) -> PersonRow:
    """The person of that name; raises `UnknownPerson`."""
    row = next((row for row in people if row.name == name), None)
    if row is None:
        raise UnknownPerson(name)
    return row


def new_person(people: Sequence[PersonRow], name: str, pin: str, duress_pin: str | None, now_ms: int) -> PersonRow:
    """A person to add; raises `NameTaken`, `TooManyPeople` or `PinTaken`."""
    if any(row.name == name for row in people):
        raise NameTaken(name)
    if len(people) >= MAX_PEOPLE:
        raise TooManyPeople(MAX_PEOPLE)
    _require_distinct(_slots(people), pin, duress_pin)
    return PersonRow(name, hash_of(pin), None if duress_pin is None else hash_of(duress_pin), now_ms)


def changed_person(people: Sequence[PersonRow], name: str, new: NewPins) -> PersonRow:
    """The person with other PINs; raises `UnknownPerson` or `PinTaken`."""
    row = find_person(people, name)
    given = {Person(name, is_duress) for is_duress, pin in ((False, new.pin), (True, new.duress_pin)) if pin is not None}
    gone = {Person(name, is_under_duress=True)} if new.forgets_duress else set()
    _require_distinct([slot for slot in _slots(people) if slot.person not in given | gone], new.pin, new.duress_pin)
    if new.pin is not None:
        row = replace(row, pin_hash=hash_of(new.pin))
    if new.duress_pin is not None:
        return replace(row, duress_hash=hash_of(new.duress_pin))
    return replace(row, duress_hash=None) if new.forgets_duress else row


def _slots(people: Iterable[PersonRow]) -> list[_Slot]:
    slots = []
    for row in people:
        slots.append(_Slot(Person(row.name), row.pin_hash))
        if row.duress_hash is not None:
            slots.append(_Slot(Person(row.name, is_under_duress=True), row.duress_hash))
    return slots


def _require_distinct(slots: Iterable[_Slot], pin: str | None, duress_pin: str | None) -> None:
    new = [one for one in (pin, duress_pin) if one is not None]
    if len(set(new)) < len(new) or any(_fits(slot, one) for slot in slots for one in new):
        raise PinTaken


def _fits(slot: _Slot, pin: str) -> bool:
    return fits(slot.hash, pin, of=slot.person.name)
