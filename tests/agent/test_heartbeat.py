"""What heartbeats and the health state say: also with no log at all, and between two heartbeats."""

import json

import pytest

from vigie.agent.event_log import EventLog
from vigie.agent.health import Machine, WallClock
from vigie.agent.heartbeat import Pulse
from vigie.agent.states import StateBoard
from vigie.protocol.states import Heartbeat

DEVICE = "raspberry-01"


class Board(StateBoard):
    """Notes what is put on it."""

    def __init__(self):
        super().__init__(DEVICE)
        self.health = []

    def put(self, _part, body):
        self.health.append(body)


@pytest.fixture
def throttle(tmp_path):
    """Sets what the firmware says."""
    file = tmp_path / "root/sys/devices/platform/soc/soc:firmware/get_throttled"
    file.parent.mkdir(parents=True)
    file.write_text("0")
    return file.write_text


def pulse_of(tmp_path, clock, faults, log, board):
    machine = Machine(tmp_path, tmp_path / "root")
    wall = WallClock(clock, lambda: True)
    return Pulse(DEVICE, "boot", clock=clock, wall=wall, machine=machine, event_log=log, faults=faults, board=board)


async def test_a_changed_fault_leaves_throttled_as_the_last_heartbeat_said_it(tmp_path, clock, faults, throttle):
    log, board = EventLog(tmp_path, faults, clock), Board()
    pulse = pulse_of(tmp_path, clock, faults, log, board)
    faults.on_change = pulse.publish_health
    faults.report("stuck:motion", "before the first heartbeat")
    throttle("4")
    pulse.heartbeat()
    faults.clear("stuck:motion")
    log.close()
    assert [body["throttled"] for body in board.health] == [False, True, True]
    assert [body["state"] for body in board.health] == ["trouble", "trouble", "ok"]


async def test_without_a_log_the_device_is_alive_and_says_that_it_has_none(tmp_path, clock, faults):
    (tmp_path / "events.sqlite").mkdir()  # nothing that could be opened, nor set aside as damaged
    log = EventLog(tmp_path, faults, clock)
    log.start()
    try:
        said = json.loads(pulse_of(tmp_path, clock, faults, log, Board()).heartbeat().model_dump_json())
        assert said["stream_id"] is None
        assert (said["last_seq"], said["log_depth"]) == (0, 0)
        assert "log_full" in said["faults"]
        assert Heartbeat.model_validate(said).stream_id is None
    finally:
        log.close()
