"""The three tests of the reference document, as it writes them."""

import json
import subprocess

from tests.e2e.tools import publish, socket_io_client, subscriber, trigger
from tests.waiting import wait_until

MOTION = '{"confidence": 0.95, "location": "entrance"}'
BUTTON = '{"pressure": "high", "duration_ms": 500}'


def test_a_hand_published_event_reaches_the_history_and_the_official_client(shared_house):
    before = shared_house.get("/api/events?limit=1")["events"]
    cursor = before[0]["cursor"] if before else 0
    with socket_io_client(shared_house, "motion_detected", "button_pressed") as heard:
        publish(shared_house.broker_port, "sensors/raspberry-01/motion", MOTION)
        motion = json.loads(heard.next())
        publish(shared_house.broker_port, "sensors/raspberry-01/button", BUTTON)
        button = json.loads(heard.next())
    assert (motion["name"], motion["data"]["details"]) == ("motion_detected", json.loads(MOTION))
    assert (button["name"], button["data"]["details"]) == ("button_pressed", json.loads(BUTTON))
    stored = shared_house.get(f"/api/events?after={cursor}")["events"]
    assert [event["id"] for event in stored] == [motion["data"]["id"], button["data"]["id"]]


def test_our_pis_events_bear_the_references_keys(shared_house):
    with subscriber(shared_house.broker_port, "sensors/#") as heard:
        accepted = trigger(shared_house.data_dir, "raspberry-01", "motion", "--for", "0.3")
        topic, payload = heard.next().split(" ", 1)
        motion = json.loads(payload)
        trigger(shared_house.data_dir, "raspberry-02", "button", "--for", "0.3")
        ended = json.loads(heard.next().split(" ", 1)[1])
        button = json.loads(heard.next().split(" ", 1)[1])
        released = json.loads(heard.next().split(" ", 1)[1])
    assert topic == "sensors/raspberry-01/motion"
    assert (motion["confidence"], motion["location"], motion["state"]) == (0.95, "entrance", "detected")
    assert motion["meta"]["id"] == accepted[0]["id"]
    assert ended["state"] == "ended"
    assert (button["pressure"], button["state"]) == ("high", "pressed")
    assert released["duration_ms"] >= 250


def test_the_servo_turns_by_mqtt_and_by_http_and_says_so_itself(shared_house):
    def angle() -> float:
        return shared_house.get("/api/devices/raspberry-01")["states"]["servo"]["angle_deg"]

    publish(shared_house.broker_port, "commands/raspberry-01/servo", '{"direction": "center"}')
    wait_until(lambda: angle() == 0, "the camera looks straight ahead")
    publish(shared_house.broker_port, "commands/raspberry-01/servo", '{"direction": "left"}')
    wait_until(lambda: angle() == -15, "one step to the left")
    curl = subprocess.run(
        ["curl", "-sS", "-X", "POST", f"{shared_house.url}/api/cameras/raspberry-01/servo"]
        + ["-H", "Content-Type: application/json", "-d", '{"direction": "left"}'],
        capture_output=True,
        check=True,
    )
    answer = json.loads(curl.stdout)
    assert (answer["status"], answer["angle_deg"]) == ("done", -30)
    wait_until(lambda: angle() == -30, "another step to the left")
