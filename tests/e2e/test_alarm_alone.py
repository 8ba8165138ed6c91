"""Everything but the Pis is dead while somebody breaks in: the Pi acts by itself, and the house knows all of it afterwards."""

import json
import subprocess
import sys

import pytest

from tests.agent.guarding import keep_mode, write_configuration
from tests.agent.running import RunningAgent, listener
from tests.house import RunningHouse, clean_environment
from tests.waiting import wait_until_async
from vigie.protocol.events import LATE_AFTER_S
from vigie.protocol.states import Mode

OUTAGE_S = LATE_AFTER_S + 5.0
"""By the Pi's own clock, which is what tells how old its events are."""

FIRST, SECOND = "raspberry-01", "raspberry-02"


@pytest.fixture
def pis(tmp_path, mosquitto):
    """Two Pis that guard, by what is on their disks; broker, bridge and server are not there."""
    mosquitto.kill()
    agents = {}
    for device in (FIRST, SECOND):
        folder = tmp_path / device
        keep_mode(folder, Mode.SURVEILLANCE)
        config = write_configuration(folder / "agent.toml", "[alarm]\nalarm_s = 180\n[zones.motion]\npreset = 'door'\n")
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
    (tripped, *_) = await pis[FIRST].trigger("motion")
    decisions = [line["details"].get("decision") for line in history(pis[FIRST].folder) if line["id"] == tripped["id"]]
    assert [decision["outcome"] for decision in decisions] == ["alarm"]
    assert decisions[0]["steps"] == [{"check": "mode", "passed": True}]
    assert decisions[0]["effects"] == [{"siren_s": 180.0}, {"preset": "door"}]
    accepted = [line["id"] for line in history(pis[FIRST].folder)]
    pis[FIRST].kill()
    pis[FIRST].start("tests.chaos.elapsed", str(OUTAGE_S))
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
            assert stored["late"], "it says itself that it is of before"
            alerts = [alert for alert in house.get("/api/alerts")["alerts"] if alert["event_id"] == tripped["id"]]
            assert [alert["late"] for alert in alerts] == [True]
            await wait_until_async(lambda: seen.on(f"states/{FIRST}/siren")[-1:], "its siren is shown")
            assert seen.on(f"states/{FIRST}/siren")[-1]["state"] == "on"
            assert seen.on(f"states/{FIRST}/servo")[-1]["angle_deg"] == -60
            assert {body["state"] for body in seen.on(f"states/{SECOND}/siren")} == {"off"}
            (news, *_) = await pis[FIRST].trigger("button")
            await wait_until_async(lambda: news["id"] in {event["id"] for event in house.events()}, "there is news")
            assert not next(event for event in house.events() if event["id"] == news["id"])["late"]
    finally:
        house.stop()
