"""`vigie provision`: who is taken in, who is put out, and that nothing else changes."""

import asyncio
import json
import time
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.deploy.raw_mqtt import Ended, Login, RawClient
from tests.deploy.sites import HUB, ASite
from tests.processes import listening_addresses
from tests.waiting import wait_until
from vigie.agent.settings import ENV_KEYS, AgentSettings
from vigie.bridge.settings import ENV_KEYS as BRIDGE_ENV
from vigie.bridge.settings import BridgeSettings
from vigie.cli import main
from vigie.deploy.provision import Wish, run
from vigie.deploy.site_mode import read_or_set
from vigie.owner.doctor import examine
from vigie.owner.findings import Mark
from vigie.owner.network_checks import broker as check_broker
from vigie.runtime.clock import SystemClock
from vigie.runtime.config import load
from vigie.runtime.mode_keys import read_key
from vigie.testing.fake_clock import FakeClock

PI, OTHER = "raspberry-01", "raspberry-02"
STOCK = """pid_file /run/mosquitto/mosquitto.pid
persistence true
persistence_location {folder}/
log_dest file {folder}/mosquitto.log
include_dir {folder}/conf.d
"""
"""Debian 12's."""


@pytest.fixture
def site(tmp_path):
    found = ASite(tmp_path / "site", PI)
    yield found
    found.stop_broker()


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def agent_settings(site: ASite, device_id: str = PI) -> AgentSettings:
    return load(AgentSettings, site.bundle(device_id) / "agent.toml", {}, ENV_KEYS)


def let_in(site: ASite, user: str, password: str | None = None) -> RawClient | None:
    try:
        return RawClient.connect(site.tls_port, Login(user, password or site.password(user)), site.tls)
    except Ended:
        return None


def is_let_in(site: ASite, user: str, password: str | None = None) -> bool:
    client = let_in(site, user, password)
    if client is not None:
        client.close()
    return client is not None


def test_a_second_run_changes_nothing_and_says_so(site, capsys):
    before = everything(site.folder)
    capsys.readouterr()
    assert site.provision(device_id=PI) == 0
    assert capsys.readouterr().out == "nothing has changed\n"
    assert everything(site.folder) == before


def test_what_is_secret_is_readable_for_its_user_alone(site):
    site.provision(device_id=PI, camera="synthetic", key_switch=True)
    modes = {name: found[0] & 0o777 for name, found in everything(site.folder).items()}
    secrets = {name for name in modes if name.endswith((".password", ".key"))} - {"broker/server.key"}
    assert len(secrets) == 10
    assert {modes[name] for name in secrets} == {0o600}
    assert {modes[f"broker/{name}"] for name in ("server.key", "passwd", "acl", "mosquitto.conf")} == {0o640}
    folders = {path.name: path.stat().st_mode & 0o777 for path in site.folder.iterdir() if path.is_dir()}
    assert {folders["authority"], folders["hub"], site.bundle(PI).stat().st_mode & 0o777} == {0o700}
    assert folders["broker"] == 0o750


def test_no_secret_is_printed(site, capsys):
    site.provision(device_id=PI, rotate=True, camera="synthetic", key_switch=True)
    site.provision(device_id=PI, boot_file=site.folder / "user-data")
    site.provision()
    printed = "".join(capsys.readouterr())
    secrets = [path.read_text().strip() for path in site.folder.rglob("*") if path.suffix in {".password", ".key"}]
    assert len(secrets) > 5
    assert [secret for secret in secrets if secret in printed] == []


