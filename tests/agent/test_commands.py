"""Commands over MQTT: obeyed, answered, refused with a reason; and no bytes that stop the agent."""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.agent.arrivals import Doubts
from tests.agent.running import listener
from tests.waiting import wait_until_async
from vigie.agent.commands import Commands
from vigie.agent.event_log import EventLog
from vigie.agent.faults import Faults
from vigie.agent.health import Machine, WallClock
from vigie.agent.heartbeat import Pulse
from vigie.agent.states import StateBoard
from vigie.protocol.errors import BadCommand
from vigie.runtime.mqtt import Message
from vigie.testing import FakeClock

DEVICE = "raspberry-01"


class Recorder:
    """A part that notes what it was told."""

    def __init__(self):
        self.told = []

    def prepare(self, command):
        if getattr(command, "angle_deg", None) == 99:
            raise BadCommand("servo", "too far")
        return {"angle_deg": 5}, lambda: self.told.append(command)


@pytest.fixture
async def desk(tmp_path, clock):
    """A command desk with a recorder for a servo, on a fake clock, and a real log."""
    with_log = make_desk(tmp_path, clock)
    yield with_log
    with_log.log.close()


class Desk:
    def __init__(self, part, pulse, log):
        self.part, self.pulse, self.log = part, pulse, log
        self.arrivals = Doubts()

    async def send(self, body, name="servo", *, retain=False, device=DEVICE):
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        message = Message(f"commands/{device}/{name}", payload, 1, retain, False, 1)
        answer = await self.commands.obey(self.arrivals.arrived(message))
        if answer is None:
            return None
        topic, result = answer
        assert topic == f"results/{device}/{name}"
        return json.loads(result)


def make_desk(folder, clock):
    faults = Faults()
    log = EventLog(folder, faults, clock)
    log.start()
    wall = WallClock(clock, lambda: True)
    pulse = Pulse(
        DEVICE, "boot-1", clock=clock, wall=wall, machine=Machine(folder), event_log=log, faults=faults, board=StateBoard(DEVICE)
    )
    part = Recorder()
    desk = Desk(part, pulse, log)
    desk.commands = Commands(DEVICE, {"servo": part}, log, pulse, desk.arrivals)
    return desk


async def test_the_references_bare_payload_works(desk):
    assert await desk.send({"direction": "left"}) == {"status": "done", "angle_deg": 5}
    assert len(desk.part.told) == 1


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"left", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[1]", "an array"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "nested deeper"),
        (b'{"direction":"' + b"x" * 70_000 + b'"}', "the limit is 65536"),
        (b"", "not JSON"),
        (b"{}", "exactly one of direction, angle_deg, preset"),
        (b'{"direction":"up"}', "direction"),
        (b'{"direction":"left","angle_deg":3}', "direction and angle_deg"),
        (b'{"angle_deg":"30"}', "angle_deg"),
        (b'{"angle_deg":true}', "angle_deg"),
        (b'{"angle_deg":99}', "too far"),
        (b'{"angle_deg":NaN}', "NaN"),
        (b'{"angle_deg":3,"beat":"x"}', "beat"),
    ],
)
async def test_what_cannot_be_done_is_rejected_with_the_reason(desk, payload, words):
    result = await desk.send(payload)
    assert result["status"] == "rejected"
    assert words in result["reason"]
    assert not desk.part.told


@pytest.mark.parametrize(
    ("name", "words"), [("record", "no camera"), ("snapshot", "no camera"), ("siren", "no siren"), ("dance", "unknown command")]
)
async def test_what_this_device_does_not_have_is_rejected_by_name(desk, name, words):
    result = await desk.send({"action": "start"} if name == "record" else {"action": "on"}, name)
    assert (result["status"], words in result["reason"]) == ("rejected", True)


async def test_a_retained_command_is_rejected(desk):
    result = await desk.send({"direction": "left"}, retain=True)
    assert (result["status"], "retain" in result["reason"]) == ("rejected", True)
    assert not desk.part.told


async def test_a_repeat_gets_the_old_answer_and_moves_nothing(desk):
    first = await desk.send({"direction": "left", "command_id": "c1"})
    again = await desk.send({"direction": "left", "command_id": "c1"})
    assert first == again == {"command_id": "c1", "status": "done", "angle_deg": 5}
    assert len(desk.part.told) == 1


async def test_a_repeat_is_known_after_a_restart(desk, tmp_path, clock):
    await desk.send({"direction": "left", "command_id": "c1"})
    desk.log.close()
    again = make_desk(tmp_path, clock)
    assert (await again.send({"direction": "left", "command_id": "c1"}))["status"] == "done"
    assert not again.part.told
    again.log.close()


