"""Every name that an owner or a script may rely on is in `docs/reference`."""

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from tests.docs.documents import REFERENCE, ROOT, reference_text
from vigie.agent.settings import ENV_KEYS as AGENT_ENV
from vigie.agent.settings import AgentSettings
from vigie.bridge.settings import ENV_KEYS as BRIDGE_ENV
from vigie.bridge.settings import BridgeSettings
from vigie.cli import _parser
from vigie.domain.guard import SiteStage
from vigie.protocol import topics
from vigie.protocol.alarm import AlarmChange, AlarmState, Decision, Outcome, Reason, Stage, TroubleChange, ZoneState, ZoneType
from vigie.protocol.camera import CameraState, CardRoom, Cause, CauseKind, ClipChange, DeletionReason, MediaAddress
from vigie.protocol.commands import COMMANDS, Envelope, ResultStatus
from vigie.protocol.events import RESERVED_TYPES, ClockQuality, Meta, StoredEvent
from vigie.protocol.sensors import SENSOR_KINDS
from vigie.protocol.states import Ack, DeviceStatus, Heartbeat, Mode, ModeRecord, ReplayedEvent, SensorState, ServoState, SirenState
from vigie.server.api.alarm_schemas import AlarmReplay, AlarmReplayed, DeviceAlarm, SiteAlarm, ZoneFilters
from vigie.server.api.problems import STATUS
from vigie.server.app import build_api
from vigie.server.settings import ENV_KEYS as SERVER_ENV
from vigie.server.settings import ServerSettings
from vigie.server.store.alerts import BRIDGE_SILENT, DEVICE_SILENT, EVENT_CONFLICT


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def missing(names: list[str], text: str) -> list[str]:
    """The names that do not stand alone in the text: `state` is not found in `states`."""
    assert names
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]


