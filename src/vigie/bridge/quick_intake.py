"""The quick way for what is well formed, which is nearly all: one pass over a whole message, and the item's JSON without a model.

It says what `intake.rows_of` says, or nothing: whatever is not quite right goes that way, which explains it.
"""

import zlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_core import from_json, to_json

from vigie.bridge import intake
from vigie.bridge.intake import Row, age_ms_of, fingerprint, waited_ms
from vigie.protocol import topics
from vigie.protocol.codec import MAX_PAYLOAD_BYTES, check_value
from vigie.protocol.errors import BadPayload, BadTopic
from vigie.protocol.events import RESERVED_TYPES, EventId, SensorName, Seq, StreamId, event_type
from vigie.protocol.times import iso_ms
from vigie.protocol.topics import DeviceTopic

_PLAIN = (str, bool, type(None))
_DAYS = "(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31"  # 29 February goes the other way
_MOMENT = rf"^[1-9][0-9]{{3}}-({_DAYS})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{{3}}Z$"


class _Meta(BaseModel):
    """`Meta`, but with its time as the text that it is: a moment that is read and written again took a quarter of the time."""

    v: int = Field(1, ge=1)
    id: EventId
    stream_id: StreamId
    seq: Seq
    boot_id: str = Field(max_length=64)
    mono_ms: int = Field(ge=0, lt=2**63)
    occurred_at: Annotated[str, Field(pattern=_MOMENT)] | None = None
    clock: Annotated[str, Field(pattern="^(synced|holdover|unsynced)$")] = "unsynced"
    kind: SensorName | None = None


class _Payload(BaseModel):
    """The payload of an event of ours; what is not `meta` are its details."""

    model_config = ConfigDict(extra="allow")

    meta: _Meta


class _Replayed(BaseModel):
    sensor: str
    payload: _Payload
    age_ms: int | None = None


class _Page(BaseModel):
    events: list[_Replayed]


_PAYLOAD = TypeAdapter(_Payload)
_PAGE = TypeAdapter(_Page)


def rows_of(
    topic_text: str, payload: bytes, *, received_at: datetime, new_id: Callable[[], str], expires_in_s: int | None = None
) -> list[Row]:
    """The rows of a message, the quick way where it can be, and else the careful way."""
    rows = quick_rows(topic_text, payload, received_at=received_at, new_id=new_id, expires_in_s=expires_in_s)
    if rows is not None:
        return rows
    return intake.rows_of(topic_text, payload, received_at=received_at, new_id=new_id, expires_in_s=expires_in_s)


def quick_rows(
    topic_text: str, payload: bytes, *, received_at: datetime, new_id: Callable[[], str], expires_in_s: int | None = None
) -> list[Row] | None:
    """The rows of a message; None for any that is not wholly in order."""
    if len(payload) > MAX_PAYLOAD_BYTES:
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
        if b'"meta"' in payload:
            return [_row(topic.device_id, topic.part, _PAYLOAD.validate_json(payload), waited_ms(expires_in_s), has_escapes)]
        item = _third_partys(topic.device_id, topic.part, from_json(payload), has_escapes)
        item = b'{"id":"%b",%b,"occurred_at":"%b","clock":"synced"}' % (new_id().encode(), item, iso_ms(received_at).encode())
        return [Row(topic.device_id, item, 0, fingerprint(topic_text, payload))]
    except (ValueError, BadPayload, BadTopic):  # pydantic's own is a ValueError
        return None


def _row(device_id: str, sensor: str, payload: _Payload, age_ms: int | None, has_escapes: bool) -> Row:
    details, meta = payload.__pydantic_extra__ or {}, payload.meta
    _check(details, has_escapes)
    type_ = _free(event_type(sensor, details, meta.kind))
    moment, stream_id, seq = meta.occurred_at, meta.stream_id, meta.seq
    occurred_at = f',"occurred_at":"{moment}"' if moment is not None else ""
    # All of these but the boot's id are checked against patterns that know no quote and no backslash.
    item = (
        f'{{"id":"{meta.id}",{_names(type_, device_id, sensor)},"details":{to_json(details).decode()}{occurred_at}'
        f',"clock":"{meta.clock}","stream_id":"{stream_id}","seq":{seq},"boot_id":{_quoted(meta.boot_id)}}}'
    ).encode()
    return Row(device_id, item, age_ms, None, True, stream_id, seq, zlib.crc32(item))


def _third_partys(device_id: str, sensor: str, details: Any, has_escapes: bool) -> bytes:
    if not isinstance(details, dict) or "meta" in details:
        raise BadPayload("no event of a third party")
    _check(details, has_escapes)
    type_ = _free(event_type(sensor, details))
    return b'%b,"details":%b' % (_names(type_, device_id, sensor).encode(), to_json(details))


def _free(type_: str) -> str:
    if type_ in RESERVED_TYPES:
        raise BadPayload("a reserved type")
    return type_


def _check(details: dict[str, Any], has_escapes: bool) -> None:
    """What `check_value` says, quicker where all values are plain."""
    if has_escapes or not all(map(_is_plain, details.values())):
        check_value(details)


def _is_plain(value: object) -> bool:
    return isinstance(value, _PLAIN) or (isinstance(value, float) and isfinite(value))


@lru_cache(maxsize=1024)
def _names(type_: str, device_id: str, sensor: str) -> str:
    if not topics.is_name(sensor):
        raise BadPayload("no name of a sensor")
    return f'"type":"{type_}","device_id":"{device_id}","sensor":"{sensor}"'


@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    return to_json(text).decode()
