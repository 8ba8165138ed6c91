"""Whatever is thrown at the house: nothing stops, nothing good is lost, the bad is in quarantine with its reason."""

import json
import signal
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.e2e.tools import publish, trigger
from tests.waiting import wait_until

RUBBISH = [
    ("sensors/raspberry-01/motion", b"not json"),
    ("sensors/raspberry-01/motion", b"\xff\xfe\x00"),
    ("sensors/raspberry-01/motion", b"[1, 2, 3]"),
    ("sensors/raspberry-01/motion", b'{"confidence": NaN}'),
    ("sensors/raspberry-01/motion", b'{"state": "dancing"}'),
    ("sensors/raspberry-01/motion", b'{"meta": {"seq": "one"}}'),
    ("sensors/raspberry-01/motion", b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    ("sensors/raspberry-01/motion", b'{"a": "' + b"x" * 1_000_000 + b'"}'),
    ("sensors/raspberry-01/motion", b""),
    ("sensors/raspberry-01/motion/deeper", b"{}"),
    ("sensors/raspberry-01", b"{}"),
    ("sensors/No Such Device/motion", b"{}"),
    ("sensors/raspberry-01/connect", b"{}"),
    ("replays/raspberry-01", b'{"events": [{"sensor": "motion", "payload": 3}]}'),
]
IGNORED = [
    ("heartbeats/raspberry-09", b"\xff"),
    ("status/raspberry-09", b"[]"),
    ("states/raspberry-09/servo", b"{{{{"),
    ("results/raspberry-01/servo", b'{"status": 7}'),
    ("site/mode", b'{"mode": "party"}'),
    ("commands/raspberry-01/servo", b"\x00\x01"),
    ("commands/raspberry-01/servo", b'{"direction": {"up": []}}'),
    ("acks/raspberry-01", b'{"stream_id": "x", "through_seq": -5}'),
]


def throw(port: int, topic: str, payload: bytes) -> None:
    source = "-s" if payload else "-n"
    argv = ["mosquitto_pub", "-h", "localhost", "-p", str(port), "-q", "1", "-t", topic, source]
    subprocess.run(argv, input=payload, check=True, timeout=10)


def test_rubbish_is_quarantined_and_good_events_pass(house):
    for topic, payload in RUBBISH + IGNORED:
        throw(house.broker_port, topic, payload)
        publish(house.broker_port, "sensors/raspberry-01/humidity", json.dumps({"after": topic}), "-q", "1")
    accepted = trigger(house.data_dir, "raspberry-01", "motion")
    sent = len(RUBBISH) + len(IGNORED)

    def humid() -> int:
        return len(house.get("/api/events?type=humidity&limit=1000")["events"])

    wait_until(lambda: humid() == sent, "every good event is stored")
    wait_until(lambda: {event["id"] for event in accepted} <= {event["id"] for event in house.events()}, "ours too")
    wait_until(lambda: len(house.get("/api/quarantine")["items"]) == len(RUBBISH), "all rubbish is in quarantine")
    assert all(item["reason"] and item["topic"] for item in house.get("/api/quarantine")["items"])
    assert [device["state"] for device in house.get("/api/devices")["devices"] if device["heartbeat"]] == ["online"] * 2
    assert house.get("/api/mode")["mode"] == "active"


@pytest.mark.parametrize(
    ("path", "body", "status", "hint"),
    [
        ("/api/cameras/raspberry-77/servo", {"direction": "left"}, 404, "raspberry-77"),
        ("/api/cameras/raspberry-01/servo", {"direction": "up"}, 422, "direction"),
        ("/api/cameras/raspberry-01/servo", {"angle_deg": 170}, 422, "90"),
        ("/api/cameras/raspberry-01/servo", {"preset": "moon"}, 422, "door"),
        ("/api/cameras/raspberry-01/servo", {}, 422, "exactly one"),
        ("/api/cameras/raspberry-01/siren", {"action": "louder"}, 422, "action"),
        ("/api/events", {"type": "motion_detected"}, 422, "device_id"),
        ("/api/events", {"type": "connect", "device_id": "pi"}, 422, "reserved"),
        ("/api/alerts/123456/acknowledge", {}, 404, "123456"),
    ],
)
def test_a_wrong_request_is_a_problem_that_helps(shared_house, path, body, status, hint):
    request = urllib.request.Request(
        f"{shared_house.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=10)
    with refusal.value as answer:
        problem = json.load(answer)
        assert (answer.code, problem["status"]) == (status, status)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert hint in problem["detail"] + json.dumps(problem.get("errors") or "")


def test_without_a_bridge_a_command_is_503_and_the_mode_stays(house):
    house.send(signal.SIGSTOP, "bridge")
    house.kill("bridge")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        house.put("/api/mode", {"mode": "surveillance"})
    with refusal.value as answer:
        assert answer.code == 503
    assert house.get("/api/mode")["mode"] == "active"


def test_an_offline_pi_is_409(shared_house):
    publish(shared_house.broker_port, "status/raspberry-09", '{"state": "offline", "capabilities": ["servo"]}', "-r")
    wait_until(lambda: "raspberry-09" in str(shared_house.get("/api/devices")), "the server has heard of it")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        shared_house.put("/api/cameras/raspberry-09/servo", {"direction": "left"}, method="POST")
    with refusal.value as answer:
        assert answer.code == 409
        assert "raspberry-09" in json.load(answer)["detail"]