def fields(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a settings model, also of the tables in it."""
    for name, field in model.model_fields.items():
        yield name
        inner = [part for part in (field.annotation, *get_args(field.annotation)) if isinstance(part, type)]
        for part in inner:
            if issubclass(part, BaseModel):
                yield from fields(part)


def test_every_topic_is_described():
    shapes = [f"{branch}/{{device}}" for branch in topics._BRANCHES]
    assert missing([*shapes, topics.MODE], page("mqtt.md")) == []


@pytest.mark.parametrize(
    "model",
    [
        *(DeviceStatus, Heartbeat, ModeRecord, ServoState, SensorState, SirenState, Ack, ReplayedEvent, AlarmState, ZoneState),
        *(CameraState, CardRoom, MediaAddress),
    ],
    ids=lambda m: m.__name__,
)
def test_every_key_on_mqtt_is_shown(model):
    assert missing(list(model.model_fields), page("mqtt.md")) == []


@pytest.mark.parametrize(
    "model", [StoredEvent, Meta, Decision, AlarmChange, TroubleChange, ClipChange, Cause], ids=lambda m: m.__name__
)
def test_every_key_of_an_event_is_described(model):
    assert missing(list(model.model_fields), page("events.md")) == []


def test_every_word_of_the_alarm_is_described():
    assert missing([*Outcome, *Stage, *Reason], page("events.md")) == []
    assert missing(list(Stage), page("mqtt.md")) == []
    assert missing(list(ZoneType), page("agent.md")) == []
    assert missing([*CauseKind, *DeletionReason], page("events.md")) == []
    assert missing([*get_args(SiteStage), DEVICE_SILENT, BRIDGE_SILENT, EVENT_CONFLICT], page("http.md")) == []


@pytest.mark.parametrize("model", [SiteAlarm, DeviceAlarm, AlarmReplay, AlarmReplayed, ZoneFilters], ids=lambda m: m.__name__)
def test_every_key_of_the_sites_alarm_is_described(model):
    assert missing([field.alias or name for name, field in model.model_fields.items()], page("http.md")) == []


def test_every_event_type_sensor_kind_and_reserved_name_is_listed():
    types = [name for kind in SENSOR_KINDS.values() for name in (kind.name, kind.active_type, kind.inactive_type)]
    assert missing([*types, *RESERVED_TYPES, *ClockQuality], page("events.md")) == []


def test_every_fault_of_an_agent_is_explained():
    agent = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/vigie/agent").glob("*.py"))
    found = {*re.findall(r"(?:\.report|\.fault|\._set)\(f?\"([a-z_]+)", agent), *re.findall(r"f\"([a-z_]+):\{\w[\w.]*\}\"", agent)}
    assert found >= {"log_full", "disk_low", "open_zone", "peer_silent", "stuck"}
    _, _, table = page("agent.md").partition("\n## Faults")
    assert missing(sorted(found), table.partition("\n## ")[0]) == []


def test_every_command_and_result_is_described():
    keys = [key for model in COMMANDS.values() for key in model.model_fields]
    names = [*COMMANDS, *keys, *Envelope.model_fields, *ResultStatus]
    assert missing(names, page("commands.md")) == []


def test_every_mode_is_described():
    assert missing(list(Mode), page("mqtt.md")) == []
    assert missing(list(Mode), page("cli.md")) == []


def test_every_route_is_described():
    described = {
        re.sub(r"\{\w+\}", "{}", line) for line in re.findall(r"(?:GET|PUT|PATCH|POST|DELETE) /[\w/{}.-]*", page("http.md"))
    }
    routes = [
        f"{method.upper()} {re.sub(r'{[^}]+}', '{}', path)}"
        for path, item in build_api().openapi()["paths"].items()
        for method in item
    ]
    assert len(routes) > 10
    assert [route for route in routes if route not in described] == []


def test_every_status_of_an_error_is_described():
    assert missing(sorted({str(status) for status in STATUS.values()}), page("http.md")) == []


def test_every_name_on_socket_io_is_described():
    server = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/vigie/server").rglob("*.py"))
    told = re.findall(r"\.tell\(\"(\w+)\"", server)
    asked = re.findall(r"self\._ask\(\"(\w+)\"", server)
    heard = re.findall(r"^            \"(\w+)\": self\._\w+,$", server, re.MULTILINE)
    assert {"alert", "mode", "device", "command", "guard"} <= set(told)
    assert "set_mode" in asked
    assert "heartbeat" in heard
    assert missing([*told, *asked, *heard], page("live.md")) == []


@pytest.mark.parametrize(
    ("model", "where"), [(AgentSettings, "agent.md"), (BridgeSettings, "bridge.md"), (ServerSettings, "configuration.md")]
)
def test_every_settings_key_is_described(model, where):
    assert missing(list(fields(model)), page(where) + page("configuration.md")) == []


def test_every_environment_variable_is_described():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    read = re.findall(r"environ(?:\.get\(|\.setdefault\(|\[)\"(\w+)\"", sources)
    assert "VIGIE_DATA" in read
    assert missing(sorted({*AGENT_ENV, *BRIDGE_ENV, *SERVER_ENV, *read}), reference_text()) == []


def test_every_command_and_option_of_the_command_line_is_described():
    text = page("cli.md")
    for command, parser in subcommands(_parser()):
        _, found, section = text.partition(f"\n## `vigie {command}")
        assert found, f"no section for vigie {command}"
        section = section.partition("\n## ")[0]
        actions = list(subcommands(parser))
        assert [name for name, _ in actions if f"`vigie {command} {name}" not in section] == []
        parsers = [parser, *(action for _, action in actions)]
        options = [option for one in parsers for action in one._actions for option in action.option_strings]
        named = sorted({option for option in options if option.startswith("--")} - {"--help"})
        assert not named or missing(named, section) == []


def subcommands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def test_every_runtime_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    names = {re.split(r"[^\w-]", line)[0] for line in requirements} - {"vigie"}
    assert {"pydantic", "gpiozero", "fastapi"} <= names
    assert missing(sorted(names), (ROOT / "docs/design/dependencies.md").read_text(encoding="utf-8")) == []


def test_the_index_lists_every_page():
    for folder in ("docs/reference", "docs/design"):
        index = (ROOT / folder / "README.md").read_text(encoding="utf-8")
        others = [path.name for path in Path(ROOT / folder).iterdir() if path.suffix == ".md" and path.name != "README.md"]
        assert [name for name in others if f"({name})" not in index] == []
