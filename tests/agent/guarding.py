"""Agents that guard, for tests: their configuration, the mode on their disk, and what their log tells of the alarm."""

import json
import time
from pathlib import Path
from typing import Any

from vigie.agent.event_log import FILE_NAME
from vigie.agent.log_file import LogFile, LoggedEvent, read_events
from vigie.protocol.alarm import ALARM
from vigie.protocol.states import Mode, ModeRecord

WIRING = """
[sensors.motion]
pin = 17
location = "hall"
[sensors.button]
pin = 27
[servo]
slew_deg_s = 600
presets = { door = -60, window = 45 }
[siren]
"""


def write_configuration(path: Path, text: str, *, wiring: str = WIRING) -> Path:
    """An `agent.toml` with two sensors, a servo and a siren, and what `text` says of the alarm."""
    path.write_text(wiring + text)
    return path


def keep_mode(folder: Path, mode: Mode, **values: Any) -> None:
    """Puts a mode record onto the disk of an agent that does not run: armed without any broker."""
    folder.mkdir(parents=True, exist_ok=True)
    record = ModeRecord(mode=mode, stamp=(int(time.time() * 1000), 0, "test"), changed_by="ann", **values)
    file = LogFile(folder / FILE_NAME)
    try:
        file.append((), {"mode": record.model_dump_json()})
    finally:
        file.close()


def events(folder: Path) -> list[LoggedEvent]:
    """All of its log, oldest first."""
    return list(read_events(folder / FILE_NAME))


def changes(folder: Path) -> list[tuple[str, str, str]]:
    """The `alarm` events as (previous, state, reason)."""
    bodies = [event.draft.body for event in events(folder) if event.draft.type == ALARM]
    return [(body["previous"], body["state"], body["reason"]) for body in bodies]


def alerts(folder: Path) -> list[LoggedEvent]:
    """The events for which the server opens an alert."""
    return [event for event in events(folder) if event.draft.body.get("decision", {}).get("alert")]


def kept(folder: Path) -> dict[str, Any]:
    """The alarm's state on the disk of an agent that does not run."""
    file = LogFile(folder / FILE_NAME)
    try:
        found: dict[str, Any] = json.loads(file.value("alarm") or "{}")
        return found
    finally:
        file.close()
