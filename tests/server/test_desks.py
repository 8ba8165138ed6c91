"""`vigie user` and `vigie token` as they are typed, beside a running server and without one."""

import asyncio
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.access import PASSWORDS, peopled, sign_in, visitor_at
from tests.server.running import running_server
from vigie import cli
from vigie.testing.fake_clock import FakeClock

NEW = "quite another long one"


class Owner:
    """Types on the server's machine; `said` and `complained` are of the last command."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.said = self.complained = ""

    async def types(self, *arguments: str, stdin: str = "") -> int:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        status = await asyncio.to_thread(cli.main, [*arguments, "--data", str(self._folder)])
        self.said, self.complained = self._capsys.readouterr()
        return status


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Owner:
    return Owner(tmp_path, monkeypatch, capsys)


async def test_an_owner_who_has_forgotten_the_password_gets_in_again(tmp_path: Path, clock: FakeClock, owner: Owner):
    async with peopled(tmp_path, clock) as site:
        assert await owner.types("user", "password", "anna", "--password-stdin", stdin=f"{NEW}\n") == 0
        async with visitor_at(site.server) as anna:
            assert (await sign_in(anna, "anna"))[0] == 401
            assert (await sign_in(anna, "anna", NEW))[0] == 200
            assert (await site.people["anna"].get("/api/users"))[0] == 401, "signed out everywhere"
            entries = (await anna.get("/api/audit"))[1]["entries"]
        changed = next(entry for entry in entries if entry["action"] == "password_changed")
        assert re.match(r"cli \S", changed["origin"])
        assert NEW not in owner.said + owner.complained


async def test_accounts_are_made_listed_changed_and_removed(tmp_path: Path, clock: FakeClock, owner: Owner):
    async with running_server(tmp_path, clock) as server:
        add = ("user", "add", "anna", "--role", "admin", "--password-stdin")
        assert await owner.types("user", "list") == 0
        assert owner.said == "nobody has an account\n"
        assert await owner.types(*add, stdin="short\n") == 1
        assert "12 are needed" in owner.complained
        assert await owner.types(*add, stdin=f"{PASSWORDS['anna']}\n") == 0
        assert await owner.types(*add, stdin=f"{PASSWORDS['anna']}\n") == 1
        assert "has an account already" in owner.complained
        assert (await server.get("/api/events"))[0] == 401, "the server is locked while it runs"
        assert await owner.types("user", "role", "anna", "viewer") == 1
        assert await owner.types("user", "remove", "anna") == 1
        assert "the only admin" in owner.complained
        assert await owner.types("user", "add", "otto", "--role", "admin", "--password-stdin", stdin=f"{NEW}\n") == 0
        assert await owner.types("user", "role", "anna", "viewer") == 0
        assert await owner.types("user", "list") == 0
        assert [line.split()[:2] for line in owner.said.splitlines()] == [["anna", "viewer"], ["otto", "admin"]]
        assert await owner.types("user", "remove", "anna") == 0
        assert await owner.types("user", "remove", "anna") == 1
        assert await owner.types("user", "add", "No Name", "--role", "viewer", "--password-stdin", stdin=f"{NEW}\n") == 1
        assert "is no name" in owner.complained


async def test_a_token_is_printed_alone_and_revoked(tmp_path: Path, clock: FakeClock, owner: Owner):
    async with peopled(tmp_path, clock) as site:
        assert await owner.types("token", "add", "bridge") == 0
        secret = owner.said.strip()
        bridge = await site.stranger(Authorization=f"Bearer {secret}")
        assert (await bridge.get("/api/ledger"))[0] == 200
        assert (await bridge.get("/api/events"))[0] == 403
        kept = tmp_path / "other.token"
        assert await owner.types("token", "add", "other", "--file", str(kept)) == 0
        assert (kept.stat().st_mode & 0o777, kept.read_text().strip() in owner.said) == (0o600, False)
        assert await owner.types("token", "add", "third", "--file", str(kept)) == 1
        assert "no token was made" in owner.complained
        assert await owner.types("token", "revoke", "other") == 0
        assert await owner.types("token", "list") == 0
        assert owner.said.startswith("bridge  ingest  since 2026-11-2")
        assert secret not in owner.said
        assert await owner.types("token", "revoke", "bridge") == 0
        assert (await bridge.get("/api/ledger"))[0] == 401
        assert await owner.types("token", "revoke", "bridge") == 1


async def test_without_a_server_it_says_where_it_looked(owner: Owner, tmp_path: Path):
    assert await owner.types("user", "list") == 1
    assert str(tmp_path) in owner.complained


def test_a_password_is_never_an_argument():
    shown = subprocess.run(
        [sys.executable, "-m", "vigie", "user", "add", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "--password-stdin" in shown
    assert "--password " not in shown
