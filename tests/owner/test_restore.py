"""`vigie restore`: nothing of what was there is lost or changed; a Pi's identity goes over to a new card."""

import os
from pathlib import Path

import pytest

from tests.owner.backups import back_up, restore, tree
from tests.owner.logs import SEVEN, minutes, write_log
from vigie.agent.log_file import read_events
from vigie.cli import FAILED, OK, main
from vigie.owner.backup.errors import BackupError
from vigie.runtime.claim import claim
from vigie.testing import FakeClock


def agent(folder: Path, device_id: str, events: int = 3) -> Path:
    write_log(folder, minutes(events))
    (folder / "agent.toml").write_text(f'device_id = "{device_id}"\n')
    return folder


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two Pis and the server's recordings."""
    for name in ("raspberry-01", "raspberry-02"):
        agent(tmp_path / "house" / "agents" / name, name)
    return tmp_path / "house"


@pytest.fixture
def backup(tmp_path: Path, house: Path) -> Path:
    back_up(tmp_path / "x.vigie", house)
    return tmp_path / "x.vigie"


def test_what_was_there_is_moved_aside_as_it_was(tmp_path: Path, house: Path, backup: Path):
    (house / "agents" / "raspberry-01" / "agent.toml").write_text("changed since")
    before = tree(house)
    told = restore(backup, house, clock=FakeClock(now=SEVEN))
    aside = tmp_path / "house.before-restore-20261123T190000Z"
    assert tree(aside) == before
    assert (house / "agents" / "raspberry-01" / "agent.toml").read_text() == 'device_id = "raspberry-01"\n'
    assert f"what was in {house} is in {aside}, as it was; delete it when all is well" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["house", aside.name, "x.vigie"]


def test_into_a_folder_that_is_not_there_or_empty(tmp_path: Path, backup: Path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "new"):
        restore(backup, folder)
        assert (folder / "agents" / "raspberry-02" / "events.sqlite").exists()
    assert not list(tmp_path.glob("*before-restore*"))


def test_a_dry_run_says_all_and_changes_nothing(tmp_path: Path, house: Path, backup: Path):
    before = tree(tmp_path)
    told = restore(backup, house, dry_run=True)
    assert any("agents/raspberry-01/events.sqlite: database" in line for line in told)
    assert told[-2:] == [f"{house} would be moved aside", "nothing was changed: this was a dry run"]
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("lock", "name"), [("up", "vigie up"), ("agents/raspberry-02/agent", "agent"), ("bridge/bridge", "bridge")]
)
def test_while_a_program_runs_on_the_folder_it_is_named(house: Path, backup: Path, lock: str, name: str):
    path = house / lock
    before = {part: data for part, data in tree(house).items() if not part.endswith(".lock")}
    with claim(path.parent, path.name), pytest.raises(BackupError, match=rf"{name} \(pid {os.getpid()}\) runs on {path.parent}"):
        restore(backup, house)
    assert {part: data for part, data in tree(house).items() if not part.endswith(".lock")} == before


def test_where_the_second_rename_fails_the_first_is_undone(tmp_path: Path, house: Path, backup: Path, monkeypatch):
    rename = Path.rename

    def fails_once(path: Path, target: Path) -> Path:
        if path.name == "fresh":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    before = tree(tmp_path)
    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(OSError, match="Input/output"):
        restore(backup, house)
    assert tree(tmp_path) == before


def test_recordings_that_are_still_there_are_kept_without_being_in_the_backup(tmp_path: Path, house: Path):
    media = house / "agents" / "raspberry-01" / "media"
    media.mkdir()
    for number in (1, 2, 3):
        (media / f"clip-{number}.ts").write_bytes(b"moving pictures" * number)
    back_up(tmp_path / "y.vigie", house)
    (media / "clip-2.ts").unlink()
    (media / "clip-3.ts").write_bytes(b"other pictures!" * 3)
    told = restore(tmp_path / "y.vigie", house)
    assert "  3 recordings: 0 in it, 1 still in the folder, 2 gone" in told
    assert [path.name for path in media.iterdir()] == ["clip-1.ts"]


def test_the_command_says_why_it_cannot(tmp_path: Path, house: Path, backup: Path, capsys: pytest.CaptureFixture[str]):
    backup.write_bytes(b"something else")
    assert main(["restore", str(backup), "--data", str(house)]) == FAILED
    assert "was not made by `vigie backup`; nothing was changed" in capsys.readouterr().err
    assert main(["restore", str(tmp_path / "none"), "--data", str(house)]) == FAILED


