"""`vigie audit` proves that nothing is missing, and bites when something is: on a real server, with the agent's own log files."""

import json
import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.owner.logs import minutes, store, write_log
from tests.server.program import ServerProcess
from vigie.agent.log_file import LogFile, read_events
from vigie.cli import FAILED, OK, USAGE, main
from vigie.deploy.broker import free_port
from vigie.owner import audit, rows


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for all tests: each has a device of its own."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as running:
        yield running.wait_until_up()


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No wait for what is on its way, and nothing of this user's own in sight."""
    monkeypatch.setattr(audit, "SETTLE_S", 0.0)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("VIGIE_DATA", "DEVICE_ID", "BACKEND_URL", "BACKEND_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def account(server, house, capsys, device_id):
    """The exit status, and what `--json` says of one device."""
    status = main(["audit", "--json", "--server", server.url, "--data", str(house)])
    answer = json.loads(capsys.readouterr().out)
    return status, next(device for device in answer["devices"] if device["device_id"] == device_id)


def test_every_row_of_the_log_is_found_on_the_server(server, tmp_path, capsys):
    store(server.url, "whole", write_log(tmp_path / "agents" / "whole", minutes(2500)))
    _, device = account(server, tmp_path, capsys, "whole")
    assert device["rows"][0] | {"log": ""} == {
        "log": "",
        "accepted": 2500,
        "stored_once": 2500,
        "duplicated": 0,
        "missing": 0,
        "missing_ranges": {},
    }
    assert device["verdict"]["mark"] == "ok"


def test_rows_that_are_not_there_are_named_and_fail(server, tmp_path, capsys):
    events = write_log(tmp_path / "agents" / "holes", minutes(20))
    store(server.url, "holes", [event for event in events if event.seq not in (3, 4, 9)])
    status, device = account(server, tmp_path, capsys, "holes")
    assert status == FAILED
    assert device["rows"][0]["missing_ranges"] == {events[0].stream_id: [[3, 4], [9, 9]]}
    assert "3 events missing (seq 3-4, 9)" in device["verdict"]["text"]
    assert "no bridge is connected" in device["verdict"]["mend"]


def test_another_event_under_the_same_number_is_no_proof(server, tmp_path, capsys):
    """Counts alone would be satisfied: as many accepted as stored."""
    mine = write_log(tmp_path / "agents" / "swapped", minutes(5))
    write_log(tmp_path / "other", minutes(5))
    with closing(sqlite3.connect(tmp_path / "other" / "events.sqlite")) as db:
        db.execute("UPDATE streams SET stream_id = ?", (mine[0].stream_id,))
        db.commit()
    store(server.url, "swapped", [*mine[:4], *read(tmp_path / "other")[4:]])
    status, device = account(server, tmp_path, capsys, "swapped")
    assert (status, device["stored"], device["rows"][0]["missing"]) == (FAILED, 5, 1)


def read(folder):
    return list(read_events(folder / "events.sqlite"))


def test_a_log_that_the_server_has_never_heard_of_is_missing_whole(server, tmp_path, capsys):
    write_log(tmp_path / "agents" / "unheard", minutes(3))
    status, device = account(server, tmp_path, capsys, "unheard")
    assert (status, device["rows"][0]["missing"]) == (FAILED, 3)


def test_a_log_is_known_by_its_mark_whatever_its_folder_is_called(server, tmp_path, capsys):
    store(server.url, "porch", write_log(tmp_path / "data", minutes(3)))
    _, device = account(server, tmp_path / "data", capsys, "porch")
    assert device["rows"][0]["stored_once"] == 3


def test_a_log_that_began_a_new_stream_is_compared_by_ids_not_by_numbers(server, tmp_path, capsys):
    """As after a card was restored from a copy: rows 4 and 5 have other numbers now, and are on the server all the same."""
    events = write_log(tmp_path / "agents" / "forked", minutes(5))
    store(server.url, "forked", events)
    log = LogFile(tmp_path / "agents" / "forked" / "events.sqlite")
    log.put_acked_through(events[0].stream_id, 3)
    log.fork()
    log.close()
    assert [event.seq for event in read(tmp_path / "agents" / "forked")] == [1, 2, 3, 1, 2]
    _, device = account(server, tmp_path, capsys, "forked")
    assert device["rows"][0]["stored_once"] == 5


def test_an_id_that_comes_twice_is_a_duplicate(tmp_path):
    write_log(tmp_path, minutes(4))
    comparison = rows.Comparison(tmp_path / "events.sqlite")
    ids = [event.draft.id for event in read(tmp_path)]
    comparison.read_server(Pages([ids[0], ids[1], ids[0], ids[2], ids[3]]), None)
    assert comparison.is_complete
    assert (comparison.proof().found, comparison.proof().duplicated) == (3, 1)


class Pages:
    """A server that has lost its unique key."""

    def __init__(self, ids):
        self._ids = ids

    def events(self, _device_id, after):
        yield [{"id": id_, "cursor": cursor} for cursor, id_ in enumerate(self._ids, start=1) if cursor > after]


def test_what_arrives_while_it_is_asked_is_not_missing(server, tmp_path, capsys, monkeypatch):
    events = write_log(tmp_path / "agents" / "underway", minutes(10))
    store(server.url, "underway", events[:9])
    monkeypatch.setattr(audit, "SETTLE_S", 10.0)
    ask_again = audit._ledgers

    def arrive_meanwhile(asked):
        store(server.url, "underway", events[9:])
        return ask_again(asked)

    monkeypatch.setattr(audit, "_ledgers", arrive_meanwhile)
    _, device = account(server, tmp_path, capsys, "underway")
    assert device["verdict"]["mark"] == "ok"


def test_the_table_has_a_line_per_log_and_a_verdict_per_device(server, tmp_path, capsys):
    store(server.url, "shown", write_log(tmp_path / "agents" / "shown", minutes(1200)))
    main(["audit", "--server", server.url, "--data", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["DEVICE", "LOG", "ACCEPTED", "STORED", "DROPPED", "QUARANTINED", "MISSING", "LATE", "LAST", "PROOF"]
    assert next(line.split()[:1] + line.split()[3:4] for line in lines if line.startswith("shown")) == ["shown", "1,200"]
    assert any(line.startswith("✓ shown") and "1,200 of 1,200 events in its log compared by id" in line for line in lines)


def test_no_server_is_one_line_and_fails(tmp_path, capsys):
    url = f"http://127.0.0.1:{free_port()}"
    assert main(["audit", "--server", url, "--data", str(tmp_path)]) == FAILED
    errors = capsys.readouterr().err
    assert errors.startswith(f"vigie audit: no answer from {url}: ")
    assert errors.count("\n") == 1


def test_who_is_not_our_server_proves_nothing(tmp_path, capsys):
    class Portal(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"devices": 7, "events": 1}')

        def log_message(self, *_arguments):
            return

    with HTTPServer(("127.0.0.1", 0), Portal) as portal:
        threading.Thread(target=portal.serve_forever, daemon=True).start()
        try:
            assert main(["audit", "--server", f"http://127.0.0.1:{portal.server_port}", "--data", str(tmp_path)]) == FAILED
        finally:
            portal.shutdown()
    assert "its ledger cannot be read" in capsys.readouterr().err


def test_a_log_that_cannot_be_read_is_no_silent_success(server, tmp_path, capsys):
    (tmp_path / "agents" / "rotten").mkdir(parents=True)
    (tmp_path / "agents" / "rotten" / "events.sqlite").write_bytes(b"this is no database at all" * 50)
    assert main(["audit", "--server", server.url, "--data", str(tmp_path)]) == FAILED
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "mqtt://x", "http://"])
def test_a_server_that_is_no_address_is_usage(url, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["audit", "--server", url])
    assert ended.value.code == USAGE
    assert "expected http://HOST:PORT" in capsys.readouterr().err


def test_a_missing_token_file_is_usage(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("BACKEND_TOKEN_FILE", str(tmp_path / "absent"))
    assert main(["audit", "--data", str(tmp_path)]) == USAGE
    assert "BACKEND_TOKEN_FILE: cannot be read" in capsys.readouterr().err


def test_exit_is_0_when_every_device_is_whole(tmp_path, capsys):
    with ServerProcess(tmp_path / "server") as running:
        running.wait_until_up()
        store(running.url, "hall", write_log(tmp_path / "agents" / "hall", minutes(3)))
        assert main(["audit", "--server", running.url, "--data", str(tmp_path)]) == OK
    assert "✗" not in capsys.readouterr().out


def test_an_event_that_the_log_holds_twice_under_one_id_is_one_event(tmp_path):
    """As after a commit that the card took though it said no."""
    path = tmp_path / "events.sqlite"
    write_log(tmp_path, minutes(2))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO events (id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock)"
            " SELECT id, sensor, kind, type, body, occurred_at_ms, mono_ms, boot_id, clock FROM events WHERE number = 1"
        )
    comparison = rows.Comparison(path)
    for event in read_events(path):
        comparison._seen[comparison._place(rows._fingerprint(event.draft.id))] = 1
    assert comparison.is_complete
    assert comparison.proof().accepted == 2
