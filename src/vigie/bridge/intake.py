"""What a message on `sensors/…` or `replays/…` becomes: spool rows. Pure; any bytes become rows, never an exception.

Nearly all is well formed: `quick_intake` reads it in one pass. This module explains the rest.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from vigie.protocol import topics
from vigie.protocol.codec import MAX_PAYLOAD_BYTES, decode_object
from vigie.protocol.errors import BadPayload, BadTopic
from vigie.protocol.events import BROKER_KEEPS_S, ClockQuality, Event, Seq, StreamId, explain, from_sensor_payload
from vigie.protocol.gaps import GAP, Gap, GapReason
from vigie.protocol.states import ReplayedEvent
from vigie.protocol.topics import DeviceTopic
from vigie.protocol.uplink import RefusedPayload

MAX_AGE_MS = 2**53

_NUMBER: TypeAdapter[tuple[str, int]] = TypeAdapter(tuple[StreamId, Seq])


class Place(NamedTuple):
    """Where something comes from, as far as it can be made out: `stream_id` and `seq` together or not at all."""

    device_id: str | None = None
    stream_id: str | None = None
    seq: int | None = None


class Row(NamedTuple):
    """One item on its way to the server.

    `item` is the JSON of an `Event` (without `late`, which the upload adds) or of a `RefusedPayload`. `age_ms` is the
    event's age when we received it, None where nobody knows. `fingerprint` stands for a message that has no id of its
    own: it tells the broker's redelivery from a second message. `stream_id` and `seq` are the place in a device's log,
    where there is one: with `content_crc` they tell what is sent again from what is new.
    """

    device_id: str
    item: bytes
    age_ms: int | None = 0
    fingerprint: bytes | None = None
    is_event: bool = True
    stream_id: str | None = None
    seq: int | None = None
    content_crc: int | None = None


def rows_of(
    topic_text: str, payload: bytes, *, received_at: datetime, new_id: Callable[[], str], expires_in_s: int | None = None
) -> list[Row]:
    """The rows of one message. What is no event becomes a refused payload with its reason; a replay page gives one row each.

    `expires_in_s` is what the broker left of the message expiry: our agents give each live event the same one, so that
    the rest tells how long it waited there.
    """
    try:
        topic = _event_topic(topic_text)
        if topic.branch == "replays":
            return _replayed(topic, payload, received_at)
        event = from_sensor_payload(topic, decode_object(payload), received_at=received_at, new_id=new_id())
    except (BadTopic, BadPayload) as error:
        place = _place(_device_in(topic_text), _meta_of(payload))
        item = _refused_item(topic_text, payload, error.reason, received_at=received_at, id_=new_id(), place=place)
        return [_refused_row(item, payload, place, fingerprint(topic_text, payload))]
    if event.stream_id is None:
        return [Row(topic.device_id, _item(event), 0, fingerprint(topic_text, payload))]
    return [event_row(event, waited_ms(expires_in_s))]


def event_row(event: Event, age_ms: int | None) -> Row:
    """The row of an event with a log behind it."""
    item = _item(event)
    return Row(event.device_id, item, age_ms, stream_id=event.stream_id, seq=event.seq, content_crc=zlib.crc32(item))


def waited_ms(expires_in_s: int | None) -> int:
    """How long a live event of ours lay at the broker; 0 where nothing tells."""
    if expires_in_s is None:
        return 0
    return max(0, BROKER_KEEPS_S - expires_in_s) * 1000


def age_ms_of(told: int | None) -> int | None:
    """A replayed event's age within bounds."""
    return None if told is None else min(max(told, 0), MAX_AGE_MS)


def gap_row(device_id: str, count: int, now: datetime, id_: str) -> Row:
    """The event that tells that `count` events of this device had no room in the spool."""
    details = Gap(reason=GapReason.SPOOL_FULL, count=count).model_dump(mode="json", exclude_defaults=True)
    event = Event(id=id_, type=GAP, device_id=device_id, sensor=GAP, details=details, occurred_at=now, clock=ClockQuality.SYNCED)
    return Row(device_id, _item(event))


def refused_again(item: bytes, reason: str, *, received_at: datetime) -> bytes:
    """The item that stands in for one that the server refused, so that it ends in quarantine. The same one each time.

    With its place in the device's log where that can be made out: a log must not wait for ever for a number of it.
    """
    try:
        value = decode_object(item)
    except BadPayload:
        value = {}
    device_id = value.get("device_id")
    place = _place(device_id if isinstance(device_id, str) else "", value)
    return _refused_item("spool", item, reason, received_at=received_at, id_=_stable_id("spool", item), place=place)


