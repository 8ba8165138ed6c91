"""A day of events that nobody has taken yet: in a Pi's own log, or as messages that wait in the broker."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.measuring import publisher
from benchmarks.measuring.programs import ROOT
from benchmarks.measuring.publisher import Published
from vigie.agent.event_log import FILE_NAME
from vigie.agent.log_file import Draft, LogFile
from vigie.deploy.broker import BrokerProgram
from vigie.protocol.events import ClockQuality
from vigie.protocol.sensors import SENSOR_KINDS
from vigie.runtime.ids import new_id

DAY_S = 24 * 3600
_GROUP = 1000


def fill_log(folder: Path, count: int) -> list[str]:
    """Accepts `count` movements and their ends, spread over the day before now, into the log of an agent that does not run.
    Returns their ids, in order. The Pi was rebooted since: nobody knows their age by the monotonic clock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = LogFile(folder / FILE_NAME)
    began_at, boot_id = datetime.now(UTC) - timedelta(seconds=DAY_S), str(uuid.uuid4())
    ids = []
    for first in range(0, count, _GROUP):
        drafts = [_draft(number, count, began_at, boot_id) for number in range(first, min(first + _GROUP, count))]
        ids += [event.draft.id for event in file.append(drafts)]
    file.close()
    return ids


def _draft(number: int, count: int, began_at: datetime, boot_id: str) -> Draft:
    kind = SENSOR_KINDS["motion"]
    word, type_ = ((kind.active, kind.active_type), (kind.inactive, kind.inactive_type))[number % 2]
    after_ms = number * DAY_S * 1000 // count
    occurred_at = began_at + timedelta(milliseconds=after_ms)
    return Draft(
        id=new_id(occurred_at),
        sensor=kind.name,
        kind=None,
        type=type_,
        body={"state": word, "confidence": 0.95, "location": "entrance"},
        occurred_at=occurred_at,
        mono_ms=after_ms,
        boot_id=boot_id,
        clock=ClockQuality.SYNCED,
    )


async def publish(port: int, topic: str, count: int, rate: float = 0.0) -> Published:
    """Publishes from a process of its own; returns what it says of itself."""
    process = await asyncio.create_subprocess_exec(
        *publisher.command(port, topic, count, rate), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the publisher failed with status {process.returncode}")
    return Published(**json.loads(output))


def keep_any_queue(broker: BrokerProgram, messages: int) -> BrokerProgram:
    """The same broker with room for `messages` in the queue of one session. Raises `ValueError` when its file has no such line."""
    configuration = Path(broker.argv[-1])
    lines = configuration.read_text(encoding="utf-8").splitlines()
    limits = {"max_queued_messages": messages, "max_queued_bytes": 0}
    for name, limit in limits.items():
        (number,) = (index for index, line in enumerate(lines) if line.startswith(f"{name} "))
        lines[number] = f"{name} {limit}"
    configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return broker
