"""What a device must still know after a restart, beside its events: named values and the results of the last commands.

The copy in memory is the one that counts. It is written to the log's file when that can be written, and all of it again
into a file that takes the place of a damaged one. A value has a place among the events: it is never on disk before those that
it is of, nor they before it.
"""

import sqlite3
import threading
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from vigie.agent.log_file import KEPT_COMMANDS, Draft, LogFile, LoggedEvent
from vigie.protocol.codec import JsonObject

_MAX_VERSIONS = 1000
"""Of one value, while the disk takes nothing: beyond it the oldest are given up."""

KEPT_VALUES = ("mode", "servo_deg", "alarm", "troubles", "lens_home_deg")


class Saved:
    """Values and command results. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.values: dict[str, str] = {}
        self.commands: dict[str, JsonObject] = {}
        self._unsaved_values: dict[str, dict[int, str]] = {}
        self._unsaved_commands: dict[str, None] = {}

    def load(self, file: LogFile) -> None:
        """Reads what the file has and we do not know better."""
        found = {name: value for name in KEPT_VALUES if (value := file.value(name)) is not None}
        commands = file.command_results()
        with self._lock:
            self.values = {**found, **self.values}
            self.commands = {**commands, **self.commands}

    def load_from_locked(self, path: Path) -> None:
        """Reads the named values of a log that cannot be opened now (its disk is full): they may not be the very newest."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as db:
            found = dict(db.execute("SELECT name, value FROM values_by_name").fetchall())
            self.values = {**{name: found[name] for name in KEPT_VALUES if name in found}, **self.values}

    def put_value(self, name: str, value: str, place: int = 0) -> None:
        """Sets a value; the file gets it with the event of that place, at its next commit where that has been committed."""
        with self._lock:
            self.values[name] = value
            versions = self._unsaved_values.setdefault(name, {})
            versions[place] = value
            if len(versions) > _MAX_VERSIONS:
                del versions[next(iter(versions))]

    def put_command(self, command_id: str, result: JsonObject) -> None:
        """Remembers a result; the oldest one is forgotten for it."""
        with self._lock:
            self.commands[command_id] = result
            self._unsaved_commands[command_id] = None
            while len(self.commands) > KEPT_COMMANDS:
                oldest = next(iter(self.commands))
                del self.commands[oldest]
                self._unsaved_commands.pop(oldest, None)

    @property
    def unsaved(self) -> bool:
        """Whether the file lacks something."""
        return bool(self._unsaved_values or self._unsaved_commands)

    def all_again(self) -> None:
        """The file is a new one: it lacks everything."""
        with self._lock:
            self._unsaved_values = {name: {0: value} | self._unsaved_values.get(name, {}) for name, value in self.values.items()}
            self._unsaved_commands = dict.fromkeys(self.commands)

    def write(self, file: LogFile, drafts: Iterable[Draft], through: int) -> list[LoggedEvent]:
        """Writes what the file lacks of values up to the place `through`, and events with it, in one transaction: what the alarm
        decided is there with the event that it was decided about, or neither is. Raises `sqlite3.Error`; then it still
        lacks all of it.
        """
        with self._lock:
            newest = {name: _newest(versions, through) for name, versions in self._unsaved_values.items()}
            values = {name: self._unsaved_values[name][place] for name, place in newest.items() if place is not None}
            commands = {id_: self.commands[id_] for id_ in self._unsaved_commands}
        accepted = file.append(drafts, values, commands)
        with self._lock:
            for name, value in values.items():
                self._forget(name, newest[name], value)
            for command_id in commands:
                self._unsaved_commands.pop(command_id, None)
        return accepted

    def _forget(self, name: str, place: int | None, value: str) -> None:
        """`value` is on disk: nothing up to its place is unsaved, unless another one has taken the place meanwhile."""
        versions = self._unsaved_values[name]
        assert place is not None
        left = {at: kept for at, kept in versions.items() if at > place or (at == place and kept != value)}
        if left:
            self._unsaved_values[name] = left
        else:
            del self._unsaved_values[name]


def _newest(versions: dict[int, str], through: int) -> int | None:
    return max((place for place in versions if place <= through), default=None)