def _replayed(topic: DeviceTopic, payload: bytes, received_at: datetime) -> list[Row]:
    """A bad item is refused alone. Its id is made from its bytes: the same page may come again and again."""

    def refused(content: bytes, reason: str, meta: Any = None) -> Row:
        place, id_ = _place(topic.device_id, meta), _stable_id(str(topic), content)
        item = _refused_item(str(topic), content, reason, received_at=received_at, id_=id_, place=place)
        return _refused_row(item, content, place)

    try:
        events = decode_object(payload).get("events")
    except BadPayload as error:
        return [refused(payload, error.reason)]
    if not isinstance(events, list):
        return [refused(payload, "a replay page without a list of events")]
    rows = []
    for value in events:
        try:
            rows.append(_replayed_row(topic, value, received_at))
        except BadPayload as error:
            content = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
            rows.append(refused(content, error.reason, _meta_in(value)))
    return rows


def _replayed_row(topic: DeviceTopic, value: Any, received_at: datetime) -> Row:
    try:
        replayed = ReplayedEvent.model_validate(value)
    except ValidationError as error:
        raise BadPayload(explain(error)) from error
    if "meta" not in replayed.payload:
        raise BadPayload("a replayed event without meta cannot be told from a new one")
    source = DeviceTopic("sensors", topic.device_id, replayed.sensor)
    event = from_sensor_payload(source, replayed.payload, received_at=received_at, new_id="")
    return event_row(event, age_ms_of(replayed.age_ms))


def _event_topic(text: str) -> DeviceTopic:
    topic = topics.parse(text)
    if isinstance(topic, DeviceTopic) and topic.branch in ("sensors", "replays"):
        return topic
    raise BadTopic(text, "no topic of an event")


def _item(event: Event) -> bytes:
    return event.model_dump_json(exclude={"late"}, exclude_none=True).encode()


def _refused_row(item: bytes, content: bytes, place: Place, fingerprint: bytes | None = None) -> Row:
    if place.seq is not None:
        return Row(place.device_id or "", item, 0, None, False, place.stream_id, place.seq, zlib.crc32(content))
    return Row(place.device_id or "", item, 0, fingerprint, is_event=False)


def _refused_item(topic: str, payload: bytes, reason: str, *, received_at: datetime, id_: str, place: Place) -> bytes:
    kept = payload[:MAX_PAYLOAD_BYTES]
    if len(kept) < len(payload):
        reason = f"{reason} (the first {MAX_PAYLOAD_BYTES} bytes are kept)"
    refused = RefusedPayload(
        id=id_,
        topic=_storable(topic),
        payload_base64=base64.b64encode(kept).decode("ascii"),
        reason=_storable(reason)[:1000],
        received_at=received_at,
        device_id=place.device_id,
        stream_id=place.stream_id,
        seq=place.seq,
    )
    return refused.model_dump_json(exclude_none=True).encode()


def _place(device_id: str, meta: Any) -> Place:
    """The device, with stream and number from what should be a `meta` or an event, where they are both good."""
    if not topics.is_device_id(device_id):
        return Place()
    if not isinstance(meta, dict):
        return Place(device_id)
    try:
        return Place(device_id, *_NUMBER.validate_python((meta.get("stream_id"), meta.get("seq")), strict=True))
    except ValidationError:
        return Place(device_id)


def _meta_in(replayed: Any) -> Any:
    payload = replayed.get("payload") if isinstance(replayed, dict) else None
    return payload.get("meta") if isinstance(payload, dict) else None


def _meta_of(payload: bytes) -> Any:
    if b'"meta"' not in payload:
        return None
    try:
        value = json.loads(payload[: 4 * MAX_PAYLOAD_BYTES])
    except (ValueError, RecursionError):
        return None
    return value.get("meta") if isinstance(value, dict) else None


def _storable(text: str) -> str:
    """Without the characters that no database takes, and not longer than a topic may be."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")[:65535]


def _device_in(topic_text: str) -> str:
    levels = topic_text.split("/")
    return levels[1] if len(levels) > 1 else ""


def fingerprint(topic: str, payload: bytes) -> bytes:
    """Stands for a message without an id of its own."""
    return hashlib.blake2b(topic.encode("utf-8", "backslashreplace") + b"\0" + payload, digest_size=16).digest()


def _stable_id(topic: str, payload: bytes) -> str:
    return f"refused-{fingerprint(topic, payload).hex()}"
