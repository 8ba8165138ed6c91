"""Rows of the event log to the bytes of a replay page, cheaply: the stored JSON goes into the page as it is.

The same event must mean the same here as in `LoggedEvent.payload`, or the server would see another event under its number.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from vigie.agent.log_file import ROTTED, Row
from vigie.protocol.codec import MAX_PAYLOAD_BYTES
from vigie.protocol.times import from_unix_ms, iso_ms

MAX_PAGE_BYTES = MAX_PAYLOAD_BYTES - 2048


@dataclass(frozen=True, slots=True)
class Page:
    """A `ReplayPage` as bytes, with `count` events; `is_full` when there was no room for all rows. `last_seq` is the last one's."""

    payload: bytes
    count: int
    last_seq: int
    is_full: bool


def build(rows: Iterable[Row], stream_id: str, boot_id: str, now_mono_s: float) -> Page:
    """The first of these rows that fit into a payload. A row that has rotted on the disk is left out, but counts as sent."""
    now_ms = round(now_mono_s * 1000)
    items: list[str] = []
    size, last_seq, is_full = 0, 0, False
    for row in rows:
        try:
            item = _item(row, stream_id, boot_id, now_ms)
        except ROTTED:
            last_seq = row[0]
            continue
        size += (len(item) if item.isascii() else len(item.encode(errors="replace"))) + 1
        if items and size > MAX_PAGE_BYTES:
            is_full = True
            break
        items.append(item)
        last_seq = row[0]
    text = _joined(items)
    if not _is_json(text):
        items = [item for item in items if _is_json(item)]
        text = _joined(items)
    return Page(text.encode(), len(items), last_seq, is_full)


def _joined(items: list[str]) -> str:
    return '{"events":[' + ",".join(items) + "]}"


def _item(row: Row, stream_id: str, boot_id: str, now_ms: int) -> str:
    seq, id_, sensor, kind, _, body, occurred_at_ms, mono_ms, boot, clock = row
    occurred_at = "null" if occurred_at_ms is None else f'"{iso_ms(from_unix_ms(occurred_at_ms))}"'
    age_ms = str(max(0, now_ms - mono_ms)) if boot == boot_id else "null"
    head = "{" if body == "{}" else body[:-1] + ","
    kind_too = "" if kind is None else f',"kind":"{kind}"'
    return (
        f'{{"sensor":"{sensor}","payload":{head}"meta":{{"v":1,"id":"{id_}","stream_id":"{stream_id}","seq":{seq},'
        f'"boot_id":"{boot}","mono_ms":{mono_ms},"occurred_at":{occurred_at},"clock":"{clock}"{kind_too}}}}},"age_ms":{age_ms}}}'
    )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _is_json(text: str) -> bool:
    try:
        _DECODER.decode(text)
        text.encode()
    except (ValueError, RecursionError):
        return False
    return True
