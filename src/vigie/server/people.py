"""People: whose PIN this is, within the lockout, and who may change the list of people."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from vigie.domain.lockout import NONE_FAILED, PIN_PATIENCE, Attempts, Moment, after_failure, seen_at
from vigie.protocol.times import to_unix_ms
from vigie.runtime.clock import Clock
from vigie.runtime.ids import boot_id, new_id
from vigie.server.api.schemas import NOBODY, Alert, AuditAction
from vigie.server.errors import PeopleChanged, PeopleChangedOften, PinLocked, PinRequired, PinWrong
from vigie.server.hashing import Hashing
from vigie.server.live import LiveNews
from vigie.server.pins import MAX_PEOPLE, NewPins, Person, changed_person, find_person, new_person, whose
from vigie.server.store.alerts import DURESS, PIN_FAILED, Cause, open_alert, open_trouble_alert
from vigie.server.store.attempts import PIN, load_attempts, save_attempts
from vigie.server.store.audit import Author, Deed, count_deeds, note
from vigie.server.store.people import (
    PersonRow,
    delete_person,
    has_people,
    load_people,
    save_person,
)
from vigie.server.store.store import Store

log = logging.getLogger(__name__)

MAX_PINS_PER_HOUR = 2 * MAX_PEOPLE
"""Whoever has one PIN can set it to guess after guess, until one is taken. With four digits that takes ten days, and each guess
stands in the audit log.
"""

_SETS_PINS = (AuditAction.PERSON_ADDED, AuditAction.PERSON_CHANGED)

Edit = Callable[[list[PersonRow]], Callable[[Connection], None]]


@dataclass(frozen=True, slots=True)
class _Try:
    """A try that is written down already. `attempts` are those with this one."""

    attempts: Attempts
    people: list[PersonRow]


class People:
    """Nothing of it is kept in memory: `vigie pin` changes the same tables while the server runs."""

    def __init__(self, store: Store, live: LiveNews, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._boot_id = boot_id()
        self._hashing = Hashing(store)
        self._editing = asyncio.Lock()

    async def are_any(self) -> bool:
        """Whether anybody has a PIN; else none is asked for. Raises `StoreUnavailable`."""
        return await self._store.read(has_people)

    async def all(self) -> list[PersonRow]:
        """Everybody, by name."""
        return await self._store.read(load_people)

    async def identify(self, pin: str | None, by: Author) -> Person | None:
        """Whose PIN this is; None where nobody has one. A duress PIN opens its alert.

        Raises `PinRequired`, `PinWrong`, `PinLocked`, `SecretsBusy`, `StoreUnavailable` where the attempt cannot be written down.
        """
        if not await self.are_any():
            return None
        if pin is None:
            raise PinRequired
        self._hashing.require_room()
        begun = await self._store.write(self._begin)
        if not isinstance(begun, _Try):
            raise PinLocked(begun)
        person = await self._hashing.aside(lambda: whose(pin, begun.people))
        if person is None:
            await self._fail(begun.attempts, by)
            raise PinWrong(PIN_PATIENCE.tries_at_once(begun.attempts), PIN_PATIENCE.penalty_s(begun.attempts.failures))
        await self._succeed(person)
        return person

    async def add(self, name: str, pin: str, duress_pin: str | None, *, current_pin: str | None, by: Author) -> None:
        """Adds a person. Raises as `identify`, and `NameTaken`, `PinTaken`, `TooManyPeople`, `PeopleChanged`,
        `PeopleChangedOften`.
        """
        now_ms = to_unix_ms(self._clock.now())

        def edit(people: list[PersonRow]) -> Callable[[Connection], None]:
            row = new_person(people, name, pin, duress_pin, now_ms)
            return lambda connection: save_person(connection, row)

        await self._edit(AuditAction.PERSON_ADDED, name, edit, current_pin, by)

    async def change(self, name: str, new: NewPins, *, current_pin: str | None, by: Author) -> None:
        """Changes a person's PINs. Raises as `identify`, and `UnknownPerson`, `PinTaken`, `PeopleChanged`, `PeopleChangedOften`."""

        def edit(people: list[PersonRow]) -> Callable[[Connection], None]:
            row = changed_person(people, name, new)
            return lambda connection: save_person(connection, row)

        await self._edit(AuditAction.PERSON_CHANGED, name, edit, current_pin, by)

    async def remove(self, name: str, *, current_pin: str | None, by: Author) -> None:
        """Removes a person; after the last one no PIN is asked for. Raises as `identify`, and `UnknownPerson`, `PeopleChanged`."""

        def edit(people: list[PersonRow]) -> Callable[[Connection], None]:
            find_person(people, name)
            return lambda connection: delete_person(connection, name)

        await self._edit(AuditAction.PERSON_REMOVED, name, edit, current_pin, by)

    async def _edit(self, action: AuditAction, name: str, edit: Edit, current_pin: str | None, by: Author) -> None:
        async with self._editing:
            author = await self.identify(current_pin, by)
            if action in _SETS_PINS and await self._store.read(self._count_lately) >= MAX_PINS_PER_HOUR:
                raise PeopleChangedOften(MAX_PINS_PER_HOUR)
            people = await self.all()
            if people and author is None:
                raise PeopleChanged
            save = await self._hashing.aside(lambda: edit(people))
            deed = Deed(action, by._replace(name=author.name) if author else by, {"name": name})

            def work(connection: Connection) -> None:
                if load_people(connection) != people:  # `vigie pin` has been quicker: what was compared is not what is there
                    raise PeopleChanged
                save(connection)
                note(connection, deed, self._clock.now())

            await self._store.write(work)

    def _count_lately(self, connection: Connection) -> int:
        return count_deeds(connection, _SETS_PINS, self._clock.now() - timedelta(hours=1))

    def _begin(self, connection: Connection) -> _Try | float:
        """Counts a try as a failure before it is made; or how long nobody may try."""
        now = Moment(self._boot_id, self._clock.monotonic())
        known = load_attempts(connection, PIN)
        attempts = seen_at(known, now)
        wait_s = PIN_PATIENCE.wait_s(attempts, now)
        if wait_s == 0:
            attempts = after_failure(attempts, now)
        if attempts != known:
            save_attempts(connection, PIN, attempts, self._clock.now())
        return _Try(attempts, load_people(connection)) if wait_s == 0 else wait_s

    async def _fail(self, attempts: Attempts, by: Author) -> None:
        """Tells of a wrong PIN: in the audit log, and by an alert from the first wait on."""
        now, failures = self._clock.now(), attempts.failures
        guesser = by._replace(name="") if by.name == NOBODY else by
        log.warning("a wrong PIN origin=%s failures=%d", by.origin, failures)

        def work(connection: Connection) -> Alert | None:
            note(connection, Deed(AuditAction.PIN_FAILED, guesser, {"failures": failures}), now)
            if PIN_PATIENCE.is_closed(attempts):
                note(connection, Deed(AuditAction.PIN_CLOSED, guesser, {"failures": failures}), now)
            if PIN_PATIENCE.tries_at_once(attempts):
                return None
            return open_trouble_alert(connection, Cause(PIN_FAILED, new_id(now), now))

        self._tell(await self._store.write(work))

    async def _succeed(self, person: Person) -> None:
        now = self._clock.now()

        def work(connection: Connection) -> Alert | None:
            save_attempts(connection, PIN, NONE_FAILED, now)
            return open_alert(connection, Cause(DURESS, new_id(now), now, silent=True)) if person.is_under_duress else None

        self._tell(await self._store.write(work))

    def _tell(self, alert: Alert | None) -> None:
        if alert is not None:
            self._live.tell("alert", alert)