@pytest.mark.parametrize(
    "name", ["bridge", "operator", "provision", "doctor", "+", "a/b", "Raspberry", "", "a" * 33, "tool.x", "x\n"]
)
def test_a_name_that_cannot_be_a_device_is_a_wrong_argument(site, name, capsys):
    before = everything(site.folder)
    assert main(["provision", name, "--site", str(site.folder)]) == 2
    assert capsys.readouterr().err.startswith("vigie provision: DEVICE: ")
    assert everything(site.folder) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["raspberry-01"], "--hub"),
        (["raspberry-01", "--hub", "a b"], "--hub"),
        (["raspberry-01", "--hub", "hub.local,"], "--hub"),
        (["raspberry-01", "--hub", "hub.local", "--listen", "here\nallow_anonymous true"], "--listen"),
        (["raspberry-01", "--hub", "hub.local", "--broker-user", "a b"], "--broker-user"),
        (["--rotate"], "of which DEVICE"),
        (["raspberry-01", "--revoke", "--camera", "v4l2"], "--revoke"),
    ],
)
def test_a_wrong_wish_is_said_and_nothing_is_made(tmp_path, arguments, said, capsys):
    try:
        status = main(["provision", *arguments, "--site", str(tmp_path / "site")])
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "site" / "site.json").exists()


def test_the_files_of_a_pi_are_a_configuration_that_its_agent_reads(site):
    site.provision(device_id=PI, camera="synthetic", key_switch=True)
    settings = agent_settings(site)
    assert (settings.device_id, settings.broker.username, settings.broker.host) == (PI, PI, HUB)
    assert settings.broker.uses_tls
    assert settings.camera is not None
    assert settings.camera.tls_certificate == site.bundle(PI).absolute() / "camera.crt"
    assert set(settings.site.mode_writers) == {"server", "operator", PI}
    assert read_key(settings.site.mode_key_file).public == settings.site.mode_writers[PI]


def test_the_hub_has_a_bridge_that_verifies_and_a_server_that_signs(site):
    settings = load(BridgeSettings, site.folder / "hub" / "bridge.toml", {}, BRIDGE_ENV)
    assert (settings.broker.host, settings.broker.port, settings.broker.username) == ("127.0.0.1", site.local_port, "bridge")
    assert settings.pis_tls() is not None
    key = read_key(site.folder / "hub" / "server-mode.key")
    assert key.public == settings.site.mode_writers["server"]


def test_what_the_owner_writes_below_the_line_stays(site):
    path = site.bundle(PI) / "agent.toml"
    path.write_text(path.read_text() + '\n[sensors.motion-garden]\nkind = "motion"\npin = 23\n')
    site.provision(device_id=OTHER, key_switch=True)
    settings = agent_settings(site)
    assert settings.sensors["motion-garden"].pin == 23
    assert OTHER in settings.site.mode_writers


def test_a_camera_of_the_owners_own_is_not_changed_but_said(site, capsys):
    path = site.bundle(PI) / "agent.toml"
    path.write_text(path.read_text() + '\n[camera]\nsource = "v4l2"\n')
    before = path.read_text()
    site.provision(device_id=PI, camera="v4l2")
    assert "tls_certificate = " in capsys.readouterr().out
    assert path.read_text() == before


def test_a_file_without_the_line_is_not_written_over(site, capsys):
    path = site.bundle(PI) / "agent.toml"
    path.write_text('device_id = "raspberry-01"\n')
    assert site.provision(device_id=PI) == 1
    assert str(path) in capsys.readouterr().err
    assert path.read_text() == 'device_id = "raspberry-01"\n'


def test_a_revoked_pi_is_cut_off_at_once_and_leaves_nothing(site, capsys):
    site.start_broker()
    site.provision(device_id=OTHER)
    stolen, password = let_in(site, PI), site.password(PI)
    for topic in (f"status/{PI}", f"states/{PI}/media", f"states/{PI}/servo"):
        stolen.publish(topic, b"kept", retain=True)
    assert stolen.is_through()
    began = time.monotonic()
    assert site.provision(device_id=PI, revoke=True) == 0
    assert not stolen.is_through()
    assert time.monotonic() - began < 5.0
    stolen.close()
    assert not is_let_in(site, PI, password)
    assert not is_let_in(site, f"tool.{PI}", password)
    assert not site.bundle(PI).exists()
    with_ears = RawClient.connect(site.local_port, Login("bridge", site.password("bridge")))
    with_ears.subscribe("#")
    assert with_ears.messages == []
    with_ears.close()
    assert is_let_in(site, OTHER)


