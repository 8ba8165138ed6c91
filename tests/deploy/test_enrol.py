"""`vigie enrol`: what it signs, for whom it does not, and that nothing of a line that it is sent is believed."""

import base64
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.raw_mqtt import Ended, Login, RawClient
from tests.deploy.sites import ASite
from vigie.agent.settings import ENV_KEYS, AgentSettings
from vigie.deploy import enrol
from vigie.deploy.bundle import ENROL_SOCKET, ROOTS_SITE, server_file
from vigie.deploy.site_record import SiteRecord, read_record
from vigie.runtime.clock import SystemClock
from vigie.runtime.config import load
from vigie.server.settings import ServerSettings
from vigie.testing.fake_clock import FakeClock

PI = "raspberry-03"


@pytest.fixture
def site(tmp_path):
    found = ASite(tmp_path / "site", "raspberry-01")
    yield found
    found.stop_broker()


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory):
    """A site that nothing may change."""
    found = ASite(tmp_path_factory.mktemp("kitchen") / "site", "raspberry-01")
    found.provision(hub=("kitchen.local", "localhost"))
    return found


def answer(folder: Path, line: bytes, clock: Any = None) -> dict[str, Any]:
    sink = io.BytesIO()
    status = enrol.run(io.BytesIO(line), sink, folder, clock or SystemClock())
    found = json.loads(sink.getvalue())
    assert sink.getvalue().count(b"\n") == 1
    assert status == ("error" in found)
    return found


def order(folder: Path, **order_: Any) -> dict[str, Any]:
    return answer(folder, json.dumps({"device": PI, **order_}).encode() + b"\n")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix not in (".log", ".lock")}


def test_a_new_pi_gets_what_provision_would_give_it_and_the_broker_lets_it_in(site, tmp_path, capsys):
    site.start_broker()
    files = order(site.folder, camera="synthetic", etc=str(tmp_path / "etc"))["files"]
    contents = {name: base64.b64decode(text) for name, text in files.items()}
    assert contents == {path.name: path.read_bytes() for path in site.bundle(PI).iterdir()}
    assert contents.keys() == {"agent.toml", "broker.password", "ca.crt", "camera.crt", "camera.key"}
    (tmp_path / "etc").mkdir()
    for name, content in contents.items():
        (tmp_path / "etc" / name).write_bytes(content)
    settings = load(AgentSettings, tmp_path / "etc" / "agent.toml", {}, ENV_KEYS)
    assert (settings.device_id, settings.broker.tls_ca) == (PI, tmp_path / "etc" / "ca.crt")
    RawClient.connect(site.tls_port, Login(PI, site.password(PI)), site.tls).close()
    said = capsys.readouterr()
    assert said.err == f"vigie enrol: {PI} is signed for\n"
    assert site.password(PI) not in said.err


def test_a_pi_that_is_there_is_replaced_only_when_that_is_asked_and_the_old_one_is_cut_off(site):
    site.provision(device_id=PI, camera="synthetic", key_switch=True, etc=Path("/etc/vigie"))
    before, old = everything(site.folder), site.password(PI)
    assert order(site.folder)["code"] == enrol.DEVICE_EXISTS
    assert everything(site.folder) == before
    site.start_broker()
    files = order(site.folder, replace=True)["files"]
    assert {"camera.crt", "mode.key"} <= files.keys(), "it is what the old one was"
    assert site.password(PI) != old
    with pytest.raises(Ended):
        RawClient.connect(site.tls_port, Login(PI, old), site.tls)


def test_a_pi_that_was_revoked_may_come_again(site):
    site.provision(device_id=PI)
    site.provision(device_id=PI, revoke=True)
    assert "files" in order(site.folder)
    assert PI not in read_record(site.folder).revoked


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "cut off"),
        (b'{"device": "raspberry-03"}', "cut off"),
        (b'{"device": "' + b"a" * 5000 + b'"}\n', "at most 4096 bytes"),
        (b"\n", "no order"),
        (b"[]\n", "no order"),
        (b"\xff\xfe\n", "no order"),
        (b"{}\n", "device: Field required"),
        (b'{"device": 3}\n', "device"),
        (b'{"device": "pi", "replace": "yes"}\n', "replace"),
        (b'{"device": "pi", "site": "/etc"}\n', "site"),
        (b'{"device": "pi", "camera": "x"}\n', "camera"),
        (b'{"device": "pi", "etc": "relative"}\n', "etc"),
        (b'{"device": "pi", "etc": "/a\\n[x]"}\n', "etc"),
        (b'{"device": "../../root"}\n', "cannot be a device"),
        (b'{"device": "A"}\n', "cannot be a device"),
        (b'{"device": "operator"}\n', "a name of Vigie's own"),
        (b'{"device": "kitchen"}\n', "what the hub is called"),
    ],
)
def test_what_is_no_order_is_refused_and_changes_nothing(kitchen, line, why):
    before = everything(kitchen.folder)
    assert why in answer(kitchen.folder, line)["error"]
    assert everything(kitchen.folder) == before


def test_where_nothing_can_be_signed_it_says_why(site, tmp_path, monkeypatch):
    assert "holds no site" in order(tmp_path / "none")["error"]
    assert not (tmp_path / "none").exists()
    in_1970 = FakeClock(now=SystemClock().now().replace(year=1970))
    assert "clock of this machine is not set" in answer(site.folder, b'{"device": "raspberry-03"}\n', in_1970)["error"]
    monkeypatch.setattr(enrol, "MAX_DEVICES", 1)
    assert "1 devices" in order(site.folder)["error"]
    (site.folder / "authority" / "ca.key").unlink()
    assert "is lost" in order(site.folder)["error"]


def test_what_else_was_due_is_in_the_journal(site, capsys):
    (site.folder / "hub" / "web.crt").unlink()
    assert "files" in order(site.folder)
    assert "new as well: web.key, web.crt; vigie deploy localhost --role hub puts them in place" in capsys.readouterr().err


@pytest.mark.parametrize(("folder", "socket"), [(ROOTS_SITE, ENROL_SOCKET), (Path("/home/anna/vigie-site"), None)])
def test_the_server_of_roots_site_alone_is_told_of_the_socket(tmp_path, folder, socket):
    record = SiteRecord(hub=("hub.local", "192.168.1.50"), broker_user="mosquitto")
    (tmp_path / "server.toml").write_text(server_file(folder / "hub", record, None, signs=folder == ROOTS_SITE))
    settings = load(ServerSettings, tmp_path / "server.toml", {}, {})
    assert (settings.enrol_socket, settings.enrol_authority) == (socket, folder / "hub" / "ca.crt")
    assert settings.enrol_hub == "hub.local"


def test_as_a_program_it_says_nothing_but_its_answer(site):
    argv = [sys.executable, "-m", "vigie", "enrol", "--site", str(site.folder)]
    done = subprocess.run(argv, input=b'{"device": "raspberry-03"}\nand more\n', capture_output=True, check=False, timeout=20)
    assert done.returncode == 0
    assert "files" in json.loads(done.stdout)
