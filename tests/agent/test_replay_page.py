"""Pages out of rows: the same payload as live, within the limit of a payload, and readable whatever has rotted."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.agent.log_file import Draft, LoggedEvent, logged
from vigie.agent.replay_page import MAX_PAGE_BYTES, build
from vigie.protocol.codec import decode_object, encode_object
from vigie.protocol.events import ClockQuality
from vigie.protocol.states import ReplayPage
from vigie.protocol.times import from_unix_ms, to_unix_ms

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
VALUES = st.recursive(SCALARS | TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
DRAFTS = st.builds(
    Draft,
    id=st.from_regex(r"\A[A-Za-z0-9._:-]{1,64}\Z"),
    sensor=st.sampled_from(["motion", "mat"]),
    kind=st.none() | st.just("button"),
    type=st.just("motion_detected"),
    body=st.dictionaries(TEXTS, VALUES, max_size=4),
    occurred_at=st.none() | st.integers(0, 4_000_000_000_000).map(from_unix_ms),
    mono_ms=st.integers(0, 2**40),
    boot_id=st.sampled_from(["this-boot", "another"]),
    clock=st.sampled_from(list(ClockQuality)),
)


def row(draft, seq):
    body = json.dumps(draft.body, separators=(",", ":"), ensure_ascii=False)
    occurred_at_ms = None if draft.occurred_at is None else to_unix_ms(draft.occurred_at)
    tail = (body, occurred_at_ms, draft.mono_ms, draft.boot_id, draft.clock.value)
    return (seq, draft.id, draft.sensor, draft.kind, draft.type, *tail)


def plain_row(seq, body='{"state":"detected"}'):
    return (seq, f"id-{seq}", "motion", None, "motion_detected", body, None, 1000, "this-boot", "synced")


def numbers(page):
    return [item.payload["meta"]["seq"] for item in ReplayPage.model_validate(decode_object(page.payload)).events]


@given(st.lists(DRAFTS, max_size=5))
def test_an_event_reads_in_a_page_as_it_did_live(drafts):
    page = build([row(draft, seq) for seq, draft in enumerate(drafts, 1)], "stream", "this-boot", 5000.0)
    items = json.loads(page.payload)["events"]
    events = [LoggedEvent(draft, "stream", seq) for seq, draft in enumerate(drafts, 1)]
    assert [item["payload"] for item in items] == [json.loads(encode_object(event.payload())) for event in events]
    assert [item["age_ms"] for item in items] == [event.age_ms("this-boot", 5000.0) for event in events]
    assert [item["sensor"] for item in items] == [draft.sensor for draft in drafts]
    assert (page.count, page.last_seq, page.is_full) == (len(drafts), len(drafts), False)


def test_a_time_keeps_its_milliseconds():
    moment = datetime(2026, 11, 23, 19, 14, 12, 7000, tzinfo=UTC)
    (item,) = json.loads(build([(*plain_row(1)[:6], to_unix_ms(moment), *plain_row(1)[7:])], "s", "b", 1.0).payload)["events"]
    assert item["payload"]["meta"]["occurred_at"] == "2026-11-23T19:14:12.007Z"


@given(st.integers(100, 3000), st.sampled_from(["a", "é", "😀"]))
def test_a_page_ends_where_a_payload_does(length, letter):
    body = json.dumps({"note": letter * length}, separators=(",", ":"), ensure_ascii=False)
    page = build([plain_row(seq, body) for seq in range(1, 700)], "stream", "this-boot", 5000.0)
    assert page.is_full
    assert MAX_PAGE_BYTES * 0.75 < len(page.payload) <= MAX_PAGE_BYTES + 20
    assert numbers(page) == list(range(1, page.last_seq + 1))


def test_rows_that_have_rotted_do_not_hold_up_the_others():
    rotten = ['{"state":', "", "[]", "17", '{"a":1}\x00', '{"a":"\ud800"}', "[" * 5000, '{"n":NaN}']
    rows = [plain_row(1), *(plain_row(seq, body) for seq, body in enumerate(rotten, 2)), plain_row(99)]
    page = build(rows, "stream", "this-boot", 5000.0)
    assert page.last_seq == 99
    assert numbers(page) == [1, 99]


@pytest.mark.parametrize("column", range(1, 10))
@pytest.mark.parametrize("value", [None, 7, -(2**62), 2**62, 1.5, "abc", b"\x00\xff"])
def test_a_value_that_has_rotted_into_any_other_ends_no_page_and_no_reading(column, value):
    row = list(plain_row(2))
    row[column] = value
    page = build([plain_row(1), tuple(row), plain_row(3)], "stream", "this-boot", 5000.0)
    assert page.last_seq == 3
    assert {1, 3} <= {item["payload"]["meta"]["seq"] for item in json.loads(page.payload)["events"]}
    with suppress(ValueError):
        logged(tuple(row), "stream")
