"""A backup of a server that runs and writes: what is put back is what had been answered, and a server goes on with it."""

import threading
from pathlib import Path

import pytest
import requests

from tests.owner.backups import PASSPHRASE, back_up, manifest_of, restore
from tests.server.access import PASSWORDS, peopled, sign_in, visitor_at
from tests.server.program import ServerProcess
from tests.server.running import event, running_server
from tests.waiting import wait_until
from vigie.owner import data_checks, doctor
from vigie.owner.backup.errors import BackupError
from vigie.owner.findings import Mark
from vigie.runtime.clock import SystemClock
from vigie.testing import FakeClock

BATCH = 50


class Writing:
    """Uploads batches to a server until told to stop; `answered`: the ids that it has taken, in their order."""

    def __init__(self, url: str) -> None:
        self.answered: list[str] = []
        self._url = url
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _write(self) -> None:
        with requests.Session() as session:
            seq = 1
            while not self._is_over.is_set():
                batch = [event(number) for number in range(seq, seq + BATCH)]
                assert session.post(f"{self._url}/api/events", json=batch, timeout=10).ok
                self.answered += [item["id"] for item in batch]
                seq += BATCH


def history(url: str) -> list[str]:
    """The ids that a server has, in the order in which it took them."""
    found: list[str] = []
    after = 0
    while True:
        page = requests.get(f"{url}/api/events", params={"after": after, "limit": 1000}, timeout=10).json()
        found += [item["id"] for item in page["events"]]
        if page["next"] is None:
            return found
        after = page["next"]


def test_what_a_writing_server_had_answered_is_in_the_backup_and_nothing_half(tmp_path: Path):
    with ServerProcess(tmp_path / "house" / "server") as server:
        server.wait_until_up()
        writing = Writing(server.url)
        try:
            wait_until(lambda: len(writing.answered) > 20 * BATCH, "some events are stored")
            before = list(writing.answered)
            back_up(tmp_path / "x.vigie", tmp_path / "house")
            after = len(writing.answered)
        finally:
            writing.stop()
        with pytest.raises(BackupError, match=rf"server \(pid {server.process.pid}\) runs"):
            restore(tmp_path / "x.vigie", tmp_path / "house")
        assert after > len(before), "it went on writing meanwhile"
        assert history(server.url) == writing.answered
    restore(tmp_path / "x.vigie", tmp_path / "fresh")
    with ServerProcess(tmp_path / "fresh" / "server") as server:
        server.wait_until_up()
        kept = history(server.url)
        assert kept[: len(before)] == before
        assert kept == writing.answered[: len(kept)]
        assert len(kept) % BATCH == 0, "a transaction is in it whole, or not at all"
        assert requests.post(f"{server.url}/api/events", json=[event(len(kept) + 1)], timeout=10).ok
        assert history(server.url) == [*kept, f"event-{len(kept) + 1}"]


@pytest.fixture
async def house(tmp_path: Path) -> Path:
    """Of a server with people, a PIN, a token and an event, which has been stopped."""
    folder = tmp_path / "house"
    async with peopled(folder / "server", FakeClock()) as site:
        anna = site.people["anna"]
        assert (await anna.post("/api/people", {"name": "anna", "pin": "7391"}))[0] == 201
        program = await site.with_token("bridge", "ingest")
        assert (await program.post("/api/events", [event(1)]))[0] == 200
    return folder


def audit_log(folder: Path):
    (finding,) = data_checks.audit_log(doctor.examine(folder, None, {}, SystemClock()))
    return finding


async def test_with_a_passphrase_everybody_gets_in_as_before_but_signs_in_again(tmp_path: Path, house: Path):
    head = audit_log(house).seen
    back_up(tmp_path / "x.vigie", house, passphrase=PASSPHRASE)
    restore(tmp_path / "x.vigie", tmp_path / "fresh")
    assert (audit_log(tmp_path / "fresh").mark, audit_log(tmp_path / "fresh").seen) == (Mark.OK, head)
    async with running_server(tmp_path / "fresh" / "server", FakeClock()) as server, visitor_at(server) as anna:
        assert (await server.get("/api/events"))[0] == 401
        assert (await sign_in(anna, "anna", PASSWORDS["anna"]))[0] == 200
        assert [kept["id"] for kept in await anna.events()] == ["event-1"]
        assert [kept["name"] for kept in (await anna.get("/api/tokens"))[1]["tokens"]] == ["bridge"]
        assert len((await anna.get("/api/sessions"))[1]["sessions"]) == 1
        assert (await anna.post("/api/people/anna/remove", {"current_pin": "1111"}))[0] != 200
        assert (await anna.post("/api/people/anna/remove", {"current_pin": "7391"}))[0] == 200


async def test_without_one_the_accounts_stay_locked_until_they_get_new_passwords(tmp_path: Path, house: Path):
    back_up(tmp_path / "x.vigie", house)
    told = restore(tmp_path / "x.vigie", tmp_path / "fresh")
    assert {f"to do: vigie user password {name}" for name in PASSWORDS} | {"to do: vigie pin set anna"} <= set(told)
    async with running_server(tmp_path / "fresh" / "server", FakeClock()) as server:
        assert (await server.get("/api/events"))[0] == 401, "it must not be free to be tried out again"
        assert (await server.post("/api/set-up", {"name": "eve", "password": "a password of eve's"}))[0] != 201
        async with visitor_at(server) as anna:
            assert (await sign_in(anna, "anna", PASSWORDS["anna"]))[0] == 401


def test_the_manifest_says_what_is_in_it(tmp_path: Path, house: Path):
    back_up(tmp_path / "x.vigie", house, passphrase=PASSPHRASE)
    manifest = manifest_of(tmp_path / "x.vigie", tmp_path / "unpacked")
    (database,) = manifest.files
    assert (database.path, database.kind, database.schema_version) == ("server/vigie.db", "database", "0006")
    assert (manifest.layout, manifest.has_secrets) == ("house", True)