# A new card for a Pi


def test_a_pi_comes_back_on_a_new_card_from_its_own_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, etc = agent(tmp_path / "data", "raspberry-01"), tmp_path / "etc" / "vigie"
    (data / "agent.toml").unlink()
    etc.mkdir(parents=True)
    (etc / "mode.key").write_text("a key")
    (etc / "agent.toml").write_text(f'device_id = "raspberry-01"\ndata_dir = "{data}"\n[site]\nmode_key_file = "{etc}/mode.key"\n')
    back_up(tmp_path / "x.vigie", None, configs=[etc / "agent.toml"], passphrase="correct horse battery")
    told = restore(tmp_path / "x.vigie", tmp_path / "card", only="raspberry-01")
    assert tree(tmp_path / "card") == {"agent.toml": (etc / "agent.toml").read_bytes(), "mode.key": b"a key"}
    assert "to do: keep the old card of raspberry-01 off: two Pis under one name throw each other out" in told


def test_or_from_that_of_the_hub_that_keeps_its_files(tmp_path: Path, house: Path):
    site = tmp_path / "site"
    for name in ("raspberry-07", "raspberry-08"):
        (site / "devices" / name).mkdir(parents=True)
        (site / "devices" / name / "agent.toml").write_text(f'device_id = "{name}"\n')
        (site / "devices" / name / "mqtt.key").write_text(f"key of {name}")
    back_up(tmp_path / "x.vigie", house, configs=[site], passphrase="correct horse battery")
    restore(tmp_path / "x.vigie", tmp_path / "card", only="raspberry-07")
    assert tree(tmp_path / "card") == {"agent.toml": b'device_id = "raspberry-07"\n', "mqtt.key": b"key of raspberry-07"}


def test_of_a_provisioned_site_all_that_a_pi_was_given(tmp_path: Path, house: Path, capsys: pytest.CaptureFixture[str]):
    site = tmp_path / "site"
    for arguments in (["--hub", "hub.local"], ["raspberry-07"]):
        assert main(["provision", *arguments, "--site", str(site)]) == OK
    capsys.readouterr()
    given = tree(site / "devices" / "raspberry-07")
    back_up(tmp_path / "x.vigie", house, configs=[site], passphrase="correct horse battery")
    restore(tmp_path / "x.vigie", tmp_path / "card", only="raspberry-07")
    assert {"agent.toml", "broker.password", "ca.crt"} <= given.keys()
    assert tree(tmp_path / "card") == given
    restore(tmp_path / "x.vigie", tmp_path / "fresh")
    assert tree(tmp_path / "fresh" / "config" / "site") == {name: data for name, data in tree(site).items() if ".lock" not in name}
    back_up(tmp_path / "y.vigie", house, configs=[site])
    restore(tmp_path / "y.vigie", tmp_path / "open")
    named = sorted(tree(tmp_path / "open" / "config" / "site"))
    assert [name for name in named if not name.endswith((".toml", ".crt"))] == []


def test_a_simulated_pi_too_and_its_log_stays_out(tmp_path: Path, backup: Path):
    restore(backup, tmp_path / "card", only="raspberry-02")
    assert tree(tmp_path / "card") == {"agent.toml": b'device_id = "raspberry-02"\n'}


def test_a_pi_that_is_not_in_it_is_told_with_those_that_are(tmp_path: Path, backup: Path):
    with pytest.raises(BackupError, match="those of: raspberry-01, raspberry-02"):
        restore(backup, tmp_path / "card", only="raspberry-03")


def test_of_one_program_the_folder_is_as_that_program_has_it(tmp_path: Path):
    data = agent(tmp_path / "data", "raspberry-01")
    back_up(tmp_path / "x.vigie", data)
    assert main(["restore", str(tmp_path / "x.vigie"), "--data", str(tmp_path / "new")]) == OK
    assert sorted(tree(tmp_path / "new")) == ["agent.toml", "events.sqlite"]
    kept = [event.draft.id for event in read_events(data / "events.sqlite")]
    assert [event.draft.id for event in read_events(tmp_path / "new" / "events.sqlite")] == kept
