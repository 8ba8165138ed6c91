"""The golden files are the contract between the Python programs and the dashboard: both sides read them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vigie.protocol import topics
from vigie.protocol.alarm import AlarmChange, AlarmState, Decision, TroubleChange
from vigie.protocol.codec import decode_object, encode_object
from vigie.protocol.commands import parse_command
from vigie.protocol.errors import BadCommand, BadPayload, BadTopic
from vigie.protocol.events import StoredEvent, from_sensor_payload
from vigie.protocol.states import Ack, DeviceStatus, Heartbeat, ModeRecord, SensorState, ServoState, SirenState

GOLDEN = Path(__file__).parents[1] / "golden"
NEW_ID = "0192f3a0-0000-7000-8000-000000000001"
RECEIVED_AT = datetime(2026, 11, 23, 19, 14, 12, 123456, tzinfo=UTC)


def golden(name: str) -> list[dict[str, Any]]:
    cases = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert cases, f"{name}.json is empty"
    return cases


def to_event(topic: str, payload: bytes) -> dict[str, Any]:
    parsed = topics.parse(topic)
    assert isinstance(parsed, topics.DeviceTopic)
    event = from_sensor_payload(parsed, decode_object(payload), received_at=RECEIVED_AT, new_id=NEW_ID)
    return json.loads(event.model_dump_json())


@pytest.mark.parametrize("case", golden("events"), ids=lambda case: case["name"])
def test_payload_becomes_the_golden_event(case):
    assert to_event(case["topic"], encode_object(case["payload"])) == case["event"]


@pytest.mark.parametrize("case", golden("stored_events"), ids=lambda case: case["type"])
def test_stored_event_survives_the_wire_unchanged(case):
    assert json.loads(StoredEvent.model_validate(case).model_dump_json()) == case


@pytest.mark.parametrize("case", golden("refused_payloads"), ids=lambda case: case["reason"])
def test_refused_payload_names_its_reason(case):
    with pytest.raises((BadPayload, BadTopic), match=case["reason"]):
        to_event(case["topic"], case["payload_text"].encode())


@pytest.mark.parametrize("case", golden("commands"), ids=lambda case: json.dumps(case["body"]))
def test_command_is_taken_or_refused_with_a_reason(case):
    if case["valid"]:
        parse_command(case["command"], case["body"])
    else:
        with pytest.raises(BadCommand, match=case["reason"]):
            parse_command(case["command"], case["body"])


MODELS = {
    "status": DeviceStatus,
    "heartbeats": Heartbeat,
    "acks": Ack,
    "site": ModeRecord,
    "servo": ServoState,
    "motion": SensorState,
    "siren": SirenState,
    "alarm": AlarmState,
}


@pytest.mark.parametrize("case", golden("states"), ids=lambda case: case["topic"])
def test_state_survives_the_wire_unchanged(case):
    branch, *_, part = case["topic"].split("/")
    model = MODELS[part if branch == "states" else branch]
    assert json.loads(model.model_validate(case["payload"]).model_dump_json()) == case["payload"]


DETAILS = {"alarm": AlarmChange, "trouble": TroubleChange}


def test_the_details_of_the_alarms_events_are_read_back_whole():
    events = [case["event"] for case in golden("events")]
    told = [event for event in events if event["sensor"] in DETAILS]
    assert {event["sensor"] for event in told} == DETAILS.keys()
    for event in told:
        read = DETAILS[event["sensor"]].model_validate(event["details"])
        assert json.loads(read.model_dump_json(exclude_defaults=True)) == event["details"]
    decided = [event["details"]["decision"] for event in events if "decision" in event["details"]]
    assert {decision["outcome"] for decision in decided} == {"alarm", "counting"}
    for decision in decided:
        assert json.loads(Decision.model_validate(decision).model_dump_json(exclude_defaults=True)) == decision
