"""`vigie doctor` on real brokers, a real server and real files: what it sees, how it says so, and that it changes nothing."""

import getpass
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.brokers import RunningBroker
from tests.house import clean_environment
from tests.owner.logs import minutes, write_log
from tests.server.program import ServerProcess
from tests.waiting import wait_until
from vigie.agent.log_file import LogFile
from vigie.cli import FAILED, USAGE, main
from vigie.deploy.broker import choose, free_port
from vigie.owner import data_checks, doctor, machine_checks, network_checks
from vigie.owner.examined import LIMIT_S
from vigie.owner.findings import Mark, ok
from vigie.runtime.claim import claim
from vigie.runtime.clock import SystemClock
from vigie.testing import FakeClock


def examined(folder: Path, clock=None, **environ: str):
    return doctor.examine(folder, None, environ, clock or SystemClock())


def marks(findings):
    return [finding.mark for finding in findings]


def only(findings):
    (finding,) = findings
    return finding


# Broker


def test_a_broker_proves_itself_by_a_delivered_message(mosquitto, tmp_path):
    found = only(network_checks.broker(examined(tmp_path, MQTT_BROKER=mosquitto.address)))
    assert found.mark is Mark.OK
    assert f"{mosquitto.address} answers in " in found.seen
    assert "(MQTT 5), delivers in " in found.seen


@pytest.mark.parametrize("protocol", ["auto", "3.1.1"])
def test_a_broker_of_the_older_protocol_too(tmp_path, protocol):
    broker = RunningBroker("embedded", tmp_path / "broker", port=free_port())
    try:
        found = only(network_checks.broker(examined(tmp_path, MQTT_BROKER=broker.address, MQTT_PROTOCOL=protocol)))
    finally:
        broker.stop()
    assert found.mark is Mark.OK, found
    assert "(MQTT 3.1.1)" in found.seen


@contextmanager
def guarded_broker(folder: Path, acl: str) -> Iterator[str]:
    """A Mosquitto with this ACL; its address."""
    folder.mkdir()
    port = free_port()
    (folder / "acl").write_text(acl)
    configuration = f"allow_anonymous true\nacl_file {folder}/acl\nuser {getpass.getuser()}\nlistener {port} 127.0.0.1\n"
    (folder / "guarded.conf").write_text(configuration)
    mosquitto = choose("mosquitto", folder / "unused").argv[0]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([mosquitto, "-c", str(folder / "guarded.conf")], stdout=log, stderr=log)
    try:
        wait_until(lambda: is_open(port), "the broker listens")
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_an_acl_that_withholds_our_message_is_seen_though_the_suback_was_fine(tmp_path, monkeypatch):
    monkeypatch.setattr(network_checks, "LIMIT_S", 1.5)
    with guarded_broker(tmp_path / "broker", "topic write doctor/#\ntopic readwrite sensors/#\n") as address:
        found = only(network_checks.broker(examined(tmp_path, MQTT_BROKER=address)))
    assert found.mark is Mark.FAILED
    assert "grants our subscription, but does not deliver" in found.seen


def test_an_acl_that_refuses_our_publish_is_a_warning(tmp_path):
    with guarded_broker(tmp_path / "broker", "topic read doctor/#\n") as address:
        found = only(network_checks.broker(examined(tmp_path, MQTT_BROKER=address)))
    assert found.mark is Mark.WARNING
    assert "doctor/#" in found.mend


def test_a_frozen_broker_takes_no_longer_than_the_limit(mosquitto, tmp_path, monkeypatch):
    monkeypatch.setattr(network_checks, "LIMIT_S", 1.5)
    mosquitto.freeze()
    clock = SystemClock()
    started = clock.monotonic()
    try:
        found = only(network_checks.broker(examined(tmp_path, MQTT_BROKER=mosquitto.address)))
    finally:
        mosquitto.thaw()
    assert found.mark is Mark.FAILED
    assert clock.monotonic() - started < 1.5


def greet(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"SSH-2.0-OpenSSH\r\n")


def test_no_broker_and_no_mqtt_are_one_line_each(tmp_path):
    assert only(network_checks.broker(examined(tmp_path, MQTT_BROKER=f"127.0.0.1:{free_port()}"))).mark is Mark.FAILED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=greet, args=(listener,), daemon=True).start()
        found = only(network_checks.broker(examined(tmp_path, MQTT_BROKER=f"127.0.0.1:{listener.getsockname()[1]}")))
    assert found.mark is Mark.FAILED


# Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("server")) as running:
        yield running.wait_until_up()


def test_a_server_says_itself_that_it_has_no_bridge(server, tmp_path):
    first, second, *rest = network_checks.server(examined(tmp_path, BACKEND_URL=server.url))
    assert marks([first, second, *rest]) == [Mark.OK, Mark.WARNING, Mark.OK, Mark.OK, Mark.OK]
    assert [finding.subject for finding in rest] == ["server", "devices", "delay"]
    assert "no bridge" in second.seen


