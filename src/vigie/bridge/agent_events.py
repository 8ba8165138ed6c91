"""The quick way for what our agents send: one pydantic pass over a whole message, and the item's JSON without a model.

It says what `intake.rows_of` says, or nothing: whatever is not quite right goes that way, which explains it.
"""

import zlib
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_json

from vigie.bridge.intake import Row, age_ms_of, waited_ms
from vigie.protocol import topics
from vigie.protocol.codec import MAX_PAYLOAD_BYTES, check_value
from vigie.protocol.errors import BadPayload, BadTopic
from vigie.protocol.events import RESERVED_TYPES, Meta, event_type
from vigie.protocol.times import iso_ms
from vigie.protocol.topics import DeviceTopic

_PLAIN = (str, bool, type(None))


class _Payload(BaseModel):
    """The payload of an event of ours; what is not `meta` are its details."""

    model_config = ConfigDict(extra="allow")

    meta: Meta


class _Replayed(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sensor: str
    payload: _Payload
    age_ms: int | None = None


class _Page(BaseModel):
    model_config = ConfigDict(extra="ignore")

    events: list[_Replayed]


_PAYLOAD = TypeAdapter(_Payload)
_PAGE = TypeAdapter(_Page)


def agent_rows(topic_text: str, payload: bytes, expires_in_s: int | None = None) -> list[Row] | None:
    """The rows of a message of ours; None for any that is not, or not wholly in order."""
    if len(payload) > MAX_PAYLOAD_BYTES or b'"meta"' not in payload:
        return None
    has_escapes = b"\\u" in payload  # the only way for a NUL or a lone surrogate into JSON that is UTF-8
    try:
        topic = topics.parse(topic_text)
        if not isinstance(topic, DeviceTopic):
            return None
        if topic.branch == "replays":
            events = _PAGE.validate_json(payload).events
            return [_row(topic.device_id, one.sensor, one.payload, age_ms_of(one.age_ms), has_escapes) for one in events]
        if topic.part is None:
            return None
        return [_row(topic.device_id, topic.part, _PAYLOAD.validate_json(payload), waited_ms(expires_in_s), has_escapes)]
    except (ValidationError, BadPayload, BadTopic):
        return None


def _row(device_id: str, sensor: str, payload: _Payload, age_ms: int | None, has_escapes: bool) -> Row:
    details, meta = payload.__pydantic_extra__ or {}, payload.meta
    _check(details, has_escapes)
    type_ = event_type(sensor, details, meta.kind)
    if type_ in RESERVED_TYPES:
        raise BadPayload("a reserved type")
    occurred_at = f',"occurred_at":"{iso_ms(meta.occurred_at)}"' if meta.occurred_at is not None else ""
    # All of these but the boot's id are checked against patterns that know no quote and no backslash.
    item = (
        f'{{"id":"{meta.id}",{_names(type_, device_id, sensor)},"details":{to_json(details).decode()}{occurred_at}'
        f',"clock":"{meta.clock.value}","stream_id":"{meta.stream_id}","seq":{meta.seq},"boot_id":{_quoted(meta.boot_id)}}}'
    ).encode()
    return Row(device_id, item, age_ms, None, True, meta.stream_id, meta.seq, zlib.crc32(item))


def _check(details: dict[str, Any], has_escapes: bool) -> None:
    """What `check_value` says, quicker where all values are plain."""
    if has_escapes or not all(isinstance(value, _PLAIN) for value in details.values()):
        check_value(details)


@lru_cache(maxsize=1024)
def _names(type_: str, device_id: str, sensor: str) -> str:
    if not topics.is_name(sensor):
        raise BadPayload("no name of a sensor")
    return f'"type":"{type_}","device_id":"{device_id}","sensor":"{sensor}"'


@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    return to_json(text).decode()
