"""Event logs as an agent leaves them, written by the agent's own code, and a real server that has some of their events."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from vigie.agent.log_file import Draft, LogFile, LoggedEvent
from vigie.protocol.events import ClockQuality, from_sensor_payload
from vigie.protocol.topics import DeviceTopic
from vigie.runtime.ids import new_id

SEVEN = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


def draft(
    at: datetime | None = SEVEN, *, sensor: str = "motion", type_: str = "motion_detected", mono_ms: int = 0, **body: Any
) -> Draft:
    return Draft(
        id=new_id(at or SEVEN),
        sensor=sensor,
        kind=None,
        type=type_,
        body={"state": "detected", **body},
        occurred_at=at,
        mono_ms=mono_ms,
        boot_id="boot",
        clock=ClockQuality.UNSYNCED if at is None else ClockQuality.SYNCED,
    )


def write_log(folder: Path, drafts: Iterable[Draft]) -> list[LoggedEvent]:
    """A log in `folder`, or more rows in the one that is there; closed, as after a stop of the agent."""
    folder.mkdir(parents=True, exist_ok=True)
    log = LogFile(folder / "events.sqlite")
    try:
        return log.append(list(drafts))
    finally:
        log.close()


def minutes(count: int) -> list[Draft]:
    """`count` events, one a minute from seven on."""
    return [draft(SEVEN + timedelta(minutes=number), location="hall") for number in range(count)]


def store(url: str, device_id: str, events: Iterable[LoggedEvent]) -> None:
    """Uploads events as the bridge does."""
    items = []
    for event in events:
        topic = DeviceTopic("sensors", device_id, event.draft.sensor)
        item = from_sensor_payload(topic, event.payload(), received_at=SEVEN, new_id="unused")
        items.append(item.model_dump(mode="json"))
    for start in range(0, len(items), 1000):
        answer = requests.post(f"{url}/api/events", json=items[start : start + 1000], timeout=10)
        assert answer.status_code == 200, answer.text
        assert answer.json()["quarantined"] == 0, answer.text