@pytest.mark.parametrize(
    ("boot_id", "behind", "status"),
    [
        ("boot-1", 0, "done"),
        ("boot-1", 3, "done"),
        ("boot-1", 4, "expired"),
        ("boot-1", -1, "expired"),
        ("boot-0", 0, "expired"),
        (None, 2, "done"),
        (None, 9, "expired"),
        ("boot-1", None, "done"),
    ],
)
async def test_freshness_needs_no_clock(desk, boot_id, behind, status):
    body = {"direction": "left"}
    if boot_id is not None:
        body["boot_id"] = boot_id
    if behind is not None:
        body["beat"] = desk.pulse.beat - behind
    result = await desk.send(body)
    assert result["status"] == status
    assert ("reason" in result) == (status == "expired")


@pytest.mark.parametrize(("behind", "status"), [(None, "expired"), (0, "done")])
async def test_what_may_have_waited_is_done_only_where_it_tells_its_beat(desk, behind, status):
    desk.arrivals.doubt = "the broker was frozen"
    body = {"direction": "left"} if behind is None else {"direction": "left", "beat": desk.pulse.beat - behind}
    assert (await desk.send(body))["status"] == status


async def test_a_command_for_another_device_is_none_of_ours(desk):
    assert await desk.send({"direction": "left"}, device="raspberry-02") is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
keys = st.sampled_from(["direction", "angle_deg", "preset", "command_id", "boot_id", "beat", "action", "duration_s"]) | st.text()
messages = st.tuples(
    st.binary(max_size=200) | st.dictionaries(keys, json_values).map(lambda body: json.dumps(body).encode()),
    st.sampled_from(["servo", "siren", "record", "snapshot", "x"]),
    st.booleans(),
)


@hypothesis_settings(max_examples=30)
@given(st.lists(messages, min_size=1, max_size=20))
def test_no_payload_of_any_bytes_raises(sent):
    async def send_all(folder):
        desk = make_desk(folder, FakeClock())
        for payload, name, retain in sent:
            result = await desk.send(payload, name, retain=retain)
            if result is None:
                assert retain
                assert payload == b""
                continue
            assert result["status"] in {"done", "rejected", "expired"}
            assert result["status"] == "done" or result["reason"]
        desk.log.close()

    with TemporaryDirectory() as folder:
        asyncio.run(send_all(Path(folder)))


async def test_two_pis_and_a_broker_obey_and_say_where_they_look(start_agent, mosquitto):
    for device in ("raspberry-01", "raspberry-02"):
        start_agent(device)
    async with listener(mosquitto.address) as seen:
        for device in ("raspberry-01", "raspberry-02"):
            await seen.wait_for(f"status/{device}")
        await seen.publish("commands/raspberry-02/servo", {"direction": "right"})
        assert await seen.wait_for("results/raspberry-02/servo") == [{"status": "done", "angle_deg": 15}]
        await wait_until_async(
            lambda: (state := seen.on("states/raspberry-02/servo")[-1])["angle_deg"] == 15 and not state["moving"],
            "the servo has arrived",
        )
        assert seen.on("states/raspberry-01/servo")[-1]["angle_deg"] == 0
        await seen.publish("commands/raspberry-01/siren", {"action": "on", "duration_s": 9000})
        await seen.publish("commands/raspberry-01/siren", {"action": "on", "duration_s": 600})
        first, second = await seen.wait_for("results/raspberry-01/siren", 2)
        assert first["status"] == "rejected"
        assert second == {"status": "done", "duration_s": 180}
        await wait_until_async(lambda: seen.on("states/raspberry-01/siren")[-1]["state"] == "on", "it sounds")
        await seen.publish("commands/raspberry-01/siren", {"action": "off"})
        await wait_until_async(lambda: seen.on("states/raspberry-01/siren")[-1]["state"] == "off", "it is silent")
        await seen.publish("commands/raspberry-01/servo", b"\xff not json", retain=True)
        assert (await seen.wait_for("results/raspberry-01/servo"))[0]["status"] == "rejected"


async def test_the_servo_stays_where_it_was_across_a_restart(start_agent, mosquitto):
    agent = start_agent()
    async with listener(mosquitto.address) as seen:
        await seen.wait_for("status/raspberry-01")
        await seen.publish("commands/raspberry-01/servo", {"angle_deg": -20})
        await wait_until_async(lambda: (seen.on("states/raspberry-01/servo") or [{}])[-1].get("angle_deg") == -20, "it has arrived")
        assert agent.stop() == 0
    agent.start()
    async with listener(mosquitto.address, "status/#", "states/#") as seen:
        await wait_until_async(lambda: (seen.on("status/raspberry-01") or [{}])[-1].get("state") == "online", "it is back")
        state = (await seen.wait_for("states/raspberry-01/servo"))[-1]
        assert (state["angle_deg"], state["moving"]) == (-20, False)