def test_clocks_that_disagree_are_told_by_how_much(server, tmp_path):
    found = [finding.seen for finding in network_checks.server(examined(tmp_path, FakeClock(), BACKEND_URL=server.url))]
    assert any(seen.startswith("its clock is ") and seen.endswith((" s ahead of ours", " s behind ours")) for seen in found)


def test_no_server_is_a_failure_only_where_one_is_expected(tmp_path):
    gone = f"http://127.0.0.1:{free_port()}"
    assert only(network_checks.server(examined(tmp_path, BACKEND_URL=gone))).mark is Mark.FAILED
    (tmp_path / "vigie.db").touch()
    assert examined(tmp_path).server_is_expected
    assert not examined(tmp_path / "..").server_is_expected


# Data


def test_running_programs_are_seen_by_their_locks_and_not_disturbed(tmp_path):
    write_log(tmp_path / "agents" / "hall", minutes(1))
    assert "none runs" in only(data_checks.programs(examined(tmp_path))).seen
    with claim(tmp_path / "agents" / "hall", "agent"), claim(tmp_path, "up"):
        found = only(data_checks.programs(examined(tmp_path)))
    assert found.seen == f"running: vigie up (pid {os.getpid()}), agent hall (pid {os.getpid()})"


def test_the_backlog_is_what_the_server_has_not_acknowledged(tmp_path):
    (first, *_) = write_log(tmp_path / "agents" / "hall", minutes(200))
    found = only(data_checks.backlog(examined(tmp_path)))
    assert (found.mark, found.seen) == (Mark.WARNING, "hall: 200 of 200 events wait for the server")
    log = LogFile(tmp_path / "agents" / "hall" / "events.sqlite")
    log.put_acked_through(first.stream_id, 190)
    found = only(data_checks.backlog(examined(tmp_path)))
    assert (found.mark, found.seen) == (Mark.OK, "hall: 10 of 200 events wait for the server")
    log.fork()
    log.close()
    assert only(data_checks.backlog(examined(tmp_path))).seen == "hall: 10 of 10 events wait for the server"


def test_a_spool_that_waits_and_parked_items(tmp_path):
    with closing(sqlite3.connect(tmp_path / "spool.db")) as db:
        db.executescript("CREATE TABLE spool (id INTEGER); CREATE TABLE parked (id INTEGER); INSERT INTO parked VALUES (1);")
        db.executemany("INSERT INTO spool VALUES (?)", ((number,) for number in range(99)))
        db.commit()
    waiting, parked = data_checks.backlog(examined(tmp_path))
    assert "99 events wait" in waiting.seen
    assert "1 item that" in parked.seen


def test_sound_databases_are_checked_and_nothing_is_left_beside_them(tmp_path):
    write_log(tmp_path, minutes(3))
    before = sorted(path.name for path in tmp_path.iterdir())
    assert marks(data_checks.databases(examined(tmp_path))) == [Mark.OK]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_damage_is_found_and_said(tmp_path):
    write_log(tmp_path, minutes(500))
    path = tmp_path / "events.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:20480] = os.urandom(12288)
    path.write_bytes(content)
    found = only(data_checks.databases(examined(tmp_path)))
    assert found.mark is Mark.FAILED
    assert "is damaged" in found.seen


def test_a_database_that_is_none_and_files_set_aside(tmp_path):
    (tmp_path / "spool.db").write_bytes(b"no database, but long enough to be looked at" * 100)
    (tmp_path / "spool.db.damaged-1").touch()
    assert marks(data_checks.databases(examined(tmp_path))) == [Mark.FAILED, Mark.WARNING]


def test_a_check_that_takes_too_long_is_cut_short(tmp_path, monkeypatch):
    write_log(tmp_path, minutes(2000))
    monkeypatch.setattr(data_checks, "_STEPS", 1)
    monkeypatch.setattr(data_checks, "_MARGIN_S", 2 * LIMIT_S)
    found = only(data_checks.databases(examined(tmp_path)))
    assert found.mark is Mark.WARNING
    assert "too large to check" in found.seen


def test_the_reserve(tmp_path):
    write_log(tmp_path, minutes(1))
    assert only(data_checks.reserve(examined(tmp_path))).mark is Mark.WARNING
    (tmp_path / "events.reserve").write_bytes(b"\0" * 2 * 1024 * 1024)
    assert only(data_checks.reserve(examined(tmp_path))).mark is Mark.OK


# The whole


def test_with_nothing_running_it_says_so_and_never_breaks(tmp_path, monkeypatch):
    environment = {**clean_environment(), "MQTT_BROKER": f"127.0.0.1:{free_port()}", "XDG_STATE_HOME": str(tmp_path)}
    argv = [sys.executable, "-m", "vigie", "doctor"]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=30, env=environment, cwd=tmp_path)
    assert run.returncode == FAILED
    assert run.stderr == ""
    assert "\033" not in run.stdout
    assert {line[0] for line in run.stdout.splitlines()[:-2]} <= {"✓", "!", "✗"}


