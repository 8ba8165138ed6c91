"""`vigie backup`: what is in the file and what is not, whose it is, and that it is whole or not there."""

import gzip
import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.owner.backups import PASSPHRASE, back_up, manifest_of
from tests.owner.logs import minutes, write_log
from vigie.bridge.spool_file import SpoolFile
from vigie.cli import FAILED, OK, main
from vigie.owner.backup import making
from vigie.owner.backup.archive import Packer
from vigie.owner.backup.errors import BackupError
from vigie.owner.backup.redaction import NO_HASH, without_secrets
from vigie.owner.backup.sealed import SealedReader
from vigie.runtime.claim import FolderInUse, claim
from vigie.runtime.config import ConfigError
from vigie.server.store.database import open_database
from vigie.testing import FakeClock

CANARIES = (
    "canary-password",
    "canary-url",
    "canary-comment",
    "canary-token",
    "canary-key",
    "canary-hash",
    "canary-pin",
    "canary-session",
)
AGENT_TOML = """\
device_id = "raspberry-01"
[broker]
url = "mqtts://ann:canary-url@broker"
password = "canary-password"  # not "canary-comment"
# password = "canary-comment"
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole house with a secret in every place that has room for one."""
    folder = tmp_path_factory.mktemp("template") / "house"
    agent, server, bridge = folder / "agents" / "raspberry-01", folder / "server", folder / "bridge"
    write_log(agent, minutes(5))
    (agent / "agent.toml").write_text(AGENT_TOML)
    (agent / "agent.last-good.toml").write_text(AGENT_TOML)
    (agent / "camera.token").write_text("canary-token")
    for path in (server / "recordings", server / "stills", bridge, folder / "secrets"):
        path.mkdir(parents=True)
    (folder / "secrets" / "ingest.token").write_text("canary-token")
    (folder / "house.json").write_text('{"MQTT_BROKER": "mqtt://ann:canary-url@broker"}')
    (folder / "up.lock").touch()
    (server / "set-up-link").write_text("canary-token")
    (server / "recordings" / "clip-1.mp4").write_bytes(b"moving pictures" * 1000)
    (server / "recordings" / "clip-2.ts.part").write_bytes(b"half")
    (bridge / "bridge-mode.json").write_text("{}")
    SpoolFile(bridge / "spool.db").close()
    open_database(f"sqlite:///{server / 'vigie.db'}").dispose()
    with closing(sqlite3.connect(server / "vigie.db", isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete = OFF")  # as most builds of SQLite have it, but not Debian's
        db.execute("BEGIN")
        db.execute("INSERT INTO users VALUES ('ann', 'admin', 'canary-hash', 1)")
        db.execute("INSERT INTO people VALUES ('ann', 'canary-pin', NULL, 1)")
        db.execute("INSERT INTO tokens VALUES ('bridge', 'ingest', 'canary-hash', 1, 'ann', NULL)")
        db.execute("INSERT INTO sessions VALUES (1, 'canary-session', 'ann', 1, 1, '::1', 'x')")
        # In a page that is free now, where a deleted row still stands.
        db.executemany(
            "INSERT INTO tokens VALUES (?, 'ingest', ?, 1, 'ann', NULL)", [(f"t{n}", f"canary-key{n}") for n in range(500)]
        )
        db.execute("COMMIT")
        db.execute("DELETE FROM tokens WHERE name <> 'bridge'")
    return folder


@pytest.fixture
def house(tmp_path: Path, template: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "house"))


def content(file: Path, passphrase: str | None = None) -> bytes:
    """All that is in it, uncompressed."""
    with file.open("rb") as raw:
        if passphrase is None:
            return gzip.decompress(raw.read())
        reader = SealedReader(raw, passphrase)
        return gzip.decompress(b"".join(iter(lambda: reader.read(1 << 20), b"")))


def test_no_secret_is_in_a_backup_without_a_passphrase(tmp_path: Path, house: Path):
    everything = b"".join(path.read_bytes() for path in house.rglob("*") if path.is_file())
    assert [canary for canary in CANARIES if canary.encode() not in everything] == []
    back_up(tmp_path / "x.vigie", house)
    found = content(tmp_path / "x.vigie")
    assert [canary for canary in CANARIES if canary.encode() in found] == []
    manifest = manifest_of(tmp_path / "x.vigie", tmp_path / "unpacked")
    assert sorted(left for left in manifest.left_out if "token" in left) == [
        f"{house}/agents/raspberry-01/agent.toml: the passwords and tokens in it",
        f"{house}/agents/raspberry-01/camera.token (a secret)",
        f"{house}/secrets/ingest.token (a secret)",
    ]
    with closing(sqlite3.connect(tmp_path / "unpacked" / "server" / "vigie.db")) as db:
        assert db.execute("SELECT name, password_hash FROM users").fetchall() == [("ann", NO_HASH)]
        assert db.execute("SELECT name, pin_hash, duress_hash FROM people").fetchall() == [("ann", NO_HASH, None)]


def test_with_one_all_of_it_is_in_and_none_of_it_to_be_seen(tmp_path: Path, house: Path):
    back_up(tmp_path / "x.vigie", house, passphrase=PASSPHRASE)
    raw, found = (tmp_path / "x.vigie").read_bytes(), content(tmp_path / "x.vigie", PASSPHRASE)
    assert [canary for canary in (*CANARIES, "raspberry-01", "motion") if canary.encode() in raw] == []
    for canary in ("canary-password", "canary-url", "canary-token", "canary-hash", "canary-pin"):
        assert canary.encode() in found, canary
    assert b"canary-session" not in found, "nobody stays signed in by a backup"


def test_what_is_in_it(tmp_path: Path, house: Path):
    back_up(tmp_path / "x.vigie", house, passphrase=PASSPHRASE)
    manifest = manifest_of(tmp_path / "x.vigie", tmp_path / "unpacked")
    assert {entry.path: entry.is_packed for entry in manifest.files} == {
        "server/vigie.db": True,
        "bridge/spool.db": True,
        "agents/raspberry-01/events.sqlite": True,
        "agents/raspberry-01/agent.toml": True,
        "agents/raspberry-01/camera.token": True,
        "house/secrets/ingest.token": True,
        "bridge/bridge-mode.json": True,
        "server/recordings/clip-1.mp4": False,
    }
    assert manifest.devices == ("raspberry-01",)


def test_recordings_where_they_are_asked_for(tmp_path: Path, house: Path):
    back_up(tmp_path / "x.vigie", house, with_recordings=True)
    manifest_of(tmp_path / "x.vigie", tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / "server" / "recordings" / "clip-1.mp4").read_bytes() == b"moving pictures" * 1000


def test_the_file_is_its_owners_alone_and_is_not_written_over(tmp_path: Path, house: Path):
    file = tmp_path / "x.vigie"
    back_up(file, house)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = file.read_bytes()
    with pytest.raises(BackupError, match="--force"):
        back_up(file, house)
    assert file.read_bytes() == first
    back_up(file, house, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["house", "x.vigie"]


def test_it_is_whole_or_not_there(tmp_path: Path, house: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(_packer: Packer) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Packer, "close", fails)
    with pytest.raises(OSError, match="No space left"):
        back_up(tmp_path / "x.vigie", house)
    assert [path.name for path in tmp_path.iterdir()] == ["house"]
    assert not list(house.glob(".backup-*"))


def test_what_a_killed_one_has_left_is_swept_away(tmp_path: Path, house: Path):
    (house / ".backup-old").mkdir()
    (house / ".backup-old" / "copy.db").write_bytes(b"half")
    (tmp_path / ".x.vigie.making").write_bytes(b"half")
    back_up(tmp_path / "x.vigie", house)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["house", "x.vigie"]
    assert not list(house.glob(".backup-*"))


def test_a_database_that_cannot_be_copied_does_not_keep_the_rest_out(
    tmp_path: Path, house: Path, capsys: pytest.CaptureFixture[str]
):
    log = house / "agents" / "raspberry-01" / "events.sqlite"
    log.write_bytes(b"\xff" * 8000)
    assert main(["backup", str(tmp_path / "x.vigie"), "--data", str(house)]) == FAILED
    assert f"not in it: {log}: IT CANNOT BE COPIED" in capsys.readouterr().out
    assert "server/vigie.db" in {entry.path for entry in manifest_of(tmp_path / "x.vigie", tmp_path / "unpacked").files}


def test_one_at_a_time(tmp_path: Path, house: Path):
    with claim(house, "backup"), pytest.raises(FolderInUse):
        back_up(tmp_path / "x.vigie", house)


def test_a_folder_without_anything(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no data of Vigie"):
        back_up(tmp_path / "x.vigie", tmp_path / "empty")


def test_the_command_says_what_it_did_and_notes_it(tmp_path: Path, house: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setattr(os, "nice", lambda _by: 0)
    assert main(["backup", str(tmp_path / "x.vigie"), "--data", str(house)]) == OK
    told = capsys.readouterr().out
    assert "no secrets in it" in told
    assert "vigie user password NAME" in told
    assert json.loads((house / "server" / "last-backup.json").read_text())["file"] == str(tmp_path / "x.vigie")


def test_a_short_passphrase_is_not_taken(tmp_path: Path, house: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setattr("sys.stdin.readline", lambda: "too short\n", raising=False)
    assert main(["backup", str(tmp_path / "x.vigie"), "--data", str(house), "--passphrase-stdin"]) == FAILED
    assert "12 at least" in capsys.readouterr().err
    assert not (tmp_path / "x.vigie").exists()


def test_a_copy_while_its_program_starts_is_made_again(tmp_path: Path, house: Path, monkeypatch: pytest.MonkeyPatch):
    from vigie.owner.backup import copying

    states = iter([(1, 1), (2, 1), (2, 1), (2, 1)])
    monkeypatch.setattr(copying, "_state", lambda _path: next(states))
    copying.copy_database(house / "server" / "vigie.db", tmp_path / "copy.db")
    assert list(states) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('password = "a#b"', 'password = "left-out-of-the-backup"'),
        ("backend_token = 'x-y-z'", 'backend_token = "left-out-of-the-backup"'),
        ('broker = { url = "h", password = "x\\"y" }', 'broker = { url = "h", password = "left-out-of-the-backup" }'),
        ('url = "mqtt://ann:pass@host"', 'url = "mqtt://ann:left-out-of-the-backup@host"'),
        ('backend_token_file = "/etc/t"', 'backend_token_file = "/etc/t"'),
        ('password = """\nlong\n"""', None),
        ('url = "mqtt://ann:p\\u0061ss@host"', 'url = "mqtt://ann:left-out-of-the-backup@host"'),
        ('"pass\\u0077ord" = "sesame"', None),
        ("no toml", None),
    ],
)
def test_secrets_of_a_configuration(text: str, shown: str | None):
    assert without_secrets(text) == shown


def test_an_error_of_the_folder_is_told_in_one_line(tmp_path: Path, house: Path, capsys: pytest.CaptureFixture[str]):
    assert making.run(making.Wanted(target=tmp_path / "missing" / "x.vigie", data=house), {}, FakeClock()) == FAILED
    assert "no backup was made" in capsys.readouterr().err


def test_a_server_with_its_database_elsewhere_has_its_recordings_in_its_data_folder(tmp_path: Path, house: Path):
    """As its configuration says, which is all that is named."""
    elsewhere = tmp_path / "fast-disk"
    elsewhere.mkdir()
    (house / "server" / "vigie.db").rename(elsewhere / "history.db")
    config = tmp_path / "server.toml"
    config.write_text(f'data_dir = "{house / "server"}"\ndatabase_url = "{elsewhere / "history.db"}"\n')
    back_up(tmp_path / "x.vigie", None, configs=[config])
    manifest = manifest_of(tmp_path / "x.vigie", tmp_path / "unpacked")
    named = {"server/vigie.db", "server/recordings/clip-1.mp4", "config/server.toml"}
    assert {entry.path for entry in manifest.files} == named
    config.write_text('database_url = "postgresql+psycopg://ann:canary@db/vigie"\n')
    back_up(tmp_path / "y.vigie", None, configs=[config], environ={"VIGIE_DATA": str(house)})
    assert b"canary" not in content(tmp_path / "y.vigie")
    told = manifest_of(tmp_path / "y.vigie", tmp_path / "unpacked-2").left_out
    assert "the history in the database server of DATABASE_URL: use its own tools, e.g. pg_dump" in told
