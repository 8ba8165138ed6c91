"""A first start on a disk on which nothing can be made: the agent guards with its events in memory, until there is room."""

import subprocess
import sys

import pytest

from tests.agent.running import listener
from tests.house import clean_environment
from tests.small_disk import SmallDisk
from tests.waiting import wait_until_async
from vigie.testing.trigger import SOCKET_NAME, TriggerRefused, send_trigger


@pytest.fixture
def disk(tmp_path):
    with SmallDisk(tmp_path / "disk", 8 * 2**20, max_files=64) as made:
        made.fill()
        yield made


@pytest.fixture
def start(disk, tmp_path):
    """Starts an agent inside, with its data in `disk.folder / name`; gives the process and a function that reads its log."""
    processes = []

    def start_(broker, name="data"):
        path = tmp_path / "agent.log"
        config = tmp_path / "agent.toml"
        config.write_text("[sensors.motion]\npin = 17\n[siren]\n")  # no camera, whose own troubles are not meant here
        environment = {"MQTT_BROKER": broker, "DEVICE_ID": "raspberry-01", "VIGIE_DATA": str(disk.folder / name)}
        argv = [*disk.within, sys.executable, "-m", "vigie", "agent", "--simulate", "--config", str(config)]
        with path.open("ab") as log:
            process = subprocess.Popen(argv, env={**clean_environment(), **environment}, stdout=log, stderr=log)
        processes.append(process)
        return process, path.read_text

    yield start_
    for process in processes:
        process.terminate()  # not killed: it takes its folder in memory with it
        process.wait(10)


async def health(seen, **expected):
    def is_so():
        return any(expected.items() <= beat.items() for beat in seen.on("heartbeats/raspberry-01")[-1:])

    await wait_until_async(is_so, f"the last heartbeat says {expected}", within_s=15)


def states(seen):
    return [body["state"] for body in seen.on("sensors/raspberry-01/motion")]


async def test_events_of_a_first_start_without_room_wait_in_memory_and_come_when_there_is_some(disk, start, mosquitto):
    (disk.path / "data").mkdir()
    async with listener(mosquitto.address) as seen:
        _, read_log = start(mosquitto.address)
        await health(seen, stream_id=None, faults=["disk_low", "log_full"])
        with pytest.raises(TriggerRefused, match="takes nothing"):
            _ = [event async for event in send_trigger(disk.path / "data", "raspberry-01", "motion", 0.05)]
        disk.free()
        await health(seen, faults=["disk_low"])  # as it always is on a disk of this size
        await wait_until_async(lambda: states(seen) == ["detected", "ended"], "both events came", within_s=10)
        assert "Traceback" not in read_log()


async def test_where_not_even_an_empty_file_fits_it_guards_and_gets_what_it_lacks_later(disk, start, mosquitto):
    (disk.path / "data").mkdir()
    disk.use_up_files()
    async with listener(mosquitto.address) as seen:
        process, read_log = start(mosquitto.address)
        await health(seen, stream_id=None, faults=["disk_low", "log_full"])
        assert list((disk.path / "data").iterdir()) == []
        disk.free()
        socket = disk.path / "data" / SOCKET_NAME
        await wait_until_async(socket.exists, "the control socket is there", within_s=10)
        await health(seen, faults=["disk_low"])
        events = [event async for event in send_trigger(disk.path / "data", "raspberry-01", "motion", 0.05)]
        assert [event["type"] for event in events] == ["motion_detected", "motion_ended"]
        second, _ = start(mosquitto.address)
        assert second.wait(15) == 1, "the folder is the first one's also without a lock file"
        assert process.poll() is None
        assert "already uses" in read_log()
        assert "Traceback" not in read_log()


def test_a_data_folder_that_cannot_be_made_is_one_line(disk, start, mosquitto):
    disk.use_up_files()
    process, read_log = start(mosquitto.address, "missing")
    assert process.wait(15) == 1
    assert read_log() == (
        f"vigie agent: data folder {disk.folder / 'missing'} cannot be written (No space left on device); "
        "set VIGIE_DATA to another folder\n"
    )
