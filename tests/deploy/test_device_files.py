"""A device's files on its own machine: whole or not at all, for its agent alone, with what the owner wrote."""

import grp
import os
from pathlib import Path

import pytest

from vigie.deploy import device_files
from vigie.deploy.bundle import LINE
from vigie.deploy.device_files import CannotInstall, install_files, require_room

FILES = {"agent.toml": f"ours = 2\n{LINE}# nothing yet\n".encode(), "broker.password": b"secret\n", "ca.crt": b"certificate\n"}


def modes(etc: Path) -> dict[str, str]:
    return {path.name or ".": f"{path.stat().st_mode & 0o7777:o}" for path in (etc, *etc.iterdir())}


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    return tmp_path / "etc"


def test_without_a_group_for_the_agent_they_are_the_owners_alone(etc, monkeypatch):
    monkeypatch.setattr(device_files, "_GROUPS", ("no-such-group",))
    require_room(etc)
    install_files(FILES, etc)
    assert modes(etc) == {"etc": "700", "agent.toml": "600", "broker.password": "600", "ca.crt": "600"}


def test_the_agents_group_may_read_them(etc, monkeypatch):
    group = grp.getgrgid(os.getgid())
    monkeypatch.setattr(device_files, "_GROUPS", ("no-such-group", group.gr_name))
    install_files(FILES, etc)
    assert modes(etc) == {"etc": "750", "agent.toml": "640", "broker.password": "640", "ca.crt": "640"}
    assert {path.stat().st_gid for path in (etc, *etc.iterdir())} == {group.gr_gid}


def test_a_folder_that_others_use_too_stays_open_to_them(etc):
    etc.mkdir(mode=0o755)
    (etc / "server.toml").write_text("somebody else's")
    install_files(FILES, etc)
    assert modes(etc)["etc"] == "755"
    assert (etc / "server.toml").read_text() == "somebody else's"


def test_what_the_owner_wrote_below_the_line_stays(etc):
    etc.mkdir()
    (etc / "agent.toml").write_text(f"ours = 1\n{LINE}[sensors.motion]\npin = 17\n")
    install_files(FILES, etc)
    assert (etc / "agent.toml").read_text() == f"ours = 2\n{LINE}[sensors.motion]\npin = 17\n"


def test_somebody_elses_configuration_is_left_alone_and_said_before_a_code_is_used_up(etc):
    etc.mkdir()
    (etc / "agent.toml").write_text('device_id = "mine"\n')
    for refused in (lambda: require_room(etc), lambda: install_files(FILES, etc)):
        with pytest.raises(CannotInstall, match=r"agent\.toml"):
            refused()
    assert [path.name for path in etc.iterdir()] == ["agent.toml"]
    assert (etc / "agent.toml").read_text() == 'device_id = "mine"\n'


@pytest.mark.parametrize("name", ["../passwd", ".bashrc", "site.json", "agent.toml/x"])
def test_other_names_are_refused(etc, name):
    with pytest.raises(CannotInstall, match="not a device's files"):
        install_files({**FILES, name: b""}, etc)
    assert not etc.exists()


def test_a_disk_that_takes_nothing_more_leaves_nothing_half_written(etc, monkeypatch):
    install_files(FILES, etc)
    real, written = device_files.put, []

    def full(path: Path, content: bytes, *access: int) -> bool:
        if len(written) == 2:
            raise OSError(28, "No space left on device", str(path))
        written.append(path.name)
        return real(path, content, *access)

    monkeypatch.setattr(device_files, "put", full)
    with pytest.raises(CannotInstall, match="No space left"):
        install_files({name: content + b"new" for name, content in FILES.items()}, etc)
    assert {path.name: path.read_bytes() for path in etc.iterdir()} == FILES


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotInstall, match="cannot be"):
        require_room(tmp_path / "file" / "etc")
