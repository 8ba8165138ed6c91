"""The doctor's word on the last backup: only where there is a server."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.owner.backups import back_up, restore
from tests.owner.logs import SEVEN, minutes, write_log
from vigie.owner import doctor
from vigie.owner.backup.last_backup import NOTE, backup_age
from vigie.owner.findings import Mark
from vigie.server.store.database import open_database
from vigie.testing import FakeClock


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "house" / "server").mkdir(parents=True)
    open_database(f"sqlite:///{tmp_path / 'house' / 'server' / 'vigie.db'}").dispose()
    return tmp_path / "house"


def finding(folder: Path, days: float = 0):
    (found,) = backup_age(doctor.examine(folder, None, {}, FakeClock(now=SEVEN + timedelta(days=days))))
    return found


def test_none_was_ever_made(house: Path):
    found = finding(house)
    assert (found.mark, found.seen) == (Mark.WARNING, "none was ever made of this server's history")
    assert "vigie backup FILE" in found.mend


def test_a_fresh_one_and_an_old_one(tmp_path: Path, house: Path):
    back_up(tmp_path / "x.vigie", house, FakeClock(now=SEVEN))
    assert (finding(house, 3).mark, finding(house, 3).seen) == (Mark.OK, f"made 3 days ago, into {tmp_path / 'x.vigie'}")
    assert finding(house / "server", 3).mark is Mark.OK
    assert (finding(house, 31).mark, finding(house, 31).seen) == (Mark.WARNING, f"made 31 days ago, into {tmp_path / 'x.vigie'}")


def test_a_restored_server_is_as_safe_as_its_backup_is_old(tmp_path: Path, house: Path):
    back_up(tmp_path / "x.vigie", house, FakeClock(now=SEVEN))
    restore(tmp_path / "x.vigie", tmp_path / "fresh")
    assert finding(tmp_path / "fresh", 3).seen == f"made 3 days ago, into {tmp_path / 'x.vigie'}"


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"made_at": 7, "file": "x"}', '{"made_at": "yesterday", "file": "x"}'])
def test_a_note_that_cannot_be_read_is_none(house: Path, note: str):
    (house / "server" / NOTE).write_text(note)
    assert finding(house).seen == "none was ever made of this server's history"


def test_a_pi_alone_is_not_asked(tmp_path: Path):
    write_log(tmp_path / "pi", minutes(1))
    assert list(backup_age(doctor.examine(tmp_path / "pi", None, {}, FakeClock()))) == []
