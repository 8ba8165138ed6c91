"""`vigie history`: what the event logs of this machine hold, for people. Needs no network and no running program."""

import heapq
import json
import re
import sqlite3
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vigie.agent.log_file import LoggedEvent, read_events
from vigie.owner import places
from vigie.owner.places import AgentLog
from vigie.owner.wording import change_words, decision_words
from vigie.protocol.alarm import DECISION
from vigie.protocol.times import iso_ms
from vigie.runtime.clock import Clock
from vigie.runtime.config import ConfigError

MAX_UNDECIDED = 10_000
_AGES = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_TIME_UNKNOWN = "time not known"
Entry = tuple[str, LoggedEvent]
"""Of which device, and what."""


def run(
    data: Path | None, environ: Mapping[str, str], clock: Clock, *, device: str | None, since: str | None, as_json: bool
) -> int:
    """Prints every event, oldest first; 1 when there is no log or one cannot be read. Raises `ConfigError` for a bad `since`."""
    earliest = None if since is None else parse_since(since, clock.now())
    found = places.find(data, environ)
    logs = _chosen(found.logs, device)
    if not logs:
        whose = f"no event log of {device!r}" if device else "no event log"
        there = ", ".join(sorted(log.device_id for log in found.logs))
        mend = f"there are those of {there}" if there else "give the agent's data folder, or that of `vigie up`, with --data DIR"
        print(f"vigie history: {whose} in {found.root}; {mend}", file=sys.stderr)
        return 1
    width = max(len(log.device_id) for log in logs)
    failures: list[str] = []
    entries = _merged([_since(_read(log, failures), earliest) for log in logs])
    for device_id, event in entries:
        print(json.dumps(as_object(device_id, event), ensure_ascii=False) if as_json else _line(device_id, event, width))
    sys.stdout.flush()
    for failure in failures:
        print(f"vigie history: {failure}", file=sys.stderr)
    return 1 if failures else 0


def parse_since(text: str, now: datetime) -> datetime:
    """The moment that `--since` means: ISO (local time where it names no zone), or how long ago. Raises `ConfigError`."""
    try:
        if age := re.fullmatch(r"(\d{1,9})([smhdw])", text.strip()):
            return now - timedelta(**{_AGES[age[2]]: int(age[1])})
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        reason = f"{text!r} is no time; expected 2026-11-23, 2026-11-23T19:00, or how long ago: 90s, 30m, 2h, 3d, 1w"
        raise ConfigError("--since", reason) from error


def as_object(device_id: str, event: LoggedEvent) -> dict[str, Any]:
    """The event as the server gives it, but for what only the server knows (docs/reference/events.md)."""
    draft = event.draft
    return {
        "id": draft.id,
        "type": draft.type,
        "device_id": device_id,
        "sensor": draft.sensor,
        "details": draft.body,
        "occurred_at": None if draft.occurred_at is None else iso_ms(draft.occurred_at),
        "clock": draft.clock.value,
        "stream_id": event.stream_id,
        "seq": event.seq,
        "boot_id": draft.boot_id,
        "mono_ms": draft.mono_ms,
    }


def _chosen(logs: Iterable[AgentLog], device: str | None) -> list[AgentLog]:
    """Those of one device. A log that stands alone and does not say whose it is, is the one that was asked for."""
    if device is None:
        return list(logs)
    return [AgentLog(device, log.path, log.is_named) for log in logs if log.device_id == device or not log.is_named]


def _read(log: AgentLog, failures: list[str]) -> Iterator[Entry]:
    try:
        for event in read_events(log.path):
            yield log.device_id, event
    except (sqlite3.Error, ValueError) as error:  # ValueError: a row that has rotted
        failures.append(f"{log.path} cannot be read to its end: {error}; is this the agent's user? Else try `vigie doctor`")


def _since(entries: Iterator[Entry], earliest: datetime | None) -> Iterator[Entry]:
    """Leaves out what is known to be older than `earliest`.

    A log is in order, so an event without a time is older too when one after it is. Until such a one shows it waits; of more
    than `MAX_UNDECIDED` the first are given: better too much than too little.
    """
    if earliest is None:
        yield from entries
        return
    undecided: deque[Entry] = deque()
    for entry in entries:
        occurred_at = entry[1].draft.occurred_at
        if occurred_at is None:
            undecided.append(entry)
            if len(undecided) > MAX_UNDECIDED:
                yield undecided.popleft()
        elif occurred_at < earliest:
            undecided.clear()
        else:
            yield from undecided
            undecided.clear()
            yield entry
    yield from undecided


def _merged(logs: list[Iterator[Entry]]) -> Iterator[Entry]:
    """Several logs as one, by time; the order within each log stays."""
    if len(logs) == 1:
        return logs[0]
    timed = (_timed(entries, number) for number, entries in enumerate(logs))
    return (entry for _, _, entry in heapq.merge(*timed, key=lambda item: item[:2]))


def _timed(entries: Iterator[Entry], number: int) -> Iterator[tuple[datetime, int, Entry]]:
    latest = _LONG_AGO
    for entry in entries:
        latest = max(latest, entry[1].draft.occurred_at or latest)
        yield latest, number, entry


def _line(device_id: str, event: LoggedEvent, width: int) -> str:
    draft = event.draft
    when = _TIME_UNKNOWN if draft.occurred_at is None else draft.occurred_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return f"{when:<19}  {device_id:<{width}}  {event.seq:>7}  {draft.type:<16}  {_details(draft.type, draft.body)}".rstrip()


def _details(type_: str, body: Mapping[str, Any]) -> str:
    """The payload in words: where first, then what the alarm made of it, then the rest. `state` is in the type already."""
    words = [str(body["location"])] if body.get("location") else []
    rest: Iterable[tuple[str, Any]] = ()
    change = change_words(type_, body)
    if change is not None:
        words.append(change)
    else:
        decision = decision_words(body)
        words += [decision] if decision else []
        hidden = {"state", "location"} | ({DECISION} if decision else set())
        rest = ((name, value) for name, value in body.items() if name not in hidden and (name, value) != ("duration_ms", 0))
    words += [f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}" for name, value in rest]
    return "".join(letter if letter.isprintable() else "?" for letter in "  ".join(words))
