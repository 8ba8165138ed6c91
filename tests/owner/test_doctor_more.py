"""What else the doctor looks at: ports, names, files of configuration, versions, delays, migrations, the page's safety, cameras."""

import os
import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from vigie.owner import (
    certificate_checks,
    configuration_checks,
    data_checks,
    device_checks,
    doctor,
    machine_checks,
    network_checks,
    part_checks,
    platform_checks,
    port_checks,
    schema_checks,
)
from vigie.owner.findings import Mark
from vigie.owner.platform_checks import System
from vigie.owner.unreadable import unreadable
from vigie.runtime.claim import claim
from vigie.runtime.clock import SystemClock
from vigie.server.store.database import open_database


def examined(folder: Path, root: Path | None = None, config: Path | None = None, **environ: str):
    found = doctor.examine(folder, config, environ, SystemClock())
    return replace(found, root=root or folder / "machine")


def only(findings):
    (finding,) = findings
    return finding


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def server_data(tmp_path: Path) -> Path:
    open_database(f"sqlite:///{tmp_path / 'vigie.db'}").dispose()
    return tmp_path


# The machine


@pytest.mark.parametrize(
    ("system", "mark"),
    [
        (System("Linux", "aarch64", 64, "Debian GNU/Linux 13 (trixie)", "3.13.5"), Mark.OK),
        (System("Linux", "aarch64", 32, "Raspbian", "3.11.2"), Mark.WARNING),
        (System("Darwin", "arm64", 64, "", "3.13.5"), Mark.FAILED),
    ],
)
def test_the_system(system: System, mark: Mark):
    found = platform_checks.judge_system(system)
    assert found.mark is mark
    assert bool(found.mend) == (mark is not Mark.OK)


