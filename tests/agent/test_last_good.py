"""A broken configuration is refused, and the last good one goes on guarding, loudly."""

import subprocess
import sys

import pytest

from tests.agent.running import RunningAgent
from tests.house import clean_environment
from tests.waiting import wait_until
from vigie.agent.last_good import FILE_NAME, keep, settings_to_guard_by
from vigie.runtime.config import ConfigError

GOOD = 'device_id = "raspberry-01"\n[sensors.motion]\npin = 17\n[sensors.door]\nkind = "button"\npin = 5\n'


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "agent.toml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def environ(tmp_path):
    (tmp_path / "data").mkdir()
    return {"VIGIE_DATA": str(tmp_path / "data")}


def started_with(config, environ):
    settings, refused = settings_to_guard_by(config, environ)
    assert refused is None
    keep(config, settings)
    return settings


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (GOOD + "pinn = 3\n", "7: unknown key 'sensors.door.pinn'; did you mean 'pin'?"),
        (GOOD + '[zones.dor]\ntype = "delayed"\n', "7: [zones.dor]: no sensor 'dor'; did you mean 'door'?"),
        (GOOD + "[sensors", "not TOML"),
    ],
    ids=["unknown key", "unknown sensor", "no TOML"],
)
def test_a_broken_file_is_refused_by_place_and_the_last_good_one_stands(config, environ, broken, said):
    good = started_with(config, environ)
    config.write_text(broken)
    settings, refused = settings_to_guard_by(config, environ)
    assert settings == good
    assert said in str(refused)


def test_a_missing_file_is_refused_too(config, environ):
    good = started_with(config, environ)
    config.unlink()
    settings, refused = settings_to_guard_by(config, environ)
    assert settings == good
    assert "no such file" in str(refused)


def test_without_a_good_one_before_the_start_fails(config, environ):
    config.write_text("pinn = 3\n" + GOOD)
    with pytest.raises(ConfigError, match="pinn"):
        settings_to_guard_by(config, environ)


def test_the_folder_is_found_in_a_file_that_is_no_toml(config, tmp_path):
    config.write_text(f'data_dir = "{tmp_path}"\n{GOOD}')
    started_with(config, {})
    config.write_text(f'data_dir = "{tmp_path}"\n{GOOD}[sensors')
    assert settings_to_guard_by(config, {})[1] is not None


def test_a_kept_file_that_is_broken_itself_changes_nothing(config, environ, tmp_path):
    started_with(config, environ)
    (tmp_path / "data" / FILE_NAME).write_text("[")
    config.write_text("[[[")
    with pytest.raises(ConfigError, match=r"agent\.toml"):
        settings_to_guard_by(config, environ)


async def test_an_agent_goes_on_by_the_last_good_file_and_says_so(tmp_path, mosquitto, config):
    agent = RunningAgent(tmp_path / "raspberry-01", mosquitto.address, config=config)
    assert agent.stop() == 0
    config.write_text(GOOD.replace("pin = 5", "pin = 500"))
    agent.start()
    wait_until(lambda: "fault=config_refused" in agent.log, "it says so")
    assert "agent.toml:6: 'sensors.door.pin'" in agent.log
    assert [event["type"] for event in await agent.trigger("door")] == ["button_pressed", "button_released"]
    assert agent.stop() == 0


async def test_a_file_that_reads_well_and_cannot_be_started_with_is_refused_too(tmp_path, mosquitto, config):
    agent = RunningAgent(tmp_path / "raspberry-01", mosquitto.address, config=config)
    assert agent.stop() == 0
    config.write_text(GOOD.replace("pin = 17", "pin = 2"))  # which has a resistor of its own, the wrong way
    agent.start()
    wait_until(lambda: "fault=config_refused" in agent.log, "it says so")
    assert "GPIO2 has a fixed pull resistor" in agent.log
    assert [event["type"] for event in await agent.trigger("door")] == ["button_pressed", "button_released"]
    assert agent.stop() == 0


def test_a_first_start_with_a_broken_file_is_exit_status_2(config, environ):
    config.write_text("[[[")
    argv = [sys.executable, "-m", "vigie", "agent", "--simulate", "--config", str(config)]
    result = subprocess.run(argv, env={**clean_environment(), **environ}, capture_output=True, text=True, timeout=30)
    assert result.returncode == 2
    assert "agent.toml:1: not TOML" in result.stderr
