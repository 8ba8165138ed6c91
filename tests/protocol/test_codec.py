"""No bytes, whatever they are, get past the codec as anything but a storable JSON object."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.protocol.codec import MAX_DEPTH, MAX_PAYLOAD_BYTES, decode_object, encode_object
from vigie.protocol.commands import parse_command
from vigie.protocol.errors import BadCommand, BadPayload
from vigie.protocol.events import from_sensor_payload
from vigie.protocol.times import from_unix_ms
from vigie.protocol.topics import DeviceTopic

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=20,
)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_a_refusal(payload):
    try:
        assert isinstance(decode_object(payload), dict)
    except BadPayload as error:
        assert error.reason


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=6))
def test_what_is_accepted_can_be_written_again(value):
    try:
        decoded = decode_object(json.dumps(value).encode())
    except BadPayload:
        return
    assert decode_object(encode_object(decoded)) == decoded


@given(st.dictionaries(st.sampled_from(["state", "meta", "confidence", "x"]), json_values, max_size=4))
def test_any_object_on_a_sensor_topic_is_an_event_or_a_refusal(payload):
    try:
        event = from_sensor_payload(DeviceTopic("sensors", "pi", "motion"), payload, received_at=from_unix_ms(0), new_id="n-1")
    except BadPayload as error:
        assert error.reason
    else:
        assert event.type in {"motion_detected", "motion_ended"} or "meta" in payload


@given(
    st.sampled_from(["servo", "siren", "record", "snapshot", "x"]), st.dictionaries(st.text(max_size=12), json_values, max_size=5)
)
def test_any_command_body_is_a_command_or_a_refusal(name, body):
    try:
        parse_command(name, body)
    except BadCommand as error:
        assert error.reason


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 5_000, 30_000])
def test_deep_nesting_is_refused_not_a_crash(depth):
    with pytest.raises(BadPayload, match="nested deeper"):
        decode_object(b'{"a":' * depth + b"1" + b"}" * depth if depth < 9_000 else b'{"a":' + b"[" * depth + b"]" * depth + b"}")


def test_a_megabyte_is_refused_with_its_size():
    with pytest.raises(BadPayload, match="1000011 bytes"):
        decode_object(b'{"a":"' + b"x" * 1_000_003 + b'"}')


def test_the_largest_payload_is_taken():
    payload = b'{"a":"' + b"x" * (MAX_PAYLOAD_BYTES - 8) + b'"}'
    assert len(payload) == MAX_PAYLOAD_BYTES
    assert decode_object(payload)


@pytest.mark.parametrize("text", ['{"a": 1e999}', '{"a": 9999999999999999999999}', '{"a": -Infinity}', '{"a": ' + "9" * 5000 + "}"])
def test_numbers_that_cannot_be_stored_are_refused(text):
    with pytest.raises(BadPayload):
        decode_object(text.encode())