def test_the_system_is_called_as_it_calls_itself(tmp_path: Path):
    write(tmp_path / "etc/os-release", 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n')
    assert only(platform_checks.system(examined(tmp_path, tmp_path))).seen.startswith("Debian GNU/Linux 13 (trixie), ")


@pytest.mark.parametrize(
    ("told", "by_systemd", "mark"),
    [(True, False, Mark.OK), (None, True, Mark.OK), (None, False, Mark.UNSEEN), (False, True, Mark.WARNING)],
)
def test_a_sandbox_that_hides_the_clock_is_no_fault_of_it(told: bool | None, by_systemd: bool, mark: Mark):
    assert machine_checks.judge_clock(told, by_systemd=by_systemd).mark is mark


def test_a_sandbox_that_hides_the_pins_makes_a_pi_no_other_machine(tmp_path: Path):
    write(tmp_path / "proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.5\0")
    assert only(machine_checks.pins(examined(tmp_path, tmp_path))).mark is Mark.UNSEEN


# Names


@pytest.mark.parametrize(
    ("name", "address", "mark", "mend"),
    [
        ("hub.local", "192.168.1.5", Mark.OK, ""),
        ("hub.local", None, Mark.FAILED, "libnss-mdns"),
        ("hub", None, Mark.FAILED, "router"),
    ],
)
def test_a_name_is_judged(name: str, address: str | None, mark: Mark, mend: str):
    found = platform_checks.judge_name(name, address)
    assert found.mark is mark
    assert mend in found.mend


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The names that the network knows, and their addresses."""
    addresses: dict[str, str] = {}

    def look_up(name: str, *_: object, **__: object) -> list[object]:
        if name not in addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses[name], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return addresses


def test_names_of_broker_and_server_are_looked_up_addresses_are_not(tmp_path: Path, known: dict[str, str]):
    known["broker.local"] = "192.168.1.5"
    found = list(platform_checks.names(examined(tmp_path, MQTT_BROKER="broker.local:1883", BACKEND_URL="http://gone.local:8000")))
    assert [(finding.mark, finding.seen) for finding in found] == [
        (Mark.OK, "broker.local is at 192.168.1.5"),
        (Mark.FAILED, "gone.local is not known to this machine"),
    ]
    assert list(platform_checks.names(examined(tmp_path, MQTT_BROKER="192.168.1.5", BACKEND_URL="http://[::1]:8000"))) == []


def test_a_server_for_others_has_a_name_for_them(tmp_path: Path, known: dict[str, str]):
    write(tmp_path / "server.toml", 'host = "0.0.0.0"\n')
    assert only(platform_checks.names(examined(tmp_path))).mark is Mark.WARNING
    known[f"{socket.gethostname().partition('.')[0]}.local"] = "192.168.1.5"
    assert only(platform_checks.names(examined(tmp_path))).mark is Mark.OK


# The port


@pytest.mark.parametrize(
    ("is_running", "is_taken", "mark"),
    [(True, True, Mark.OK), (False, False, Mark.OK), (True, False, Mark.WARNING), (False, True, Mark.FAILED)],
)
def test_the_port_is_judged(is_running: bool, is_taken: bool, mark: Mark):
    found = port_checks.judge(8000, is_running=is_running, is_taken=is_taken)
    assert found.mark is mark
    assert bool(found.mend) == (mark is not Mark.OK)


def test_who_has_the_port_is_known_from_the_kernel(server_data: Path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        assert number in port_checks.listening(Path("/"))
        look = examined(server_data, Path("/"), BACKEND_URL=f"http://127.0.0.1:{number}")
        assert only(port_checks.port(look)).mark is Mark.FAILED
        with claim(server_data, "vigie.db"):
            assert only(port_checks.port(look)).mark is Mark.OK
    assert number not in port_checks.listening(Path("/"))


def test_who_may_reach_a_port_is_known_from_the_kernel_too(server_data: Path):
    look = examined(server_data, server_data, BACKEND_URL="http://127.0.0.1:8123")
    for address, is_reached in (("0100007F", False), ("00000000", True), ("0501A8C0", True)):
        write(server_data / "proc/net/tcp", f"  sl  local_address\n   0: {address}:1FBB 00000000:0000 0A 0:0\n")
        assert port_checks.others_reach(look) is is_reached
    write(server_data / "proc/net/tcp", "  sl  local_address\n")
    for address, is_reached in ((f"{'0' * 24}01000000", False), ("0" * 32, True)):
        write(server_data / "proc/net/tcp6", f"  sl  local_address\n   0: {address}:1FBB {'0' * 32}:0000 0A 0:0\n")
        assert port_checks.others_reach(look) is is_reached


def test_the_port_of_a_file_is_the_one_looked_at(server_data: Path):
    write(server_data / "server.toml", "port = 8123\n")
    write(server_data / "proc/net/tcp", "  sl  local_address rem_address   st\n   0: 00000000:1FBB 00000000:0000 0A 0:0\n")
    assert "8123 is taken" in only(port_checks.port(examined(server_data, server_data))).seen


def test_without_a_server_here_no_port_is_of_concern(tmp_path: Path):
    assert list(port_checks.port(examined(tmp_path, Path("/")))) == []


def test_a_kernel_that_does_not_tell(server_data: Path):
    assert only(port_checks.port(examined(server_data))).mark is Mark.UNSEEN


# Configuration


def test_files_are_read_as_their_programs_read_them(tmp_path: Path):
    etc = tmp_path / "etc/vigie"
    write(etc / "agent.toml", 'device_idd = "hall"\n')
    write(etc / "bridge.toml", 'backend_url = "http://hub:8000"\n')
    write(etc / "server.toml", 'host = "0.0.0.0"\n')
    agent, bridge, server = configuration_checks.configurations(examined(tmp_path, tmp_path))
    assert (agent.mark, bridge.mark, server.mark) == (Mark.FAILED, Mark.OK, Mark.WARNING)
    assert "agent.toml:1: unknown key 'device_idd'; did you mean 'device_id'?" in agent.seen
    assert "what is sent can be read on the way" in server.seen
    assert server.mend == "set tls_certificate and tls_key"


def test_what_this_user_may_not_read_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    secret = write(tmp_path / "broker.password", "x")
    write(tmp_path / "agent.toml", f'device_id = "hall"\nbroker.username = "hall"\nbroker.password_file = "{secret}"\n')
    reads = Path.read_bytes

    def closed(path: Path) -> bytes:
        if path == secret:
            raise PermissionError(13, "Permission denied", str(path))
        return reads(path)

    monkeypatch.setattr(Path, "read_bytes", closed)
    found = only(configuration_checks.configurations(examined(tmp_path)))
    assert found.mark is Mark.UNSEEN
    assert found.mend.startswith("`sudo vigie check-config ")


def test_a_file_of_somebody_else_in_the_folder_is_none_of_ours(tmp_path: Path):
    write(tmp_path / "pyproject.toml", "[project]\n")
    assert list(configuration_checks.configurations(examined(tmp_path))) == []


# Devices


def device(name: str = "hall", **more: object) -> dict[str, object]:
    return {"device_id": name, "state": "online", "heartbeat_age_s": 4.0, "status": {"version": "0.2.0"}, **more}


def event(received: str, **more: object) -> dict[str, object]:
    times = {"occurred_at": "2026-11-23T19:14:10.000Z", "received_at": f"2026-11-23T19:14:{received}Z"}
    return {"clock": "synced", "late": False, **times, **more}


@pytest.mark.parametrize(
    ("told", "mark"),
    [
        (device(), Mark.OK),
        (device(last_event=event("10.100")), Mark.OK),
        (device(last_event=event("15.100")), Mark.WARNING),
        (device(last_event=event("15.100", late=True)), Mark.OK),
        (device(last_event=event("15.100", clock="unsynced")), Mark.OK),
        (device(last_event=event("07.000")), Mark.WARNING),
        (device(heartbeat_age_s=27.0), Mark.WARNING),
    ],
)
def test_how_long_news_takes(told: dict[str, object], mark: Mark):
    answer, found = device_checks.delays([told], 0.012)
    assert (answer.mark, answer.seen) == (Mark.OK, "the server answers in 12 ms")
    assert found.mark is mark
    assert bool(found.mend) == (mark is not Mark.OK)


def test_a_server_that_is_slow_to_answer_and_a_device_that_is_gone(tmp_path: Path):
    found = only(device_checks.delays([device(state="offline")], 1.5))
    assert (found.mark, found.seen) == (Mark.WARNING, "the server answers in 1500 ms")


def test_versions_that_differ():
    assert only(device_checks.versions([device()], "0.2.0")).mark is Mark.OK
    found = only(device_checks.versions([device(), device("attic", status={"version": "0.1.0"})], "0.2.0"))
    assert (found.mark, found.seen) == (Mark.WARNING, "attic is version 0.1.0, the server 0.2.0")
    assert list(device_checks.versions([device(status=None), device(status={})], "0.2.0")) == []


# The database


@pytest.mark.parametrize(("found", "mark"), [("0005", Mark.OK), ("0004", Mark.WARNING), ("", Mark.WARNING), ("0006", Mark.FAILED)])
def test_a_revision_is_judged(found: str, mark: Mark):
    assert schema_checks.judge_revision(found, "0005").mark is mark


@pytest.mark.parametrize(
    ("wal_bytes", "is_wal", "is_running", "mark"),
    [
        (10**6, True, True, Mark.OK),
        (10**8, True, True, Mark.WARNING),
        (0, False, True, Mark.WARNING),
        (0, False, False, Mark.OK),
    ],
)
def test_a_log_is_judged(wal_bytes: int, is_wal: bool, is_running: bool, mark: Mark):
    assert schema_checks.judge_log(wal_bytes, is_wal=is_wal, is_running=is_running).mark is mark


def test_a_fresh_database_is_at_the_newest_revision(server_data: Path):
    before = sorted(path.name for path in server_data.iterdir())
    assert [finding.mark for finding in schema_checks.schema(examined(server_data))] == [Mark.OK, Mark.OK]
    assert sorted(path.name for path in server_data.iterdir()) == before


def test_a_file_that_no_server_has_opened(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "vigie.db")) as db:
        db.execute("CREATE TABLE other (id INTEGER)")
    assert "never opened" in only(schema_checks.schema(examined(tmp_path))).seen


def test_a_file_that_is_closed_to_us_is_not_looked_at(tmp_path: Path):
    with pytest.raises(sqlite3.OperationalError) as refused:
        sqlite3.connect(f"file:{tmp_path / 'none'}?mode=ro", uri=True).execute("SELECT 1 FROM x")
    assert unreadable("database", tmp_path / "none", refused.value).mark is Mark.UNSEEN


def test_a_folder_that_is_closed_to_us_is_no_missing_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path / "events.sqlite", "")
    look = examined(tmp_path)
    monkeypatch.setattr(Path, "stat", _closed)
    assert only(data_checks.reserve(look)).mark is Mark.UNSEEN


def _closed(path: Path) -> os.stat_result:
    raise PermissionError(13, "Permission denied", str(path))


# The page


def test_a_page_in_clear_is_warned_of_where_others_reach_it(tmp_path: Path, server_data: Path):
    assert only(certificate_checks.https(examined(server_data, BACKEND_URL="http://127.0.0.1:8000"))).mark is Mark.OK
    assert only(certificate_checks.https(examined(server_data, BACKEND_URL="http://192.168.1.5:8000"))).mark is Mark.WARNING
    write(server_data / "server.toml", 'host = "0.0.0.0"\n')
    assert only(certificate_checks.https(examined(server_data, BACKEND_URL="http://127.0.0.1:8000"))).mark is Mark.WARNING


def test_a_page_of_which_nobody_knows_is_not_asked_for(tmp_path: Path):
    assert list(certificate_checks.https(examined(tmp_path))) == []


def test_https_that_does_not_answer(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        number = closed.getsockname()[1]
    found = only(certificate_checks.https(examined(tmp_path, BACKEND_URL=f"https://127.0.0.1:{number}")))
    assert found.mark is Mark.FAILED


# A server alone, and a house


def test_a_server_alone_knows_no_broker(server_data: Path):
    assert only(network_checks.broker(examined(server_data))).mark is Mark.UNSEEN
    assert examined(server_data, MQTT_BROKER="127.0.0.1").broker_is_named


def test_the_folder_of_a_houses_server_stands_for_the_house(tmp_path: Path):
    open_database(f"sqlite:///{write(tmp_path / 'house/server/none', '').with_name('vigie.db')}").dispose()
    write(tmp_path / "house/house.json", '{"MQTT_BROKER": "127.0.0.1:1999"}')
    found = examined(tmp_path / "house/server")
    assert (found.places.root, found.broker.port) == (tmp_path / "house", 1999)
    assert examined(tmp_path / "house").places.root == tmp_path / "house"


# The camera

CAMERA = 'device_id = "hall"\n[camera]\nsource = "{}"\n'


@pytest.mark.parametrize(
    ("source", "files", "mark"),
    [
        ("synthetic", (), Mark.OK),
        ("v4l2", (), Mark.FAILED),
        ("v4l2", ("video0",), Mark.OK),
        ("picamera2", (), Mark.FAILED),
        ("picamera2", ("media0",), Mark.OK),
    ],
)
def test_a_camera_is_there_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, files: tuple[str, ...], mark: Mark):
    write(tmp_path / "agent.toml", CAMERA.format(source))
    for name in files:
        write(tmp_path / "dev" / name, "")
    monkeypatch.setattr(part_checks.importlib.util, "find_spec", lambda _name: object())
    found = only(part_checks.camera(examined(tmp_path, tmp_path)))
    assert found.mark is mark
    assert bool(found.mend) == (mark is not Mark.OK)


def test_a_camera_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path / "agent.toml", CAMERA.format("picamera2"))
    monkeypatch.setattr(part_checks.importlib.util, "find_spec", lambda name: None if name == "picamera2" else object())
    assert "python3-picamera2" in only(part_checks.camera(examined(tmp_path, tmp_path))).mend
