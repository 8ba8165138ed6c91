"""`POST /api/events` with anything at all: an answer that helps, never a 5xx, and what is good is stored."""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.running import Server, event
from vigie.server.errors import BatchTooLong, InvalidEvent, UnreadableBody
from vigie.server.ingest import parse_many, parse_one
from vigie.server.store.database import Database, open_database
from vigie.server.store.events import Batch, append
from vigie.server.store.history import EventQuery, read_page

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4),
    max_leaves=10,
)
FIELDS = ("id", "type", "device_id", "sensor", "details", "occurred_at", "clock", "late", "stream_id", "seq", "boot_id")


@st.composite
def nearly_events(draw: st.DrawFn) -> Any:
    """An event with a few fields replaced by anything or left out; or something else altogether."""
    made = event(draw(st.integers(1, 5)))
    for field in draw(st.sets(st.sampled_from(FIELDS), max_size=3)):
        if draw(st.booleans()):
            made.pop(field, None)
        else:
            made[field] = draw(anything)
    return draw(st.sampled_from([made, made, made, draw(anything)]))


@pytest.fixture(scope="module")
def database() -> Any:
    with TemporaryDirectory() as folder:
        opened = open_database(f"sqlite:///{Path(folder) / 'v.db'}")
        yield opened
        opened.dispose()


def store(database: Database, batch: Batch) -> None:
    with database.writing.connect() as connection, connection.begin():
        appended = append(connection, batch)
        assert len(appended.stored) + len(appended.duplicates) + len(appended.conflicts) == len(batch.events)
        page = read_page(connection, EventQuery(limit=1000))
        assert json.loads(page.model_dump_json())
        for stored in appended.stored:
            json.dumps(stored.model_dump(mode="json"), allow_nan=False).encode()


@settings(max_examples=300)
@given(items=st.lists(nearly_events(), max_size=6))
def test_a_list_of_anything_is_stored_or_quarantined_item_by_item(database: Database, items: list[Any]):
    try:
        batch = parse_many(json.dumps(items).encode(), NOW)
    except UnreadableBody as error:
        assert "JSON" in str(error)
        return
    assert len(batch.events) + len(batch.refusals) == len(items)
    assert all(refusal.reason for refusal in batch.refusals)
    store(database, batch)


@settings(max_examples=300)
@given(item=nearly_events())
def test_a_single_anything_is_an_event_or_says_why_not(database: Database, item: Any):
    try:
        made = parse_one(json.dumps(item).encode(), NOW)
    except (UnreadableBody, InvalidEvent) as error:
        assert str(error)
        return
    store(database, Batch([made], [], NOW))


@settings(max_examples=300)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_an_answer(body: bytes):
    for parse in (parse_one, parse_many):
        try:
            parse(body, NOW)
        except (UnreadableBody, InvalidEvent, BatchTooLong) as error:
            assert str(error)


async def test_hostile_bodies_are_refused_with_a_problem_and_stop_nothing(server: Server):
    for body, statuses in [
        (b"", {400}),
        (b"\xff\xfe\x00", {400}),
        (b"{", {400}),
        (b"[{]", {400}),
        (b"null", {422}),
        (b'"text"', {422}),
        (b"[" * 200_000, {400}),
        (b'{"a":' * 200_000, {400}),
        (b'{"type": "x", "device_id": "d", "details": {"n": NaN}}', {400}),
        (b'{"type": "x", "device_id": "d", "details": {"n": 1e999}}', {422}),
        (b'{"type": "x", "device_id": "d", "details": {"n": 99999999999999999999}}', {422}),
        (b'{"type": "x", "device_id": "d", "details": {"n": ' + b"9" * 10_000 + b"}}", {400, 422}),
        (b'{"type": "x", "device_id": "d", "details": {"n": "\\u0000"}}', {422}),
        (b'{"type": "x", "device_id": "d", "details": {"n": "\\ud800"}}', {422}),
        (b'{"type": "x", "device_id": "d", "details": ' + b'{"a":' * 40 + b"1" + b"}" * 41, {422}),
        (b'{"type": "\\ud800", "device_id": "d", "details": {}}', {422}),
        (b'[{"type": "x", "device_id": "d", "details": {"n": NaN}}]', {200, 400}),
        (b'[{"type": "x", "device_id": "d", "details": {"n": "\\ud800"}}]', {200}),
        (b'[{"type": "x", "device_id": "\\ud800", "details": {}}]', {200}),
    ]:
        status, answer = await server.post("/api/events", data=body)
        assert status in statuses, answer
        if status != 200:
            assert answer["status"] == status
            assert answer["detail"]
        else:
            assert answer["quarantined"] == 1
    assert (await server.post("/api/events", event(1)))[0] == 201
