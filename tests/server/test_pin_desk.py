"""`vigie pin`: the owner at the server's machine, while the server runs and while it does not."""

import asyncio
import getpass
import io
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Server, bridge_on, running_server
from tests.server.test_pins import ANN, ANN_UNDER_DURESS, WRONG, add, alerts, set_mode
from vigie.cli import main
from vigie.testing.fake_clock import FakeClock


class Owner:
    """Types commands; `said` and `complained` are what the last one wrote."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setenv("VIGIE_DATA", str(folder))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.said = self.complained = ""

    def types(self, *words: str, pin: str = "") -> int:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(f"{pin}\nnot this\n"))
        status = main(["pin", *words])
        self.said, self.complained = self._capsys.readouterr()
        return status

    async def types_beside(self, *words: str, pin: str = "") -> int:
        """The same while a server runs in this event loop."""
        return await asyncio.to_thread(self.types, *words, pin=pin)


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Owner:
    return Owner(tmp_path / "data", monkeypatch, capsys)


async def audit(server: Server) -> list[tuple[str, str, dict[str, Any]]]:
    entries = (await server.get("/api/audit"))[1]["entries"]
    assert all(entry["origin"].startswith(("cli ", "page ")) for entry in entries)
    return [(entry["action"], entry["actor"], entry["detail"]) for entry in entries]


@pytest.mark.usefixtures("bridge")
async def test_a_running_server_notices_at_once(server: Server, owner: Owner):
    assert (await set_mode(server, "active"))[0] == 200
    assert await owner.types_beside("set", "ann", "--stdin", pin=ANN) == 0
    assert owner.said == "ann: PIN set\n"
    assert (await set_mode(server, "active"))[1]["code"] == "pin_required"
    assert (await set_mode(server, "active", ANN))[1]["changed_by"] == "ann"
    assert await owner.types_beside("set", "ann", "--duress", "--stdin", pin=ANN_UNDER_DURESS) == 0
    assert (await set_mode(server, "active", ANN_UNDER_DURESS))[0] == 200
    assert [alert["type"] for alert in await alerts(server)] == ["duress"]
    assert await owner.types_beside("remove", "ann") == 0
    assert (await set_mode(server, "active"))[0] == 200
    me = getpass.getuser()
    assert [entry for entry in await audit(server) if entry[0] != "mode"] == [
        ("person_removed", me, {"name": "ann"}),
        ("person_changed", me, {"name": "ann"}),
        ("person_added", me, {"name": "ann"}),
    ]


@pytest.mark.usefixtures("bridge")
async def test_unlocking_lets_people_try_again(server: Server, owner: Owner, clock: FakeClock):
    await add(server, "ann", ANN)
    for _ in range(12):
        await set_mode(server, "active", WRONG)
        clock.turn(24 * 3600)
    assert (await set_mode(server, "active", ANN))[0] == 429
    assert await owner.types_beside("list") == 0
    assert owner.said == "ann  since 2026-11-23\nwrong PINs in a row: 10; closed until `vigie pin unlock`\n"
    assert await owner.types_beside("unlock") == 0
    assert owner.said == "unlocked after 10 wrong PINs in a row\n"
    assert (await audit(server))[0] == ("pin_unlocked", getpass.getuser(), {"failures": 10})
    assert (await set_mode(server, "active", ANN))[0] == 200


async def test_it_works_while_no_server_runs(tmp_path: Path, owner: Owner, clock: FakeClock):
    async with running_server(tmp_path / "data", clock):
        pass
    assert await owner.types_beside("list") == 0
    assert owner.said == "nobody has a PIN: none is asked for\n"
    assert await owner.types_beside("set", "ann", "--stdin", pin=ANN) == 0
    assert await owner.types_beside("set", "ann", "--stdin", "--duress", pin=ANN_UNDER_DURESS) == 0
    assert await owner.types_beside("list") == 0
    assert owner.said.endswith("  with a duress PIN\n")
    async with running_server(tmp_path / "data", clock) as server, bridge_on(server):
        assert (await set_mode(server, "active", ANN))[0] == 200
    assert await owner.types_beside("remove", "ann") == 0
    assert owner.said == "ann: removed; nobody has a PIN now: none is asked for\n"


async def test_what_cannot_be_done_is_one_line_and_changes_nothing(server: Server, owner: Owner):
    assert (await server.get("/api/people"))[0] == 200
    assert await owner.types_beside("set", "bob", "--stdin", pin="567890") == 0
    for words, pin, word in [
        (("set", "ann", "--stdin"), "12", "4 to 12 digits"),
        (("set", "ann", "--stdin"), "１２３４", "4 to 12 digits"),
        (("set", "ann", "--stdin"), "", "4 to 12 digits"),
        (("set", "Ann Smith", "--stdin"), ANN, "no name"),
        (("set", "ann", "--duress", "--stdin"), ANN, "nobody is called 'ann'"),
        (("set", "ann", "--stdin"), "567890", "cannot be had"),
        (("set", "ann"), ANN, "--stdin"),
        (("remove", "ann"), "", "nobody is called 'ann'"),
    ]:
        assert await owner.types_beside(*words, pin=pin) == 1, words
        assert (owner.complained.count("\n"), word in owner.complained) == (1, True), owner.complained
        assert ANN not in owner.complained
    assert [person["name"] for person in (await server.get("/api/people"))[1]["people"]] == ["bob"]


def test_where_no_database_is_none_is_made(tmp_path: Path, owner: Owner):
    assert owner.types("set", "ann", "--stdin", pin=ANN) == 1
    assert "there is no database" in owner.complained
    assert not (tmp_path / "data").exists()


async def test_a_house_and_a_configured_database_are_found(tmp_path: Path, owner: Owner, clock: FakeClock):
    async with running_server(tmp_path / "house" / "server", clock):
        assert await owner.types_beside("list", "--data", str(tmp_path / "house")) == 0
        assert await owner.types_beside("list", "--data", str(tmp_path / "house" / "server")) == 0
        config = tmp_path / "server.toml"
        config.write_text(f'database_url = "{tmp_path / "house" / "server" / "vigie.db"}"\n')
        assert await owner.types_beside("list", "--config", str(config)) == 0


async def test_a_server_of_another_version_is_left_alone(server: Server, owner: Owner, tmp_path: Path):
    assert (await server.get("/api/people"))[0] == 200
    with closing(sqlite3.connect(tmp_path / "data" / "vigie.db", isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        assert await owner.types_beside("list") == 1
        assert "another version" in owner.complained
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def type_on_a_terminal(folder: Path, *lines: str) -> tuple[int, str]:
    """`vigie pin set ann` on a terminal of its own, a line at each prompt; its exit status and what the screen showed."""
    screen, terminal = os.openpty()
    command = [sys.executable, "-m", "vigie", "pin", "set", "ann", "--data", str(folder)]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True) as process:
        shown = b""
        for number, line in enumerate(lines, start=1):
            while shown.count(b": ") < number:
                shown += os.read(screen, 1000)
            os.write(screen, f"{line}\n".encode())
        status = process.wait(timeout=20)
        os.close(terminal)
        with suppress(OSError):  # all has been read
            while more := os.read(screen, 1000):
                shown += more
        os.close(screen)
    return status, shown.decode()


async def test_on_a_terminal_it_asks_twice_and_shows_nothing(tmp_path: Path, clock: FakeClock):
    async with running_server(tmp_path, clock) as server:
        status, shown = await asyncio.to_thread(type_on_a_terminal, tmp_path, ANN, "9999")
        assert (status, "two different ones" in shown) == (1, True), shown
        assert (await server.get("/api/people"))[1] == {"people": []}
        status, shown = await asyncio.to_thread(type_on_a_terminal, tmp_path, ANN, ANN)
        assert (status, "ann: PIN set" in shown, ANN in shown) == (0, True, False), shown
        assert len((await server.get("/api/people"))[1]["people"]) == 1
