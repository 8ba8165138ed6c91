"""`vigie pin`: sets, lists and removes PINs straight in the server's database, also while the server runs.

Whoever may write that file needs no PIN; what they do is in the audit log under their name on this machine.
"""

import re
from collections.abc import Callable

from sqlalchemy import Connection

from vigie.domain.lockout import NONE_FAILED, PIN_PATIENCE
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.server.api.schemas import PIN_PATTERN, AuditAction
from vigie.server.desk import Desk, Refused, require_name
from vigie.server.errors import PeopleChanged
from vigie.server.pins import NewPins, changed_person, find_person, new_person
from vigie.server.store.attempts import PIN, load_attempts, save_attempts
from vigie.server.store.audit import Deed, note
from vigie.server.store.people import delete_person, load_people, save_person


class PinDesk(Desk):
    """The commands. Each returns its exit status."""

    command = "pin"

    def set(self, name: str, read_pin: Callable[[], str], *, duress: bool) -> int:
        """Gives somebody a PIN, or another one; with `duress` their duress PIN."""

        def work() -> None:
            require_name(name)
            with self.connected() as connection:
                people = load_people(connection)
            if duress:
                find_person(people, name)
            pin = read_pin()  # before anything is held: a person types slowly
            if not re.fullmatch(PIN_PATTERN, pin, re.ASCII):
                raise Refused("a PIN is 4 to 12 digits; nothing was changed")
            self._save(name, pin, duress=duress)
            self.say(f"{name}: {'duress PIN' if duress else 'PIN'} set")

        return self.run(work)

    def list(self) -> int:
        """Everybody, and whether anybody may try."""

        def work() -> None:
            with self.connected() as connection:
                people, attempts = load_people(connection), load_attempts(connection, PIN)
            for row in people:
                with_duress = "  with a duress PIN" if row.duress_hash else ""
                self.say(f"{row.name}  since {from_unix_ms(row.created_at_ms):%Y-%m-%d}{with_duress}")
            if not people:
                self.say("nobody has a PIN: none is asked for")
            if attempts.failures:
                closed = "; closed until `vigie pin unlock`" if PIN_PATIENCE.is_closed(attempts) else ""
                self.say(f"wrong PINs in a row: {attempts.failures}{closed}")

        return self.run(work)

    def remove(self, name: str) -> int:
        """Takes somebody's PINs away."""

        def work() -> None:
            with self.connected() as connection:
                find_person(load_people(connection), name)
                delete_person(connection, name)
                self._note(connection, AuditAction.PERSON_REMOVED, name)
                is_last = not load_people(connection)
            self.say(f"{name}: removed" + ("; nobody has a PIN now: none is asked for" if is_last else ""))

        return self.run(work)

    def unlock(self) -> int:
        """Lets everybody try again."""

        def work() -> None:
            with self.connected() as connection:
                failures = load_attempts(connection, PIN).failures
                save_attempts(connection, PIN, NONE_FAILED, self.clock.now())
                self._note(connection, AuditAction.PIN_UNLOCKED, None, failures=failures)
            self.say(f"unlocked after {failures} wrong PINs in a row")

        return self.run(work)

    def _save(self, name: str, pin: str, *, duress: bool) -> None:
        with self.connected() as connection:
            people = load_people(connection)
        # Hashing takes its time; the server must not wait for it.
        if any(row.name == name for row in people):
            action, new = AuditAction.PERSON_CHANGED, NewPins(duress_pin=pin) if duress else NewPins(pin=pin)
            row = changed_person(people, name, new)
        else:
            action, row = AuditAction.PERSON_ADDED, new_person(people, name, pin, None, to_unix_ms(self.clock.now()))
        with self.connected() as connection:
            if load_people(connection) != people:
                raise PeopleChanged
            save_person(connection, row)
            self._note(connection, action, name)

    def _note(self, connection: Connection, action: AuditAction, name: str | None, **detail: object) -> None:
        named = {} if name is None else {"name": name}
        note(connection, Deed(action, self.author, {**named, **detail}), self.clock.now())
