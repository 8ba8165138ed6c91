"""Each program by itself, under the reference's names and environment; and the local mode: two Pis, a broker, nothing else."""

import json
import subprocess
import sys
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.e2e.tools import publish, subscriber, trigger
from tests.house import clean_environment
from tests.waiting import wait_until
from vigie.deploy.broker import free_port

BIN = Path(sys.executable).parent


@contextmanager
def program(name: str, *arguments: str, **environment: str):
    process = subprocess.Popen([str(BIN / name), *arguments], env={**clean_environment(), **environment}, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(10) == 0, name


def get(url: str):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


def test_three_programs_started_by_hand_make_the_whole_path(mosquitto, tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        start = stack.enter_context
        start(program("vigie", "server", "--port", str(port), VIGIE_DATA=str(tmp_path / "server")))
        start(program("mqtt-bridge", MQTT_BROKER=mosquitto.address, BACKEND_URL=url, VIGIE_DATA=str(tmp_path / "bridge")))
        agent = {"MQTT_BROKER": mosquitto.address, "DEVICE_ID": "raspberry-01", "VIGIE_DATA": str(tmp_path / "agent")}
        start(program("sensor-publisher", "--simulate", **agent))
        wait_until(lambda: (get(f"{url}/api/devices/raspberry-01") or {}).get("state") == "online", "the Pi is online", within_s=20)
        accepted = trigger(tmp_path / "agent", "raspberry-01", "motion")
        wait_until(lambda: len(get(f"{url}/api/events")["events"]) == len(accepted), "the events are stored")


def test_two_pis_and_a_broker_need_nothing_else(mosquitto, tmp_path):
    with ExitStack() as stack:
        for device in ("raspberry-01", "raspberry-02"):
            agent = {"MQTT_BROKER": mosquitto.address, "DEVICE_ID": device, "VIGIE_DATA": str(tmp_path / device)}
            stack.enter_context(program("sensor-publisher", "--simulate", **agent))
        results = stack.enter_context(subscriber(mosquitto.port, "results/#"))
        statuses = stack.enter_context(subscriber(mosquitto.port, "status/#"))
        online = {json.dumps(statuses.next().split(" ", 1)[0]) for _ in range(2)}
        assert len(online) == 2
        publish(mosquitto.port, "commands/raspberry-02/servo", '{"angle_deg": 20}')
        topic, payload = results.next().split(" ", 1)
        assert topic == "results/raspberry-02/servo"
        assert (json.loads(payload)["status"], json.loads(payload)["angle_deg"]) == ("done", 20)
        events = stack.enter_context(subscriber(mosquitto.port, "sensors/#"))
        trigger(tmp_path / "raspberry-01", "raspberry-01", "button")
        assert events.next().startswith("sensors/raspberry-01/button ")


@pytest.mark.parametrize(
    ("name", "environment", "message"),
    [
        ("sensor-publisher", {"DEVICE_ID": "Not A Name"}, "DEVICE_ID"),
        ("sensor-publisher", {}, "device_id"),
        ("mqtt-bridge", {"BACKEND_URL": "ftp://nowhere"}, "BACKEND_URL"),
        ("mqtt-bridge", {"MQTT_BROKER": "http://nowhere"}, "MQTT_BROKER"),
    ],
)
def test_a_wrong_environment_is_exit_2_and_one_line(name, environment, message):
    run = subprocess.run([str(BIN / name)], env={**clean_environment(), **environment}, capture_output=True, text=True, timeout=20)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert message in run.stderr


def test_without_pins_the_agent_says_so_in_one_line(tmp_path):
    if list(Path("/dev").glob("gpiochip*")):
        pytest.fail("this test describes a machine without GPIO; run it on one")
    agent = {"DEVICE_ID": "raspberry-01", "VIGIE_DATA": str(tmp_path)}
    run = subprocess.run(
        [str(BIN / "sensor-publisher")], env={**clean_environment(), **agent}, capture_output=True, text=True, timeout=20
    )
    assert run.returncode == 1
    assert "--simulate" in run.stderr.splitlines()[-1]


def test_a_retained_status_is_offline_after_the_agent_was_killed(mosquitto, tmp_path):
    agent = {"MQTT_BROKER": mosquitto.address, "DEVICE_ID": "raspberry-01", "VIGIE_DATA": str(tmp_path / "a")}
    with subscriber(mosquitto.port, "status/#") as statuses:
        process = subprocess.Popen([str(BIN / "sensor-publisher"), "--simulate"], env={**clean_environment(), **agent})
        assert json.loads(statuses.next().split(" ", 1)[1])["state"] == "online"
        process.kill()
        process.wait(10)
        last_will = json.loads(statuses.next().split(" ", 1)[1])
        assert last_will["state"] == "offline"
        assert "servo" in last_will["capabilities"]