def test_json_has_every_finding(tmp_path, capsys, mosquitto, monkeypatch):
    monkeypatch.setenv("MQTT_BROKER", mosquitto.address)
    monkeypatch.delenv("BACKEND_URL", raising=False)
    main(["doctor", "--json", "--data", str(tmp_path)])
    answer = json.loads(capsys.readouterr().out)
    assert {"broker", "server", "programs", "disk", "clock", "memory", "power", "pins"} <= {
        finding["subject"] for finding in answer["findings"]
    }
    assert answer["ok"] == all(finding["mark"] != "failed" for finding in answer["findings"])


def test_the_broker_of_a_configuration_file_is_the_one_asked(tmp_path, mosquitto):
    config = tmp_path / "agent.toml"
    config.write_text(f'device_id = "hall"\ndata_dir = "{tmp_path}"\n[broker]\nurl = "{mosquitto.address}"\n')
    found = doctor.examine(None, config, {}, SystemClock())
    assert (found.broker.port, found.places.root) == (mosquitto.port, tmp_path)


def test_a_bad_configuration_is_usage(tmp_path, capsys):
    (tmp_path / "a.toml").write_text('device_idd = "x"\n')
    assert main(["doctor", "--config", str(tmp_path / "a.toml")]) == USAGE
    assert "did you mean 'device_id'?" in capsys.readouterr().err


def test_a_check_that_hangs_or_fails_does_not_hide_the_others(tmp_path, monkeypatch):
    never = threading.Event()

    def hangs(_examined):
        yield ok("hangs", "begun")
        never.wait()

    def fails(_examined):
        raise KeyError("what nobody thought of")

    monkeypatch.setattr(doctor, "LIMIT_S", 0.3)
    checks = (("hangs", hangs), ("fails", fails), ("fine", lambda _examined: [ok("fine", "yes")]))
    hung, broken, fine = doctor._examinations(examined(tmp_path), checks)
    never.set()
    assert marks(hung) == [Mark.OK, Mark.WARNING]
    assert "KeyError" in only(broken).seen
    assert only(fine).mark is Mark.OK


# The machine


@pytest.fixture
def machine(tmp_path):
    """A computer whose files the test writes."""
    root = tmp_path / "root"

    def write(path: str, text: str) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    write("proc/mounts", "/dev/root / ext4 rw 0 0\n")
    (tmp_path / "data").mkdir()
    return root, write, lambda: replace(examined(tmp_path / "data"), root=root)


def test_a_clock_of_1970_is_a_failure(tmp_path):
    clock = FakeClock(now=datetime(1970, 1, 1, 0, 2, tzinfo=UTC))
    assert only(machine_checks.clock(examined(tmp_path, clock))).mark is Mark.FAILED


def test_memory_is_told_by_the_kernel(machine):
    _, write, look = machine
    assert only(machine_checks.memory(look())).mark is Mark.WARNING
    write("proc/meminfo", "MemTotal: 512000 kB\nMemAvailable: 20000 kB\n")
    assert "20.5 MB of 524.3 MB available" in only(machine_checks.memory(look())).seen
    write("proc/meminfo", "MemTotal: 512000 kB\nMemAvailable: 200000 kB\n")
    assert only(machine_checks.memory(look())).mark is Mark.OK


@pytest.mark.parametrize(
    ("bits", "milli_c", "mark"), [("0", "45000", Mark.OK), ("5", "45000", Mark.WARNING), ("0", "85000", Mark.WARNING)]
)
def test_under_voltage_and_heat(machine, bits, milli_c, mark):
    _, write, look = machine
    write("sys/devices/platform/soc/soc:firmware/get_throttled", bits)
    write("sys/class/thermal/thermal_zone0/temp", milli_c)
    assert only(machine_checks.power(look())).mark is mark


def test_a_header_without_the_library_for_it(machine):
    _, write, look = machine
    assert only(machine_checks.pins(look())).mark is Mark.OK
    write("dev/gpiochip0", "")
    found = list(machine_checks.pins(look()))
    assert marks(found) == [Mark.FAILED, Mark.WARNING]
    assert "python3-lgpio" in found[0].mend


def test_a_disk_in_memory_is_warned_of(machine):
    _, write, look = machine
    write("proc/mounts", "/dev/root / ext4 rw 0 0\ntmpfs / tmpfs rw 0 0\n")
    assert "it is in memory" in only(machine_checks.disk(look())).seen


@pytest.mark.parametrize(
    ("free_mb", "read_only", "mark"),
    [(5000, False, Mark.OK), (100, False, Mark.WARNING), (5, False, Mark.FAILED), (5000, True, Mark.FAILED)],
)
def test_room_on_the_disk(free_mb, read_only, mark):
    blocks = free_mb * 1000
    flags = os.ST_RDONLY if read_only else 0
    found = os.statvfs_result((1000, 1000, 10**7, blocks, blocks, 1000, 1000, 1000, flags, 255))
    assert only(machine_checks._room(Path("/data"), found, "ext4")).mark is mark
