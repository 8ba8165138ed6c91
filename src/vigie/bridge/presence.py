"""What each device last said of itself: status, states, heartbeat. Kept in memory, passed on newest first-come, bounded."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from vigie.protocol.codec import decode_object
from vigie.protocol.errors import BadPayload
from vigie.protocol.events import explain
from vigie.protocol.states import HEARTBEAT_INTERVAL_S, SILENT_AFTER_S, DeviceStatus, Heartbeat
from vigie.protocol.topics import DeviceTopic, Topic
from vigie.protocol.uplink import DeviceMessage
from vigie.runtime.clock import Clock
from vigie.runtime.mqtt import Message

MAX_ENTRIES = 5000

Kind = Literal["status", "state", "heartbeat"]
_KINDS: dict[str, Kind] = {"status": "status", "states": "state", "heartbeats": "heartbeat"}


@dataclass(frozen=True, slots=True)
class Report:
    """A message for the server, under the name that it has on the Socket.IO namespace."""

    kind: Kind
    message: DeviceMessage


@dataclass(frozen=True, slots=True)
class _Entry:
    report: Report
    heard_at_s: float


class Presence:
    """The newest word per device and part. What changes faster than the server takes it is passed on once, newest."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest: OrderedDict[tuple[str, str, str], _Entry] = OrderedDict()
        self._changed: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._wake = asyncio.Event()

    def on_message(self, topic: Topic, message: Message) -> None:
        """Takes a message on `status/`, `states/` or `heartbeats/`; raises `BadPayload`."""
        if not isinstance(topic, DeviceTopic):
            return
        kind = _KINDS[topic.branch]
        key = (kind, topic.device_id, topic.part or "")
        is_cleared = not message.payload  # a retained topic's: passed on as an empty body, for the server has a memory too
        if is_cleared and kind == "heartbeat":
            return
        body = {} if is_cleared else decode_object(message.payload)
        try:
            if kind == "status" and not is_cleared:
                DeviceStatus.model_validate(body)
            elif kind == "heartbeat":
                Heartbeat.model_validate(body)
        except ValidationError as error:
            raise BadPayload(explain(error)) from error
        report = Report(kind, DeviceMessage(device_id=topic.device_id, part=topic.part, body=body, retained=message.retain))
        self._latest[key] = _Entry(report, self._clock.monotonic())
        self._latest.move_to_end(key)
        if len(self._latest) > MAX_ENTRIES:
            forgotten, _ = self._latest.popitem(last=False)
            self._changed.pop(forgotten, None)
        self._changed[key] = None
        self._wake.set()

    def heartbeat(self, device_id: str) -> Heartbeat | None:
        """The last heartbeat, unless it is so old that the device must be taken for gone."""
        entry = self._latest.get(("heartbeat", device_id, ""))
        if entry is None or self._age_s(entry) >= SILENT_AFTER_S:
            return None
        return Heartbeat.model_validate(entry.report.message.body)

    def repeat_all(self) -> None:
        """A server that has just come must hear everything once; as memory, not as news, and no heartbeat that is over."""
        self._changed.clear()
        for key, entry in self._latest.items():
            if entry.report.kind == "heartbeat":
                if self._age_s(entry) < HEARTBEAT_INTERVAL_S:
                    self._changed[key] = None
                continue
            memory = entry.report.message.model_copy(update={"retained": True})
            self._latest[key] = _Entry(Report(entry.report.kind, memory), entry.heard_at_s)
            self._changed[key] = None
        self._wake.set()

    async def next_report(self) -> Report:
        """Waits for the next thing that the server has not heard."""
        while not self._changed:
            self._wake.clear()
            await self._wake.wait()
        key, _ = self._changed.popitem(last=False)
        return self._latest[key].report

    def _age_s(self, entry: _Entry) -> float:
        return self._clock.monotonic() - entry.heard_at_s
