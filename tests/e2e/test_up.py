"""`vigie up`: the newcomer's first minute, and its end."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.house import RunningHouse, clean_environment
from tests.processes import children, is_alive, listening_addresses
from tests.waiting import wait_until


def up(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vigie", "up", *arguments], capture_output=True, text=True, env=clean_environment(), timeout=60
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ending_it_leaves_no_process_and_no_busy_port(tmp_path, number):
    house = RunningHouse(tmp_path / "data")
    assert house.output == f"vigie is up: {house.url}\n"
    ports = [house.port, house.broker_port]
    assert house.stop(number) == 0
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))


def test_even_sigkill_leaves_nothing_running(tmp_path):
    house = RunningHouse(tmp_path / "data")
    pids = children(house.process.pid)
    assert len(pids) == 5
    os.kill(house.process.pid, signal.SIGKILL)
    house.process.wait(10)
    wait_until(lambda: not any(map(is_alive, pids)), "all children ended", within_s=15)


def test_it_listens_on_loopback_only(shared_house):
    pids = [shared_house.process.pid, *children(shared_house.process.pid)]
    addresses = sorted(address for pid in pids for address in listening_addresses(pid))
    assert addresses == sorted([f"127.0.0.1:{shared_house.port}", f"127.0.0.1:{shared_house.broker_port}"])


def test_a_busy_port_is_one_clear_line(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        run = up("--port", str(port), "--data", str(tmp_path / "data"))
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1
    assert f"port {port}" in run.stderr
    assert "--port" in run.stderr


def test_an_unwritable_data_folder_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()
    run = up("--data", str(tmp_path / "file" / "data"))
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert f"data folder {tmp_path / 'file' / 'data'}" in run.stderr


def test_a_second_house_in_the_same_folder_is_refused(shared_house):
    run = up("--data", str(shared_house.data_dir))
    assert run.returncode == 1
    assert f"another up already uses {shared_house.data_dir}" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--port", "99999"], "is no port"), (["--devices", "0"], "1 to 50"), (["--broker", "carrier-pigeon"], "--broker")],
)
def test_a_wrong_option_is_named(tmp_path, arguments, message):
    run = up("--data", str(tmp_path / "data"), *arguments)
    assert run.returncode in (1, 2)
    assert message in run.stderr


def test_the_embedded_broker_carries_the_house_too(tmp_path):
    house = RunningHouse(tmp_path / "data", "--broker", "embedded", "--devices", "1")
    wait_until(house.events, "somebody walks by", within_s=30)
    assert house.stop() == 0


def test_a_killed_program_comes_back(house):
    for program in ("bridge", "raspberry-01", "server"):
        dead = house.kill(program)
        wait_until(lambda dead=dead: not is_alive(dead), "it is gone")

    def all_online() -> bool:
        try:
            devices = house.get("/api/devices")["devices"]
            return house.get("/api/site")["bridge"] == "connected" and [d["state"] for d in devices] == ["online"] * 2
        except OSError:
            return False

    wait_until(all_online, "everything answers again", within_s=30)
