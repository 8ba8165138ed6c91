"""`vigie trigger` against a real simulated agent."""

import asyncio
import json
import subprocess
import sys

import pytest

from tests.agent.running import RunningAgent
from tests.house import clean_environment
from vigie.testing.trigger import TriggerRefused, send_trigger


@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    """One agent for every test that leaves its pins at rest; it needs no broker."""
    running = RunningAgent(tmp_path_factory.mktemp("agent") / "raspberry-01", "127.0.0.1:1")
    yield running
    assert running.stop() == 0


def trigger(*arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "vigie", "trigger", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, timeout=20, env=clean_environment())


def test_each_accepted_event_is_one_json_line(agent):
    run = trigger("raspberry-01", "motion", "--for", "0.1", "--data", str(agent.folder))
    assert run.returncode == 0, run.stderr
    first, second = map(json.loads, run.stdout.splitlines())
    assert set(first) == {"id", "stream_id", "seq", "type"}
    assert (first["type"], second["type"]) == ("motion_detected", "motion_ended")
    assert second["seq"] == first["seq"] + 1


def test_the_folder_of_the_house_will_do(agent, tmp_path):
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "raspberry-01").symlink_to(agent.folder)
    assert trigger("raspberry-01", "button", "--data", str(tmp_path), "--for", "0.01").returncode == 0


def test_refusals_say_what_there_is(agent):
    for arguments, words in (
        (("raspberry-01", "attic"), "raspberry-01 has motion, button"),
        (("raspberry-09", "motion"), "the agent here is 'raspberry-01'"),
    ):
        run = trigger(*arguments, "--data", str(agent.folder))
        assert run.returncode == 1
        assert words in run.stderr
        assert run.stdout == ""


def test_without_an_agent_it_says_how_to_start_one(tmp_path):
    run = trigger("raspberry-01", "motion", "--data", str(tmp_path))
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "--simulate" in run.stderr


async def test_triggers_at_once_on_one_sensor_take_turns(agent):
    results = await asyncio.gather(*(agent.trigger("motion", 0.02) for _ in range(8)))
    assert all([event["type"] for event in result] == ["motion_detected", "motion_ended"] for result in results)
    numbers = sorted(event["seq"] for result in results for event in result)
    assert numbers == list(range(numbers[0], numbers[0] + 16))


async def test_ten_of_ten_pulses_of_30_ms_are_seen(agent):
    for _ in range(10):
        assert [event["type"] for event in await agent.trigger("motion", 0.03)] == ["motion_detected", "motion_ended"]


async def test_a_pulse_far_shorter_than_the_hold_off_has_both_edges(agent):
    assert [event["type"] for event in await agent.trigger("button", 0.001)] == ["button_pressed", "button_released"]


async def test_who_asks_and_leaves_lets_the_pin_go(agent):
    asking = send_trigger(agent.folder, "raspberry-01", "motion", 600)
    assert (await anext(asking))["type"] == "motion_detected"
    await asking.aclose()
    async with asyncio.timeout(5):
        assert [event["type"] for event in await agent.trigger("motion", 0.02)] == ["motion_detected", "motion_ended"]


async def test_a_pulse_that_the_input_filters_out_is_refused(start_agent, tmp_path):
    config = tmp_path / "agent.toml"
    config.write_text("[sensors.mat]\nkind = 'button'\npin = 5\nsettle_s = 0.2\n")
    agent = start_agent(config=config)
    with pytest.raises(TriggerRefused, match="did not take a pulse"):
        await agent.trigger("mat", 0.02)
    assert [event["type"] for event in await agent.trigger("mat", 0.4)] == ["button_pressed", "button_released"]


def test_a_contact_that_closes_at_rest_is_at_rest_on_a_mock_pin(tmp_path):
    configuration = tmp_path / "agent.toml"
    configuration.write_text("[sensors.reed]\npin = 17\npull = 'up'\nactive_high = true\n", encoding="utf-8")
    agent = RunningAgent(tmp_path / "raspberry-01", "127.0.0.1:1", config=configuration)
    try:
        run = trigger("raspberry-01", "reed", "--for", "0.1", "--data", str(agent.folder))
        assert [json.loads(line)["type"] for line in run.stdout.splitlines()] == ["reed", "reed"]
    finally:
        assert agent.stop() == 0
