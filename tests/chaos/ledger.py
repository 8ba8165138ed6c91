"""The independent ledger: what the agents said they had accepted, written down outside of them."""

import asyncio
import json
import os
import time
from bisect import bisect_right
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event as the agent's answer named it; `at` is our monotonic time when we had read that answer."""

    id: str
    device_id: str
    stream_id: str
    seq: int
    type: str
    at: float


class Ledger:
    """Lines are written after the agent's answer, never before; on the disk within `FLUSH_S`, by fsync.

    The honest edge: an answer that is lost because the agent dies between commit and answer leaves an accepted event
    without a line here. It shows in the agent's own log, and counts as unconfirmed.
    """

    FLUSH_S = 0.2

    def __init__(self, path: Path) -> None:
        self.events: dict[str, Accepted] = {}
        self.repeated: list[str] = []
        self._by_device: dict[str, list[Accepted]] = {}
        self._file = path.open("a", encoding="utf-8")
        self._new: list[Accepted] = []

    def accepted(self, device_id: str, answer: dict[str, str | int]) -> None:
        """Takes the agent's answer: `id`, `stream_id`, `seq`, `type`."""
        event = Accepted(
            id=str(answer["id"]),
            device_id=device_id,
            stream_id=str(answer["stream_id"]),
            seq=int(answer["seq"]),
            type=str(answer["type"]),
            at=time.monotonic(),
        )
        if event.id in self.events:
            self.repeated.append(event.id)
        self.events[event.id] = event
        self._by_device.setdefault(device_id, []).append(event)
        self._new.append(event)

    def since(self, device_id: str, at: float) -> list[Accepted]:
        """What a device has accepted after a moment."""
        events = self._by_device.get(device_id, [])
        return events[bisect_right(events, at, key=lambda event: event.at) :]

    async def run(self) -> None:
        """Writes for ever, in a thread: an fsync must not hold up the links."""
        while True:
            await asyncio.sleep(self.FLUSH_S)
            await asyncio.to_thread(self.flush)

    def flush(self) -> None:
        """What is new is on the disk after this."""
        new, self._new = self._new, []
        if new:
            self._file.writelines(json.dumps(asdict(event)) + "\n" for event in new)
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """After the last line."""
        self.flush()
        self._file.close()
