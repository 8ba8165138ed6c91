"""Any bytes on any topic become spool rows that the server can read, and nothing ever raises."""

import base64
import json
from datetime import UTC, datetime
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from vigie.bridge.intake import refused_again, rows_of
from vigie.protocol.codec import MAX_PAYLOAD_BYTES
from vigie.protocol.events import Event
from vigie.protocol.uplink import RefusedPayload

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
_numbers = count()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)
metas = st.fixed_dictionaries(
    {"id": st.text(max_size=5) | st.just("id-1"), "stream_id": st.just("s"), "seq": st.integers() | json_values},
    optional={
        "boot_id": st.just("b"),
        "mono_ms": st.integers(),
        "clock": json_values,
        "occurred_at": json_values,
        "kind": json_values,
    },
)
payload_objects = st.dictionaries(st.sampled_from(["state", "confidence", "x"]), json_values, max_size=3).flatmap(
    lambda body: st.just(body) | (metas | json_values).map(lambda meta: {**body, "meta": meta})
)
replay_items = st.fixed_dictionaries(
    {"sensor": st.text(max_size=5) | st.just("motion"), "payload": payload_objects, "age_ms": json_values}
)
replays = st.fixed_dictionaries({"events": st.lists(json_values | replay_items, max_size=4) | json_values})
payloads = st.one_of(
    st.binary(max_size=200),
    (payload_objects | replays | json_values).map(lambda value: json.dumps(value).encode()),
)
topic_texts = st.one_of(
    st.sampled_from(["sensors/pi/motion", "sensors/pi/button", "sensors/pi/door", "replays/pi"]),
    st.text(max_size=20).map(lambda tail: f"sensors/{tail}"),
    st.text(max_size=20).map(lambda tail: f"replays/{tail}"),
)


def new_id() -> str:
    return f"new-{next(_numbers)}"


def rows(topic: str, payload: bytes):
    return rows_of(topic, payload, received_at=NOW, new_id=new_id)


def item(row) -> Event | RefusedPayload:
    """What the server reads; raises where it would not."""
    return (Event if row.is_event else RefusedPayload).model_validate_json(row.item)


@given(topic_texts, payloads)
def test_any_message_becomes_rows_that_the_server_can_read(topic, payload):
    result = rows(topic, payload)
    if not topic.startswith("replays/"):
        assert len(result) == 1
    for row in result:
        assert item(row).id
        assert row.age_ms is None or 0 <= row.age_ms < 2**63
        if row.is_event:
            late = Event.model_validate_json(row.item[:-1] + b',"late":true}')
            assert late.late
        elif not topic.startswith("replays/"):
            assert base64.b64decode(item(row).payload_base64) == payload


def test_a_third_partys_message_gets_an_id_and_can_be_recognised():
    (row,) = rows("sensors/pi/motion", b'{"confidence": 0.95}')
    assert row.fingerprint
    assert item(row).stream_id is None


def test_an_event_of_our_agents_keeps_its_own_id():
    meta = {"id": "a", "stream_id": "s", "seq": 1, "boot_id": "b", "mono_ms": 1}
    (row,) = rows("sensors/pi/motion", json.dumps({"meta": meta}).encode())
    assert (item(row).id, row.fingerprint) == ("a", None)


def test_what_is_too_large_is_kept_in_part_and_says_so():
    (row,) = rows("sensors/pi/motion", b"x" * (MAX_PAYLOAD_BYTES + 1))
    refused = item(row)
    assert base64.b64decode(refused.payload_base64) == b"x" * MAX_PAYLOAD_BYTES
    assert "65537 bytes, the limit is 65536" in refused.reason


def test_a_reserved_event_type_is_refused():
    (row,) = rows("sensors/pi/connect", b"{}")
    assert "reserved" in item(row).reason


def test_a_bad_topic_is_refused_with_what_is_wrong_with_it():
    (row,) = rows("sensors/Living Room/motion", b"{}")
    assert "'Living Room'" in item(row).reason
    assert row.device_id == ""


def test_the_same_bad_replay_item_is_refused_under_the_same_id():
    page = json.dumps({"events": [{"sensor": "motion", "payload": {}}]}).encode()
    assert item(rows("replays/pi", page)[0]).id == item(rows("replays/pi", page)[0]).id


def test_a_replay_page_that_cannot_be_read_is_one_refused_payload():
    assert [item(row).reason for row in rows("replays/pi", b'{"events": 3}')] == ["a replay page without a list of events"]


def test_the_stand_in_for_a_refused_item_is_always_the_same():
    first = refused_again(b'{"id":"x"}', "HTTP 400", received_at=NOW)
    assert first == refused_again(b'{"id":"x"}', "HTTP 400", received_at=NOW)
    assert base64.b64decode(RefusedPayload.model_validate_json(first).payload_base64) == b'{"id":"x"}'