def test_a_revoked_pi_with_a_key_switch_sets_no_mode_any_more(site):
    site.provision(device_id=OTHER, key_switch=True)
    key = read_key(site.bundle(OTHER) / "mode.key")
    site.provision(device_id=OTHER, revoke=True)
    assert key.public not in agent_settings(site).site.mode_writers.values()


def test_a_revoked_name_may_be_taken_in_again_with_other_secrets(site):
    old = site.password(PI)
    site.provision(device_id=PI, revoke=True)
    assert site.provision(device_id=PI) == 0
    assert site.password(PI) != old


def test_rotation_puts_the_old_password_out_and_takes_the_new_one(site):
    site.start_broker()
    old, connection = site.password(PI), let_in(site, PI)
    site.provision(device_id=PI, rotate=True)
    wait_until(lambda: not connection.is_through(), "the old one is cut off", within_s=5)
    connection.close()
    assert not is_let_in(site, PI, old)
    assert is_let_in(site, PI)


@pytest.mark.parametrize("wish", ["rotate", "revoke"])
def test_a_misspelt_name_is_not_taken_in_by_the_way(site, wish, capsys):
    assert site.provision(device_id="raspberry-10", **{wish: True}) == 1
    assert "this site has raspberry-01" in capsys.readouterr().err
    assert not site.bundle("raspberry-10").exists()


def test_rotation_of_the_hub_leaves_the_pis_alone(site):
    site.start_broker()
    pi, old = let_in(site, PI), site.password("bridge")
    before = everything(site.folder / "devices")
    site.provision(rotate_hub=True)
    wait_until(lambda: not is_let_in(site, "bridge", old), "the old password is out", within_s=5)
    assert pi.is_through()
    pi.close()
    assert everything(site.folder / "devices") == before
    assert is_let_in(site, "bridge")
    assert is_let_in(site, PI)  # by the broker's new certificate, which it has read again


def test_doctor_and_mode_do_not_throw_out_who_runs_beside_them(site):
    site.start_broker()
    clock = SystemClock()
    running = {user: let_in(site, user) for user in (PI, "bridge")}
    for configuration in (site.bundle(PI) / "agent.toml", site.folder / "hub" / "bridge.toml"):
        examined = examine(site.folder, configuration, {}, clock)
        assert [finding.mark for finding in check_broker(examined)] == [Mark.OK]
        asyncio.run(read_or_set(examined.broker.for_tools(), None, clock))
    assert all(client.is_through() for client in running.values())
    for client in running.values():
        client.close()


def test_what_debian_has_set_up_before_does_not_matter(site, tmp_path):
    """Its persistence and whatever somebody has put into conf.d would open other listeners, or keep the broker from starting."""
    stock = tmp_path / "etc" / "mosquitto.conf"
    (stock.parent / "conf.d").mkdir(parents=True)
    (stock.parent / "conf.d" / "open.conf").write_text("listener 1884\nallow_anonymous true\n")
    stock.write_text(STOCK.format(folder=stock.parent))
    for _ in range(2):
        assert site.provision(install_broker=stock) == 0
    assert stock.with_name("mosquitto.conf.before-vigie").read_text() == STOCK.format(folder=stock.parent)
    site.start_broker(stock)
    expected = {f"127.0.0.1:{site.local_port}", f"127.0.0.1:{site.tls_port}"}
    assert set(listening_addresses(site.pid)) == expected
    with pytest.raises(Ended):
        RawClient.connect(site.local_port, Login(None, None))
    assert is_let_in(site, PI)


def test_a_broker_that_is_not_installed_is_said(site, tmp_path, capsys):
    assert site.provision(install_broker=tmp_path / "none" / "mosquitto.conf") == 1
    assert "apt install mosquitto" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_broker_that_could_not_be_told_is_told_by_the_next_run(site):
    site.start_broker()
    pid = site.folder / "broker" / "mosquitto.pid"
    hidden = pid.rename(pid.with_suffix(".away"))
    site.provision(device_id=OTHER)
    assert not is_let_in(site, OTHER)
    hidden.rename(pid)
    site.provision(device_id=OTHER)
    wait_until(lambda: is_let_in(site, OTHER), "the broker has read it")


