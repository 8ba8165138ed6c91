"""`POST /api/doctor`: the doctor as a child of the server, one at a time, with a token that dies with it."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.server.access import peopled
from tests.server.running import Server
from tests.waiting import wait_until_async
from vigie.runtime.clock import SystemClock
from vigie.server import examiner
from vigie.server.access.doorkeeper import Doorkeeper
from vigie.server.errors import ExaminationFailed
from vigie.server.examiner import Examiner, environment
from vigie.server.settings import ServerSettings
from vigie.server.store.database import open_database
from vigie.server.store.store import Store


@pytest.fixture
async def door(tmp_path: Path):
    store = Store(open_database(f"sqlite:///{tmp_path / 'vigie.db'}"))
    yield Doorkeeper(store, SystemClock(), on_loopback=True, file_tokens={})
    await store.close()


def examiner_of(door: Doorkeeper, folder: Path, script: str) -> Examiner:
    return Examiner(ServerSettings(data_dir=folder), door, SystemClock(), (sys.executable, "-c", script))


ONE_FINDING = json.dumps({"ok": True, "findings": [{"mark": "ok", "subject": "disk", "seen": "room", "mend": ""}]})


WAITS_AT_A_GATE = """
import os, sys
runs, gate, answer = {runs!r}, {gate!r}, {answer!r}
open(runs, "a").write("x")
if os.path.exists(gate):
    open(gate).read()
print(answer)
"""


async def test_who_asks_meanwhile_gets_the_same_examination(door: Doorkeeper, tmp_path: Path):
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    os.mkfifo(gate)
    asked = examiner_of(door, tmp_path, WAITS_AT_A_GATE.format(runs=str(runs), gate=str(gate), answer=ONE_FINDING))
    first, second = asyncio.create_task(asked.examine()), asyncio.create_task(asked.examine())
    await wait_until_async(lambda: runs.exists() and runs.read_text() == "x", "it runs")
    first.cancel()
    await asyncio.to_thread(lambda: gate.open("w").close())
    assert (await second).findings[0].seen == "room"
    assert runs.read_text() == "x"
    gate.unlink()
    assert (await asked.examine()).ok
    assert runs.read_text() == "xx", "the next one is a new one"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import sys; sys.exit('vigie doctor: no such folder')", "its answer cannot be read"),
        ("import sys; sys.stderr.write('vigie doctor: no such folder\\n'); sys.exit(2)", "no such folder"),
        ("import os; os.abort()", "it ended with -6"),
        ("print('[]')", "its answer cannot be read"),
    ],
)
async def test_a_doctor_that_fails_is_told(door: Doorkeeper, tmp_path: Path, script: str, reason: str):
    with pytest.raises(ExaminationFailed, match=reason):
        await examiner_of(door, tmp_path, script).examine()


async def test_a_doctor_that_hangs_is_ended(door: Doorkeeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(examiner, "TIMEOUT_S", 0.3)
    with pytest.raises(ExaminationFailed, match="not done after"):
        await examiner_of(door, tmp_path, "import signal; signal.pause()").examine()


async def test_a_doctor_that_does_not_start(door: Doorkeeper, tmp_path: Path):
    with pytest.raises(ExaminationFailed, match="does not start"):
        await Examiner(ServerSettings(data_dir=tmp_path), door, SystemClock(), (str(tmp_path / "none"),)).examine()


async def test_its_token_is_good_as_long_as_it_runs(door: Doorkeeper, tmp_path: Path):
    with door.lend("doctor", examiner.Scope.VIEWER) as token:
        visitor = await door._bearer(token, "127.0.0.1")
        assert visitor.name == "this-machine-doctor"
    assert (await door._bearer(token, "127.0.0.1")).name == ""


def test_it_is_told_where_this_very_server_is(tmp_path: Path):
    (tmp_path / "ca.crt").touch()
    settings = ServerSettings(
        host="::", port=8443, data_dir=tmp_path, tls_certificate=tmp_path / "web.crt", tls_key=tmp_path / "web.key"
    )
    found = environment(settings, "secret")
    assert found["BACKEND_URL"] == "https://[::1]:8443"
    assert (found["BACKEND_TLS_CA"], found["VIGIE_DATA"], found["BACKEND_TOKEN"]) == (
        str(tmp_path / "ca.crt"),
        str(tmp_path),
        "secret",
    )
    assert environment(ServerSettings(host="0.0.0.0"), "x")["BACKEND_URL"] == "http://127.0.0.1:8000"


async def test_an_admin_has_the_machine_examined(tmp_path: Path):
    async with peopled(tmp_path, SystemClock()) as site:
        anna: Server = site.people["anna"]
        status, found = await anna.post("/api/doctor")
    assert status == 200, found
    assert {"database", "disk", "schema", "broker"} <= {finding["subject"] for finding in found["findings"]}
    assert [finding["mark"] for finding in found["findings"] if finding["subject"] == "broker"] == ["unseen"]
    assert found["took_s"] > 0
