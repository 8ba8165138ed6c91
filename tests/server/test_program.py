"""`vigie server` as a program: starting, stopping, failing to start, dying in the middle."""

import asyncio
import contextlib
import json
import resource
import signal
import socket
import sqlite3
import threading
import time
from pathlib import Path

import aiohttp
import pytest
import requests

from tests.processes import listening_addresses, resident_bytes
from tests.server.program import ServerProcess
from tests.server.running import event
from tests.waiting import wait_until

MAX_RESIDENT_BYTES = 150 * 1024 * 1024


POLL = {"EIO": "4", "transport": "polling"}


async def poll(http: aiohttp.ClientSession) -> asyncio.Task[None]:
    """A browser without WebSocket, whose long poll waits for news from here on."""
    async with http.get("/socket.io/", params=POLL) as answer:
        session = {**POLL, "sid": json.loads((await answer.text())[1:])["sid"]}
    async with http.post("/socket.io/", params=session, data="40") as answer:
        assert answer.status == 200
    async with http.get("/socket.io/", params=session) as answer:
        assert (await answer.text()).startswith("40")

    async def wait() -> None:
        with contextlib.suppress(aiohttp.ClientError):
            async with http.get("/socket.io/", params=session) as answer:
                await answer.read()

    return asyncio.create_task(wait())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_cleanly_in_time_with_sockets_open(tmp_path: Path, number: int):
    with ServerProcess(tmp_path) as server:
        await asyncio.to_thread(server.wait_until_up)
        # By hand: python-socketio's own client leaves answers unread, and their connections to the garbage collector.
        async with aiohttp.ClientSession(server.url) as http:
            polling = await poll(http)
            async with http.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket_:
                assert (await socket_.receive_str()).startswith("0")
                await (await http.get("/api/mode")).read()
                started = time.monotonic()
                status, errors = await asyncio.to_thread(server.stop, number)
                assert time.monotonic() - started < 3
                assert (status, "Traceback" in errors) == (0, False), errors
            await polling
    assert not (tmp_path / "vigie.db-wal").exists(), "the write-ahead log was not folded into the file"


def test_it_listens_on_loopback_only_and_is_small_at_rest(tmp_path: Path):
    with ServerProcess(tmp_path).wait_until_up() as server:
        assert listening_addresses(server.process.pid) == [f"127.0.0.1:{server.port}"]
        assert resident_bytes(server.process.pid) < MAX_RESIDENT_BYTES


def test_a_busy_port_is_one_line_and_touches_no_data(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, errors = ServerProcess(tmp_path / "data", port=port).wait()
    assert (status, len(errors.splitlines())) == (1, 1), errors
    assert f"127.0.0.1:{port}" in errors
    assert "--port" in errors
    assert not (tmp_path / "data").exists()


def test_systemd_is_told_when_it_listens(tmp_path: Path):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(address)
        notified.settimeout(20)
        with ServerProcess(tmp_path / "data", NOTIFY_SOCKET=address) as server:
            assert notified.recv(100) == b"READY=1"
            assert requests.get(f"{server.url}/healthz", timeout=5).ok
            server.stop()
            assert notified.recv(100) == b"STOPPING=1"


def test_kill_9_in_the_middle_of_uploads_loses_nothing_that_was_answered(tmp_path: Path):
    answered: list[int] = []

    def upload(server: ServerProcess, first: int) -> None:
        with requests.Session() as session:
            for seq in range(first, 10_000, 10):
                batch = [event(number) for number in range(seq, seq + 10)]
                try:
                    result = session.post(f"{server.url}/api/events", json=batch, timeout=5)
                except requests.RequestException:
                    return
                assert result.status_code == 200
                answered.append(seq + 9)

    for _ in range(3):
        with ServerProcess(tmp_path).wait_until_up() as server:
            before = len(answered)
            uploading = threading.Thread(target=upload, args=(server, (answered[-1] if answered else 0) + 1))
            uploading.start()
            wait_until(lambda reached=before + 20: len(answered) >= reached, "twenty batches were answered")
            server.stop(signal.SIGKILL)
            uploading.join()
        with sqlite3.connect(tmp_path / "vigie.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            stored, highest = database.execute("SELECT COUNT(*), MAX(seq) FROM events").fetchone()
            mark = database.execute("SELECT stored, through_seq, max_seq FROM streams").fetchone()
            counted = database.execute("SELECT SUM(count) FROM event_hours").fetchone()[0]
        database.close()
        assert stored == highest == counted >= answered[-1]
        assert mark == (stored, stored, stored)


def test_a_full_disk_is_a_503_that_stores_nothing_and_heals_by_itself(tmp_path: Path):
    with ServerProcess(tmp_path).wait_until_up() as server, requests.Session() as session:

        def post(first: int) -> requests.Response:
            batch = [event(seq, details={"padding": "x" * 500}) for seq in range(first, first + 100)]
            return session.post(f"{server.url}/api/events", json=batch, timeout=5)

        assert post(1).status_code == 200
        pid = server.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (max(file.stat().st_size for file in tmp_path.iterdir()), hard))
        refused = next(answer for first in range(101, 5001, 100) if (answer := post(first)).status_code != 200)
        assert (refused.status_code, refused.headers["Content-Type"]) == (503, "application/problem+json")
        assert "nothing was stored" in refused.json()["detail"]
        health = session.get(f"{server.url}/healthz", timeout=5)
        assert (health.status_code, health.json()["database"]) == (503, "failing")
        stored = session.get(f"{server.url}/api/events?limit=1", timeout=5).json()["events"][0]["seq"]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        healed = post(stored + 1)
        assert (healed.status_code, healed.json()["accepted"]) == (200, 100)
        assert healed.json()["cursors"][0]["through_seq"] == stored + 100
        assert session.get(f"{server.url}/healthz", timeout=5).ok
        assert server.stop()[0] == 0
