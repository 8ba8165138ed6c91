"""`vigie pin`: sets, lists and removes PINs straight in the server's database, also while the server runs.

Whoever may write that file needs no PIN; what they do is in the audit log under their name on this machine.
"""

import getpass
import re
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from vigie.domain.lockout import MAX_FAILURES, NONE_FAILED
from vigie.protocol.times import from_unix_ms, to_unix_ms
from vigie.protocol.topics import is_device_id
from vigie.runtime.clock import Clock, SystemClock
from vigie.runtime.config import load
from vigie.server.api.schemas import NOBODY, PIN_PATTERN, AuditAction
from vigie.server.errors import DatabaseUnusable, PeopleChanged, ServerError
from vigie.server.pins import NewPins, changed_person, find_person, new_person
from vigie.server.settings import ENV_KEYS, ServerSettings
from vigie.server.store.audit import Deed, note
from vigie.server.store.database import join_database, reason_of
from vigie.server.store.people import delete_person, load_attempts, load_people, save_attempts, save_person

Out = Callable[[str], object]


class _Refused(Exception):
    """What keeps a command from being done, in words for whoever typed it."""


class PinDesk:
    """The commands, on one database. `say` gets each line for the owner; every command returns its exit status."""

    def __init__(self, url: str, clock: Clock, *, say: Out, complain: Out) -> None:
        self._url = url
        self._clock = clock
        self._say = say
        self._complain = complain

    def set(self, name: str, read_pin: Callable[[], str], *, duress: bool) -> int:
        """Gives somebody a PIN, or another one; with `duress` their duress PIN."""

        def work() -> None:
            if not is_device_id(name) or name == NOBODY:
                raise _Refused(f"{name!r} is no name; expected a-z, 0-9 and -, at most 32, e.g. ann")
            with self._connected() as connection:
                people = load_people(connection)
            if duress:
                find_person(people, name)
            pin = read_pin()  # before anything is held: a person types slowly
            if not re.fullmatch(PIN_PATTERN, pin, re.ASCII):
                raise _Refused("a PIN is 4 to 12 digits; nothing was changed")
            self._save(name, pin, duress=duress)
            self._say(f"{name}: {'duress PIN' if duress else 'PIN'} set")

        return self._run(work)

    def list(self) -> int:
        """Everybody, and whether anybody may try."""

        def work() -> None:
            with self._connected() as connection:
                people, attempts = load_people(connection), load_attempts(connection)
            for row in people:
                with_duress = "  with a duress PIN" if row.duress_hash else ""
                self._say(f"{row.name}  since {from_unix_ms(row.created_at_ms):%Y-%m-%d}{with_duress}")
            if not people:
                self._say("nobody has a PIN: none is asked for")
            if attempts.failures:
                closed = "; closed until `vigie pin unlock`" if attempts.failures >= MAX_FAILURES else ""
                self._say(f"wrong PINs in a row: {attempts.failures}{closed}")

        return self._run(work)

    def remove(self, name: str) -> int:
        """Takes somebody's PINs away."""

        def work() -> None:
            with self._connected() as connection:
                find_person(load_people(connection), name)
                delete_person(connection, name)
                self._note(connection, AuditAction.PERSON_REMOVED, name)
                is_last = not load_people(connection)
            self._say(f"{name}: removed" + ("; nobody has a PIN now: none is asked for" if is_last else ""))

        return self._run(work)

    def unlock(self) -> int:
        """Lets everybody try again."""

        def work() -> None:
            with self._connected() as connection:
                failures = load_attempts(connection).failures
                save_attempts(connection, NONE_FAILED, self._clock.now())
                self._note(connection, AuditAction.PIN_UNLOCKED, None, failures=failures)
            self._say(f"unlocked after {failures} wrong PINs in a row")

        return self._run(work)

    def _save(self, name: str, pin: str, *, duress: bool) -> None:
        with self._connected() as connection:
            people = load_people(connection)
        # Hashing takes its time; the server must not wait for it.
        if any(row.name == name for row in people):
            action, new = AuditAction.PERSON_CHANGED, NewPins(duress_pin=pin) if duress else NewPins(pin=pin)
            row = changed_person(people, name, new)
        else:
            action, row = AuditAction.PERSON_ADDED, new_person(people, name, pin, None, to_unix_ms(self._clock.now()))
        with self._connected() as connection:
            if load_people(connection) != people:
                raise PeopleChanged
            save_person(connection, row)
            self._note(connection, action, name)

    def _note(self, connection: Connection, action: AuditAction, name: str | None, **detail: object) -> None:
        named = {} if name is None else {"name": name}
        note(connection, Deed(action, getpass.getuser(), f"cli {socket.gethostname()}", {**named, **detail}), self._clock.now())

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A transaction; the server's own writes wait for it."""
        database = join_database(self._url)
        try:
            with database.writing.connect() as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise DatabaseUnusable(database.where, reason_of(error)) from error
        finally:
            database.dispose()

    def _run(self, work: Callable[[], None]) -> int:
        try:
            work()
        except (ServerError, _Refused) as error:
            self._complain(f"vigie pin: {error}")
            return 1
        except EOFError:
            self._complain("vigie pin: no PIN was given; nothing was changed")
            return 1
        return 0


def open_desk(config: Path | None, data: Path | None, environ: Mapping[str, str]) -> PinDesk:
    """The desk of the server that has these settings. `data`: its folder, or that of a `vigie up`. Raises `ConfigError`."""
    settings = load(ServerSettings, config, environ, ENV_KEYS)
    if data is not None:
        settings = settings.model_copy(update={"data_dir": data, "database_url": None})
    of_house = settings.data_dir / "server"
    if not settings.database_url and (of_house / "vigie.db").exists():
        settings = settings.model_copy(update={"data_dir": of_house})

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")

    def complain(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    return PinDesk(settings.store_url, SystemClock(), say=say, complain=complain)


def read_first_line() -> str:
    """The PIN from a pipe."""
    return sys.stdin.readline().strip("\r\n")


def read_twice() -> str:
    """The PIN from a terminal, without showing it."""
    if not sys.stdin.isatty():
        raise _Refused("no terminal to ask on; give the PIN on the first line with --stdin")
    pin = getpass.getpass("PIN, 4 to 12 digits: ")
    if getpass.getpass("the same again: ") != pin:
        raise _Refused("these were two different PINs; nothing was changed")
    return pin
