"""What the documents show is taken by the programs: JSON by the protocol's models, TOML by the settings."""

import json
import re

import pytest
from pydantic import BaseModel

from tests.docs.documents import Block, all_blocks
from vigie.agent.settings import AgentSettings
from vigie.bridge.settings import BridgeSettings
from vigie.protocol import topics
from vigie.protocol.alarm import AlarmChange, AlarmState, Decision, TroubleChange
from vigie.protocol.camera import CameraState, ClipChange, MediaAddress
from vigie.protocol.codec import decode_object
from vigie.protocol.commands import CommandResult, parse_command
from vigie.protocol.events import Event, EventId, EventType, Meta, Seq, StoredEvent, StreamId, from_sensor_payload
from vigie.protocol.states import Ack, DeviceStatus, Heartbeat, ModeRecord, ReplayPage, SensorState, ServoState, SirenState
from vigie.protocol.times import from_unix_ms
from vigie.protocol.topics import DeviceTopic
from vigie.runtime.config import load
from vigie.server.ingest import parse_one
from vigie.server.settings import ServerSettings


class TriggeredEvent(BaseModel):
    """A line of `vigie trigger`."""

    id: EventId
    stream_id: StreamId
    seq: Seq
    type: EventType


SETTINGS = {"agent": AgentSettings, "bridge": BridgeSettings, "server": ServerSettings}
MODELS = {
    model.__name__: model
    for model in (
        *(Ack, DeviceStatus, Heartbeat, ModeRecord, ReplayPage, SensorState, ServoState, SirenState),
        *(CommandResult, Event, Meta, StoredEvent, TriggeredEvent),
        *(AlarmChange, AlarmState, Decision, TroubleChange),
        *(CameraState, ClipChange, MediaAddress),
    )
}
NOW = from_unix_ms(1_795_461_252_123)


def check(subject: str, text: str) -> None:
    body = text.encode()
    if subject in MODELS:
        MODELS[subject].model_validate_json(body)
    elif subject == "MinimalEvent":
        parse_one(body, NOW)
    elif subject.startswith("commands/"):
        parse_command(subject.removeprefix("commands/"), decode_object(body))
    elif subject.startswith("sensors/"):
        topic = topics.parse(subject)
        assert isinstance(topic, DeviceTopic)
        from_sensor_payload(topic, decode_object(body), received_at=NOW, new_id="0")
    else:
        assert not subject, f"no model for {subject!r}"
        json.loads(text)


@pytest.mark.parametrize("block", all_blocks("json"), ids=str)
def test_every_json_example_is_taken(block):
    check(block.subject, block.text)


def test_replayed_payloads_in_the_examples_are_events():
    pages = [block for block in all_blocks("json") if block.subject == "ReplayPage"]
    assert pages
    for event in ReplayPage.model_validate_json(pages[0].text).events:
        from_sensor_payload(DeviceTopic("sensors", "raspberry-01", event.sensor), event.payload, received_at=NOW, new_id="0")


@pytest.mark.parametrize("block", all_blocks("toml"), ids=str)
def test_every_toml_example_loads(block: Block, tmp_path):
    program = block.subject or block.path.stem
    assert program in SETTINGS, f"say on the fence whose settings these are: {', '.join(SETTINGS)}"
    path, secret = tmp_path / "example.toml", tmp_path / "secret"
    secret.write_text("not in the example", encoding="utf-8")  # a file that an example names is on the owner's machine
    text = re.sub(r'^((?:password|backend_token)_file|tls_ca) = ".*"', rf'\1 = "{secret}"', block.text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    environ = {} if "device_id" in block.text or program != "agent" else {"DEVICE_ID": "raspberry-01"}
    load(SETTINGS[program], path, environ, {"DEVICE_ID": "device_id"})
