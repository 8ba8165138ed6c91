"""What the commands have in common that work straight in the server's database, also while the server runs.

Whoever may write that file needs no PIN and no account; what they do is in the audit log under their name on this machine.
"""

import getpass
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Self

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from vigie.protocol.topics import is_device_id
from vigie.runtime.clock import Clock, SystemClock
from vigie.runtime.config import load
from vigie.server.api.schemas import NOBODY
from vigie.server.errors import DatabaseUnusable, ServerError
from vigie.server.settings import ENV_KEYS, ServerSettings
from vigie.server.store.audit import Author
from vigie.server.store.database import join_database, reason_of

Out = Callable[[str], object]


class Refused(Exception):
    """What keeps a command from being done, in words for whoever typed it."""


class Desk:
    """One database, and where the lines go: `say` for the owner, `complain` for what went wrong."""

    command: ClassVar[str]

    def __init__(self, url: str, clock: Clock, *, say: Out, complain: Out) -> None:
        self._url = url
        self.clock = clock
        self.say = say
        self._complain = complain

    @classmethod
    def open(cls, config: Path | None, data: Path | None, environ: Mapping[str, str]) -> Self:
        """The desk of the server that has these settings. `data`: its folder, or that of a `vigie up`. Raises `ConfigError`."""
        settings = load(ServerSettings, config, environ, ENV_KEYS)
        if data is not None:
            settings = settings.model_copy(update={"data_dir": data, "database_url": None})
        of_house = settings.data_dir / "server"
        if not settings.database_url and (of_house / "vigie.db").exists():
            settings = settings.model_copy(update={"data_dir": of_house})
        return cls(
            settings.store_url,
            SystemClock(),
            say=lambda line: sys.stdout.write(f"{line}\n"),
            complain=lambda line: sys.stderr.write(f"{line}\n"),
        )

    @property
    def author(self) -> Author:
        """Who types, on which machine."""
        return Author(getpass.getuser(), f"cli {socket.gethostname()}")

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A transaction; the server's own writes wait for it."""
        database = join_database(self._url)
        try:
            with database.writing.connect() as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise DatabaseUnusable(database.where, reason_of(error)) from error
        finally:
            database.dispose()

    def run(self, work: Callable[[], None]) -> int:
        """The exit status."""
        try:
            work()
        except (ServerError, Refused) as error:
            self._complain(f"vigie {self.command}: {error}")
            return 1
        except EOFError:
            self._complain(f"vigie {self.command}: nothing was given; nothing was changed")
            return 1
        return 0


def require_name(name: str) -> None:
    """Raises `Refused`."""
    if not is_device_id(name) or name == NOBODY:
        raise Refused(f"{name!r} is no name; expected a-z, 0-9 and -, at most 32, e.g. ann")


def read_first_line() -> str:
    """The secret from a pipe."""
    return sys.stdin.readline().strip("\r\n")


def read_twice(prompt: str, *, option: str) -> str:
    """The secret from a terminal, without showing it. `option`: how it is given where there is none."""
    if not sys.stdin.isatty():
        raise Refused(f"no terminal to ask on; give it on the first line with {option}")
    secret = getpass.getpass(f"{prompt}: ")
    if getpass.getpass("the same again: ") != secret:
        raise Refused("these were two different ones; nothing was changed")
    return secret
