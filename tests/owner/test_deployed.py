"""A machine that has its Vigie from `vigie deploy`: the owner's tools find everything without being told where."""

from pathlib import Path

import pytest

from vigie.owner import places


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    state, etc = tmp_path / "state", tmp_path / "etc"
    for program, name in (("agent", "events.sqlite"), ("bridge", "spool.db"), ("server", "vigie.db")):
        (state / program).mkdir(parents=True)
        (state / program / name).touch()
    etc.mkdir()
    (etc / "agent.toml").write_text('device_id = "raspberry-07"\n')
    (etc / "bridge.toml").touch()
    monkeypatch.setattr(places, "DEPLOYED", state)
    monkeypatch.setattr(places, "_ETC", etc)
    monkeypatch.chdir(tmp_path)
    return state


def test_the_data_of_every_program_is_found_and_the_pi_has_its_name(machine: Path):
    found = places.find(None, {})
    assert [(log.device_id, log.is_named) for log in found.logs] == [("raspberry-07", True)]
    assert (found.spool, found.database) == (machine / "bridge" / "spool.db", machine / "server" / "vigie.db")


def test_the_configuration_that_says_most_is_taken(tmp_path: Path):
    assert places.deployed_configuration({}) == tmp_path / "etc" / "agent.toml"
    (tmp_path / "etc" / "agent.toml").unlink()
    assert places.deployed_configuration({}) == tmp_path / "etc" / "bridge.toml"


@pytest.mark.parametrize("other", ["environment", "folder"])
def test_who_means_another_vigie_gets_that_one(tmp_path: Path, other: str):
    (tmp_path / "vigie-data").mkdir()
    environ = {"VIGIE_DATA": str(tmp_path / "vigie-data")} if other == "environment" else {}
    assert places.find(None, environ).logs == ()
    assert places.deployed_configuration(environ) is None
