"""Archives that were made to do harm: refused, with the folder and all around it as it was."""

import gzip
import json
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.owner.backups import PASSPHRASE, back_up, entry, restore, tree, write_archive
from tests.owner.logs import minutes, write_log
from vigie.owner.backup.errors import BackupError, NoBackup
from vigie.owner.backup.manifest import read_manifest
from vigie.owner.backup.reading import unpack

TOML = {"agents/raspberry-01/agent.toml": b'device_id = "raspberry-01"\n'}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "house"
    write_log(made / "agents" / "raspberry-01", minutes(3))
    return made


@pytest.fixture
def unharmed(tmp_path, folder):
    """Afterwards nothing is there but what was, and the hostile file."""
    before = tree(tmp_path)
    yield
    after = tree(tmp_path)
    assert {path: data for path, data in after.items() if not path.endswith(".vigie")} == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".vigie") == ["house"]


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size, made.linkname = kind, size, target
    return made


@pytest.mark.parametrize(
    "odd",
    [
        member("../out"),
        member("/etc/cron.d/x"),
        member("server/../../out"),
        member("agents/./x"),
        member(".hidden"),
        member("server/x\ny"),
        member("server//x"),
        member("agents/raspberry-01/agent.toml"),
        member("server/link", tarfile.SYMTYPE, target="/etc"),
        member("server/link", tarfile.LNKTYPE, target="agents/raspberry-01/agent.toml"),
        member("server/dev", tarfile.CHRTYPE),
        member("server/pipe", tarfile.FIFOTYPE),
        member("server", tarfile.DIRTYPE),
        member("server/" + "x" * 200),
        member("agents/raspberry-01/agent.toml/x"),
        member("server/not-in-the-manifest"),
    ],
    ids=lambda odd: f"{odd.name[:20]!r}-{odd.type.decode()}",
)
def test_a_member_that_is_no_plain_file_of_the_manifest(tmp_path, folder, unharmed, odd):
    file = write_archive(tmp_path / "x.vigie", TOML, odd)
    with pytest.raises(NoBackup, match=r"no plain file|twice|as a file and as a folder|not as its manifest says"):
        restore(file, folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"files": []},
        {"files": [entry("agents/raspberry-01/agent.toml", b"other")]},
        {"files": [entry("agents/raspberry-01/agent.toml", TOML["agents/raspberry-01/agent.toml"]), entry("server/x", b"")]},
        {"files": [entry("../x", b"", is_packed=False)]},
        {"files": [entry("nobody/x", b"")]},
        {"files": "none"},
        {"format": "one"},
        {"made_at": "yesterday"},
    ],
)
def test_a_manifest_that_does_not_fit(tmp_path, folder, unharmed, changes):
    with pytest.raises(NoBackup, match="manifest"):
        restore(write_archive(tmp_path / "x.vigie", TOML, **changes), folder)


def test_a_later_format_is_named(tmp_path, folder, unharmed):
    with pytest.raises(NoBackup, match="later version of Vigie has made it"):
        restore(write_archive(tmp_path / "x.vigie", TOML, format=2, files={"in": "another shape"}), folder)


def test_a_bomb_is_refused_by_what_it_says_of_its_size(tmp_path, folder, unharmed):
    bomb = member("server/bomb", size=10**15)
    with gzip.open(tmp_path / "x.vigie", "wb") as stream:
        stream.write(bomb.tobuf(tarfile.GNU_FORMAT))
        stream.write(b"\0" * 1_000_000)
    with pytest.raises(BackupError, match="no room"):
        restore(tmp_path / "x.vigie", folder)


def test_a_header_that_asks_for_all_memory_is_no_file(tmp_path, folder, unharmed):
    with gzip.open(tmp_path / "x.vigie", "wb") as stream:
        stream.write(member("long", tarfile.GNUTYPE_LONGNAME, size=2**40).tobuf(tarfile.GNU_FORMAT))
    with pytest.raises(NoBackup, match="no plain file"):
        restore(tmp_path / "x.vigie", folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"VIGIE-SEALED-1\n", b"\x1f\x8b", gzip.compress(b""), gzip.compress(b"x" * 5000)],
    ids=["empty", "zip", "sealed", "gzip", "empty gzip", "gzip of letters"],
)
def test_other_files(tmp_path, folder, unharmed, content):
    (tmp_path / "x.vigie").write_bytes(content)
    with pytest.raises(NoBackup):
        restore(tmp_path / "x.vigie", folder)


def unpacked(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    folder = Path(mkdtemp(dir=file.parent / "unpacked"))
    unpack(file, folder, lambda: PASSPHRASE)
    return folder


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_whatever_is_cut_off_or_flipped(tmp_path, folder, passphrase):
    file = tmp_path / "x.vigie"
    back_up(file, folder, passphrase=passphrase)
    (tmp_path / "unpacked").mkdir()
    whole, before = file.read_bytes(), tree(folder)
    for part in range(1, 12, 1 if passphrase is None else 4):  # a passphrase takes its time
        file.write_bytes(whole[: len(whole) * part // 12])
        with pytest.raises(NoBackup):
            restore(file, folder)
    content = tree(unpacked(file, whole))
    for part in range(12, 24, 1 if passphrase is None else 4):
        at = len(whole) * part // 24
        flipped = whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]
        try:
            found = tree(unpacked(file, flipped))
        except NoBackup:
            continue
        # There are several ways to compress one content: a bit that changes but the way is no harm.
        assert (found, passphrase) == (content, None)
    file.write_bytes(whole + b"more")
    with pytest.raises(NoBackup):
        restore(file, folder)
    assert tree(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["house", "unpacked", "x.vigie"]


def test_a_wrong_passphrase_changes_nothing(tmp_path, folder):
    back_up(tmp_path / "x.vigie", folder, passphrase=PASSPHRASE)
    before = tree(tmp_path)
    with pytest.raises(NoBackup, match="does not open it"):
        restore(tmp_path / "x.vigie", folder, "another one")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("change", ["PRAGMA user_version = 99", None])
def test_a_database_that_is_newer_or_damaged(tmp_path, folder, unharmed, change):
    log = tmp_path / "log.vigie"
    shutil.copy(folder / "agents" / "raspberry-01" / "events.sqlite", log)
    if change:
        with closing(sqlite3.connect(log)) as db:
            db.execute(change)
    else:
        log.write_bytes(log.read_bytes()[:5000] + b"\xff" * 3000 + log.read_bytes()[8000:])
    path, data = "agents/raspberry-01/events.sqlite", log.read_bytes()
    file = write_archive(tmp_path / "x.vigie", {path: data}, files=[entry(path, data, kind="database")])
    with pytest.raises(BackupError, match="later version of Vigie" if change else "damaged"):
        restore(file, folder)


def test_a_manifest_of_one_program_names_no_other():
    files = [entry("server/x", b""), entry("bridge/x", b"")]
    text = {
        "format": 1,
        "vigie": "1",
        "made_at": "2026-11-29T12:00:00Z",
        "host": "",
        "layout": "program",
        "has_secrets": False,
        "files": files,
    }
    with pytest.raises(NoBackup, match="of one program"):
        read_manifest(json.dumps(text).encode())