def test_a_run_that_was_ended_half_way_is_made_whole_by_the_next(site):
    (site.bundle(PI) / "broker.password").write_text("half-a-rotation\n")
    (site.folder / "broker" / "passwd").unlink()
    (site.folder / "hub" / "web.crt").unlink()
    assert site.provision() == 0
    site.start_broker()
    assert is_let_in(site, PI)
    assert (site.folder / "hub" / "web.crt").exists()


def test_files_that_were_carried_away_are_not_needed_here(site, capsys):
    password = site.password(PI)
    for path in site.bundle(PI).iterdir():
        path.unlink()
    site.bundle(PI).rmdir()
    assert site.provision(device_id=OTHER) == 0
    site.start_broker()
    assert is_let_in(site, PI, password)
    assert site.provision(device_id=PI, camera="v4l2") == 1
    assert "--rotate" in capsys.readouterr().err
    assert site.provision(device_id=PI, rotate=True) == 0
    assert site.password(PI) != password


def test_other_names_of_the_hub_give_its_certificates_anew_and_no_others(site):
    before = everything(site.folder)
    site.provision(hub=("vigie.local", "10.0.0.5"))
    after = everything(site.folder)
    changed = {name for name in after if after[name][2] != before[name][2]}
    assert {"broker/server.crt", "hub/web.crt", f"devices/{PI}/agent.toml", "site.json"} <= changed
    assert "authority/ca.crt" not in changed
    assert agent_settings(site).broker.host == "vigie.local"


def test_the_boot_file_holds_what_the_pi_needs_and_no_more(site, tmp_path):
    target = tmp_path / "user-data"
    assert site.provision(device_id=PI, camera="picamera2", boot_file=target) == 0
    first, _, rest = target.read_text().partition("\n")
    assert first == "#cloud-config"
    told = json.loads(rest.partition("\n")[2])
    written = {Path(one["path"]).name: b64decode(one["content"]) for one in told["write_files"]}
    assert written == {path.name: path.read_bytes() for path in site.bundle(PI).iterdir()}
    assert {one["permissions"] for one in told["write_files"]} == {"0640"}
    assert told["hostname"] == PI
    assert site.provision(device_id=PI, rotate=True, boot_file=target) == 0


def test_somebody_elses_boot_file_is_left_alone(site, tmp_path, capsys):
    target = tmp_path / "user-data"
    target.write_text("#cloud-config\nusers: [pi]\n")
    assert site.provision(device_id=PI, boot_file=target) == 1
    assert "write_files" in capsys.readouterr().err
    assert target.read_text() == "#cloud-config\nusers: [pi]\n"


def test_nothing_is_signed_while_the_clock_is_not_set(tmp_path, capsys):
    clock = FakeClock(now=datetime(1970, 1, 1, tzinfo=UTC))
    assert run(Wish(tmp_path / "site", hub=(HUB,)), clock) == 1
    assert "clock" in capsys.readouterr().err


def test_a_lost_authority_is_said_and_not_replaced(site, capsys):
    (site.folder / "authority" / "ca.key").unlink()
    assert site.provision(device_id=OTHER) == 1
    assert "ca.key is lost" in capsys.readouterr().err


def test_a_site_that_cannot_be_read_is_said_in_one_line(site, capsys):
    (site.folder / "site.json").write_text("{")
    assert site.provision(device_id=OTHER) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_list_names_everybody(site, capsys):
    site.provision(device_id=OTHER, camera="v4l2")
    site.provision(device_id=PI, revoke=True)
    capsys.readouterr()
    assert site.provision() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [OTHER, PI]
    assert "certificate until" in lines[1]
    assert "revoked" in lines[2]
