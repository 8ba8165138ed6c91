"""A full disk: the server stays up, says so, goes on reading, starts again, and goes on writing as soon as there is room."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.server.program import ServerProcess
from tests.server.running import event
from tests.small_disk import SmallDisk
from tests.waiting import wait_until

DISK_BYTES = 24 * 2**20
PADDING = {"padding": "x" * 2000}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with SmallDisk(tmp_path / "disk", DISK_BYTES) as made:
        yield made


def post(server: ServerProcess, first: int, count: int = 100) -> requests.Response:
    batch = [event(seq, details=PADDING) for seq in range(first, first + count)]
    return requests.post(f"{server.url}/api/events", json=batch, timeout=10)


def health(server: ServerProcess) -> tuple[int, set[str]]:
    answer = requests.get(f"{server.url}/healthz", timeout=5)
    return answer.status_code, {trouble["code"] for trouble in answer.json()["health"]}


def newest(server: ServerProcess) -> int:
    return requests.get(f"{server.url}/api/events?limit=1", timeout=5).json()["events"][0]["seq"]


def is_failing(server: ServerProcess) -> bool:
    return health(server) == (503, {"database_failing", "bridge_absent"})


def test_a_full_disk_stops_writing_only_and_only_as_long_as_it_is_full(disk: SmallDisk):
    with ServerProcess(disk.folder, within=disk.within).wait_until_up() as server:
        assert post(server, 1).status_code == 200
        disk.fill()
        first = 101
        while (refused := post(server, first)).status_code == 200:
            first += 100
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert "full" in refused.json()["detail"]
        assert is_failing(server)
        for _ in range(20):  # every reader's connection, and refused writes between the reads
            assert newest(server) == first - 1
            assert post(server, first).status_code == 503
        for path in ("/api/site", "/api/devices", "/api/ledger", "/api/alerts", "/metrics"):
            assert requests.get(f"{server.url}{path}", timeout=5).status_code == 200
        disk.free()
        healed = post(server, first)
        assert (healed.status_code, healed.json()["cursors"][0]["through_seq"]) == (200, first + 99)
        assert health(server) == (200, {"bridge_absent"})
        status, errors = server.stop()
        assert (status, errors.count("the database refuses")) == (0, 1), errors


def test_the_server_sees_by_itself_that_there_is_room_again(disk: SmallDisk):
    with ServerProcess(disk.folder, within=disk.within).wait_until_up() as server:
        disk.fill()
        first = 1
        while post(server, first).status_code == 200:
            first += 100
        disk.free()
        wait_until(lambda: health(server) == (200, {"bridge_absent"}), "the trouble is over without anybody writing")


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_server_started_on_a_full_disk_serves_reads_and_says_so(disk: SmallDisk, is_killed: bool):
    with ServerProcess(disk.folder, within=disk.within).wait_until_up() as server:
        assert post(server, 1).status_code == 200
        disk.fill()
        first = 101
        while post(server, first).status_code == 200:
            first += 100
        if is_killed:
            server.process.kill()
        else:  # with room it folds all it has into one file: the next start must make the others again
            disk.free()
            server.process.terminate()
        server.wait()
    disk.fill()
    for _ in range(2):
        with ServerProcess(disk.folder, within=disk.within) as server:
            wait_until(lambda server=server: answers(server), "the server answers")
            assert newest(server) == first - 1
            disk.fill()
            while post(server, first).status_code == 200:
                first += 100
            assert is_failing(server)
            server.process.kill()
            server.wait()
        disk.fill()
    disk.free()
    with ServerProcess(disk.folder, within=disk.within).wait_until_up() as server:
        assert post(server, first).json()["cursors"][0]["through_seq"] == first + 99
        assert health(server)[0] == 200
        assert server.stop()[0] == 0
        with closing(sqlite3.connect(disk.path / "vigie.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def answers(server: ServerProcess) -> bool:
    assert server.process.poll() is None, server.process.communicate()[1]
    try:
        return requests.get(f"{server.url}/api/site", timeout=2).ok
    except requests.ConnectionError:
        return False


def test_a_new_server_on_a_full_disk_is_one_line(disk: SmallDisk):
    disk.fill()
    status, errors = ServerProcess(disk.folder, within=disk.within).wait()
    assert (status, len(errors.splitlines())) == (1, 1), errors
    assert "room" in errors
