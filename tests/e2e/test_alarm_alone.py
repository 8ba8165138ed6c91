"""Everything but the Pis is dead while somebody breaks in: the Pi acts by itself, and the house knows all of it afterwards."""

import json
import subprocess
import sys
import time

import pytest

from tests.agent.guarding import keep_mode, write_configuration
from tests.agent.running import RunningAgent, listener
from tests.house import RunningHouse, clean_environment
from tests.waiting import wait_until_async
from vigie.agent.publisher import LIVE_FOR_S
from vigie.protocol.states import Mode

FIRST, SECOND = "raspberry-01", "raspberry-02"


@pytest.fixture
def pis(tmp_path, mosquitto):
    """Two Pis that guard, by what is on their disks; broker, bridge and server are not there."""
    mosquitto.kill()
    agents = {}
    for device in (FIRST, SECOND):
        folder = tmp_path / device
        keep_mode(folder, Mode.SURVEILLANCE)
        config = write_configuration(folder / "agent.toml", "[alarm]\nalarm_s = 60\n[zones.motion]\npreset = 'door'\n")
        agents[device] = RunningAgent(folder, mosquitto.address, device, config=config)
    yield agents
    for agent in agents.values():
        agent.kill()


def history(folder):
    argv = [sys.executable, "-m", "vigie", "history", "--json", "--data", str(folder)]
    run = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=20, env=clean_environment())
    return [json.loads(line) for line in run.stdout.splitlines()]


async def test_with_everything_else_dead_a_pi_alarms_and_when_it_is_back_all_is_there_once_and_nothing_sounds_late(
    pis, mosquitto, tmp_path
):
    tripped_at = time.monotonic()
    (tripped, *_) = await pis[FIRST].trigger("motion")
    decisions = [line["details"].get("decision") for line in history(pis[FIRST].folder) if line["id"] == tripped["id"]]
    assert [decision["outcome"] for decision in decisions] == ["alarm"]
    assert decisions[0]["steps"] == [{"check": "mode", "passed": True}]
    assert decisions[0]["effects"] == [{"siren_s": 60.0}, {"preset": "door"}]
    accepted = [line["id"] for line in history(pis[FIRST].folder)]
    await wait_until_async(lambda: time.monotonic() > tripped_at + LIVE_FOR_S, "it is no news any more")
    mosquitto.start()
    house = RunningHouse(tmp_path / "data", "--no-simulate", "--broker", f"mqtt://{mosquitto.address}")
    try:
        async with listener(mosquitto.address, "states/+/+") as seen:
            await wait_until_async(
                lambda: {event["id"] for event in house.events()} >= set(accepted), "the house knows all of it", within_s=30
            )
            ids = [event["id"] for event in house.events()]
            assert len(ids) == len(set(ids)), "once"
            (stored,) = [event for event in house.events() if event["id"] == tripped["id"]]
            assert stored["details"]["decision"] == decisions[0]
            assert stored["type"] == "motion_detected"
            await wait_until_async(lambda: seen.on(f"states/{FIRST}/siren")[-1:], "its siren is shown")
            assert seen.on(f"states/{FIRST}/siren")[-1]["state"] == "on"
            assert seen.on(f"states/{FIRST}/servo")[-1]["angle_deg"] == -60
            assert {body["state"] for body in seen.on(f"states/{SECOND}/siren")} == {"off"}
    finally:
        house.stop()
