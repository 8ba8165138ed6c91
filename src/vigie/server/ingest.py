"""The way in for events: body to batch, batch to database, and only after the commit to everyone who listens."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from vigie.protocol import topics
from vigie.protocol.errors import BadTopic
from vigie.protocol.events import MAX_BATCH, ClockQuality, DeviceId, Event, Seq, StoredEvent, StreamId, explain, sensor_of_type
from vigie.protocol.uplink import RefusedPayload
from vigie.runtime.clock import Clock
from vigie.runtime.ids import new_id
from vigie.server.api.schemas import BatchResult, Cursor
from vigie.server.devices import Devices
from vigie.server.errors import BatchTooLong, ConflictingEvent, InvalidEvent, UnreadableBody
from vigie.server.live import LiveNews, Turn
from vigie.server.metrics import Metrics
from vigie.server.store.events import Appended, Batch, append
from vigie.server.store.media import MediaRow
from vigie.server.store.quarantine import Refusal, key_of_bytes
from vigie.server.store.store import Store

ASIDE_BYTES = 32 * 1024
"""A larger body is parsed in a thread: it would hold up the live news."""

_ITEMS: TypeAdapter[list[Event | RefusedPayload]] = TypeAdapter(
    list[Annotated[Event | RefusedPayload, Field(union_mode="left_to_right")]]
)
_ORIGIN: tuple[tuple[str, TypeAdapter[Any]], ...] = (
    ("device_id", TypeAdapter(DeviceId)),
    ("stream_id", TypeAdapter(StreamId)),
    ("seq", TypeAdapter(Seq)),
)


class Ingest:
    """Stores events and spreads the news of them."""

    def __init__(self, store: Store, devices: Devices, live: LiveNews, metrics: Metrics, clock: Clock) -> None:
        self._store = store
        self._devices = devices
        self._live = live
        self._metrics = metrics
        self._clock = clock
        self.on_clips: Callable[[list[MediaRow]], None] = lambda _rows: None
        """Called with the clips that a batch has changed."""

    async def one_or_many(self, body: bytes) -> tuple[StoredEvent, bool] | BatchResult:
        """What became of a request's body: for one event itself and whether it is new, for a list the counts.

        Raises `UnreadableBody`, `InvalidEvent`, `ConflictingEvent`, `BatchTooLong`, `StoreUnavailable`.
        """
        with self._metrics.ingest_seconds.time():
            received_at = self._clock.now()
            if body.lstrip()[:1] == b"[":
                return await self._many(body, received_at)
            event = parse_one(body, received_at)
            appended = await self._append(Batch([event], [], received_at))
            if appended.conflicts:
                raise ConflictingEvent(event.id, appended.conflicts[0].reason)
            return (appended.stored or appended.duplicates)[0], bool(appended.stored)

    async def _many(self, body: bytes, received_at: datetime) -> BatchResult:
        def parse() -> Batch:
            return parse_many(body, received_at)

        batch = parse() if len(body) < ASIDE_BYTES else await self._store.aside(parse)
        appended = await self._append(batch)
        return BatchResult(
            accepted=len(appended.stored),
            duplicates=len(appended.duplicates),
            quarantined=len(batch.refusals) + len(appended.conflicts),
            cursors=[
                Cursor(
                    device_id=stream.device_id,
                    stream_id=stream.stream_id,
                    through_seq=stream.through_seq,
                    event_id=stream.through_event_id,
                )
                for stream in appended.streams
                if stream.stream_id
            ],
        )

    async def _append(self, batch: Batch) -> Appended:
        appended = await self._store.write(lambda connection: append(connection, batch))
        self._devices.take_events(appended)
        for event in appended.stored:
            self._live.tell(event.type, event, Turn.LATE if event.late else Turn.FRESH)
        for alert in appended.alerts:
            # A server that is refilled after a loss opens alerts by the thousand, all of them late.
            self._live.tell("alert", alert, Turn.LATE if alert.late else Turn.FIRST)
        self._metrics.count(appended)
        self.on_clips(appended.clips)
        return appended


def parse_one(body: bytes, received_at: datetime) -> Event:
    """A single event; raises `UnreadableBody` or `InvalidEvent`."""
    value = _load_json(body)
    if not isinstance(value, dict):
        raise InvalidEvent([{"loc": ["body"], "msg": "a JSON object or a list of them is expected"}])
    try:
        return _timed(Event.model_validate(_with_defaults(value, received_at)), received_at)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidEvent([{"loc": ["body", *fault["loc"]], "msg": fault["msg"]} for fault in faults]) from error


def parse_many(body: bytes, received_at: datetime) -> Batch:
    """A list of events and refused payloads; an item that is neither is refused itself, never the list.

    Raises `UnreadableBody` and `BatchTooLong` for the list as a whole.
    """
    try:
        items = _ITEMS.validate_json(body)
    except ValidationError:
        return _parse_each(body, received_at)
    _check_length(len(items))
    return Batch(
        [_timed(item, received_at) for item in items if isinstance(item, Event)],
        [_refusal(item) for item in items if isinstance(item, RefusedPayload)],
        received_at,
    )


def _parse_each(body: bytes, received_at: datetime) -> Batch:
    items = _load_json(body)
    _check_length(len(items))
    events: list[Event] = []
    refusals: list[Refusal] = []
    for item in items:
        try:
            if isinstance(item, dict) and "payload_base64" in item and "type" not in item:
                refusals.append(_refusal(RefusedPayload.model_validate(item)))
            else:
                events.append(_timed(Event.model_validate(_with_defaults(item, received_at)), received_at))
        except ValidationError as error:
            refusals.append(_refusal_of_item(item, explain(error)))
    return Batch(events, refusals, received_at)


def _load_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise UnreadableBody("it is nested too deep") from error
    except ValueError as error:  # not UTF-8, not JSON, or a number of more digits than Python converts
        raise UnreadableBody(str(error)) from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _with_defaults(item: Any, received_at: datetime) -> Any:
    """Fills in what a third party leaves out: the least is type, device_id, details."""
    if not isinstance(item, dict):
        return item
    filled = dict(item)
    if filled.get("id") is None:
        filled["id"] = new_id(received_at)
    if filled.get("sensor") is None and isinstance(filled.get("type"), str):
        filled["sensor"] = sensor_of_type(filled["type"])
    return filled


def _timed(event: Event, received_at: datetime) -> Event:
    """An event without a time and without a log behind it happened now."""
    if event.occurred_at is not None or event.stream_id is not None:
        return event
    clock = event.clock if "clock" in event.model_fields_set else ClockQuality.SYNCED
    return event.model_copy(update={"occurred_at": received_at, "clock": clock})


def _check_length(length: int) -> None:
    if length > MAX_BATCH:
        raise BatchTooLong(length, MAX_BATCH)


def _refusal(item: RefusedPayload) -> Refusal:
    try:
        payload = base64.b64decode(item.payload_base64, validate=True)
    except (binascii.Error, ValueError):
        payload = item.payload_base64.encode()
    return Refusal(
        f"bridge:{item.id}",
        item.reason,
        payload,
        topic=item.topic,
        device_id=item.device_id or _device_of(item.topic),
        number=None if item.stream_id is None or item.seq is None else (item.stream_id, item.seq),
    )


def _refusal_of_item(item: Any, reason: str) -> Refusal:
    """An item that breaks the rules, with as much of its origin as can still be made out."""
    payload = json.dumps(item, sort_keys=True).encode()
    fields = item if isinstance(item, dict) else {}
    device_id, stream_id, seq = (_or_none(what, fields.get(name)) for name, what in _ORIGIN)
    number = None if stream_id is None or seq is None else (stream_id, seq)
    return Refusal(key_of_bytes(payload), reason, payload, device_id=device_id, number=number)


def _or_none(what: TypeAdapter[Any], value: Any) -> Any:
    try:
        return what.validate_python(value, strict=True)
    except ValidationError:
        return None


def _device_of(topic: str) -> str | None:
    try:
        parsed = topics.parse(topic)
    except BadTopic:
        return None
    return parsed.device_id if isinstance(parsed, topics.DeviceTopic) else None
