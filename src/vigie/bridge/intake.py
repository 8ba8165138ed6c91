"""What a message on `sensors/…` or `replays/…` becomes: spool rows. Pure; any bytes become rows, never an exception."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from vigie.protocol import topics
from vigie.protocol.codec import MAX_PAYLOAD_BYTES, decode_object
from vigie.protocol.errors import BadPayload, BadTopic
from vigie.protocol.events import Event, explain, from_sensor_payload
from vigie.protocol.states import ReplayedEvent
from vigie.protocol.topics import DeviceTopic
from vigie.protocol.uplink import RefusedPayload

MAX_AGE_MS = 2**53


@dataclass(frozen=True, slots=True)
class Row:
    """One item on its way to the server.

    `item` is the JSON of an `Event` (without `late`, which the upload adds) or of a `RefusedPayload`. `age_ms` is the
    event's age when we received it, None where nobody knows. `fingerprint` stands for a message that has no id of its
    own: it tells the broker's redelivery from a second message.
    """

    device_id: str
    item: bytes
    age_ms: int | None = 0
    fingerprint: bytes | None = None
    is_event: bool = True


def rows_of(topic_text: str, payload: bytes, *, received_at: datetime, new_id: Callable[[], str]) -> list[Row]:
    """The rows of one message. What is no event becomes a refused payload with its reason; a replay page gives one row each."""
    fingerprint = _fingerprint(topic_text, payload)
    try:
        topic = _event_topic(topic_text)
        if topic.branch == "replays":
            return _replayed(topic, payload, received_at)
        event = from_sensor_payload(topic, decode_object(payload), received_at=received_at, new_id=new_id())
    except (BadTopic, BadPayload) as error:
        item = _refused_item(topic_text, payload, error.reason, received_at=received_at, id_=new_id())
        return [Row(_device_in(topic_text), item, 0, fingerprint, is_event=False)]
    return [Row(topic.device_id, _item(event), 0, None if event.stream_id else fingerprint)]


def refused_again(item: bytes, reason: str, *, received_at: datetime) -> bytes:
    """The item that stands in for one that the server refused, so that it ends in quarantine. The same one each time."""
    return _refused_item("spool", item, reason, received_at=received_at, id_=_stable_id("spool", item))


def _replayed(topic: DeviceTopic, payload: bytes, received_at: datetime) -> list[Row]:
    """A bad item is refused alone. Its id is made from its bytes: the same page may come again and again."""

    def refused(content: bytes, reason: str) -> Row:
        id_ = _stable_id(str(topic), content)
        return Row(topic.device_id, _refused_item(str(topic), content, reason, received_at=received_at, id_=id_), 0, is_event=False)

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
            rows.append(refused(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace"), error.reason))
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
    age_ms = None if replayed.age_ms is None else min(max(replayed.age_ms, 0), MAX_AGE_MS)
    return Row(topic.device_id, _item(event), age_ms)


def _event_topic(text: str) -> DeviceTopic:
    topic = topics.parse(text)
    if isinstance(topic, DeviceTopic) and topic.branch in ("sensors", "replays"):
        return topic
    raise BadTopic(text, "no topic of an event")


def _item(event: Event) -> bytes:
    return event.model_dump_json(exclude={"late"}, exclude_none=True).encode()


def _refused_item(topic: str, payload: bytes, reason: str, *, received_at: datetime, id_: str) -> bytes:
    kept = payload[:MAX_PAYLOAD_BYTES]
    if len(kept) < len(payload):
        reason = f"{reason} (the first {MAX_PAYLOAD_BYTES} bytes are kept)"
    refused = RefusedPayload(
        id=id_,
        topic=_storable(topic),
        payload_base64=base64.b64encode(kept).decode("ascii"),
        reason=_storable(reason)[:1000],
        received_at=received_at,
    )
    return refused.model_dump_json(exclude_none=True).encode()


def _storable(text: str) -> str:
    """Without the characters that no database takes, and not longer than a topic may be."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")[:65535]


def _device_in(topic_text: str) -> str:
    levels = topic_text.split("/")
    return levels[1] if len(levels) > 1 and topics.is_device_id(levels[1]) else ""


def _fingerprint(topic: str, payload: bytes) -> bytes:
    return hashlib.blake2b(topic.encode("utf-8", "backslashreplace") + b"\0" + payload, digest_size=16).digest()


def _stable_id(topic: str, payload: bytes) -> str:
    return f"refused-{_fingerprint(topic, payload).hex()}"
