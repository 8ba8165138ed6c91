"""`vigie history` shows what the logs of this machine hold: local times, newest last, with no network at all."""

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.owner.logs import SEVEN, draft, minutes, write_log
from vigie.agent.log_file import LogFile, read_events
from vigie.cli import FAILED, OK, USAGE, main
from vigie.owner import history
from vigie.testing import FakeClock


@pytest.fixture(autouse=True)
def paris(monkeypatch, tmp_path):
    """One hour ahead of UTC in November; no other house and no agent of this user in sight."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("VIGIE_DATA", raising=False)
    monkeypatch.delenv("DEVICE_ID", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shown(capsys, data: Path | None, **options) -> list[str]:
    """The lines of `vigie history`, at eight o'clock UTC."""
    clock = FakeClock(now=SEVEN + timedelta(hours=1))
    status = history.run(data, {}, clock, **{"device": None, "since": None, "as_json": False, **options})
    printed = capsys.readouterr()
    assert (status, printed.err) == (0, "")
    return printed.out.splitlines()


def test_events_are_listed_with_local_times_newest_last(tmp_path, capsys):
    write_log(tmp_path / "agents" / "hall", [draft(SEVEN, location="door", confidence=0.95), draft(SEVEN + timedelta(days=1))])
    assert shown(capsys, tmp_path) == [
        "2026-11-23 20:00:00  hall        1  motion_detected   door  confidence=0.95",
        "2026-11-24 20:00:00  hall        2  motion_detected",
    ]


def test_a_time_that_is_not_known_is_said(tmp_path, capsys):
    write_log(tmp_path, [draft(None)])
    assert shown(capsys, tmp_path)[0].startswith("time not known ")


def test_an_event_cannot_steer_the_terminal(tmp_path, capsys):
    write_log(tmp_path, [draft(location="\033[2Jdoor\nnext")])
    assert shown(capsys, tmp_path)[0].endswith("?[2Jdoor?next")


def test_json_lines_are_events_as_the_server_gives_them(tmp_path, capsys):
    (event,) = write_log(tmp_path / "agents" / "hall", [draft(location="door")])
    (line,) = shown(capsys, tmp_path, as_json=True)
    assert json.loads(line) == {
        "id": event.draft.id,
        "type": "motion_detected",
        "device_id": "hall",
        "sensor": "motion",
        "details": {"state": "detected", "location": "door"},
        "occurred_at": "2026-11-23T19:00:00.000Z",
        "clock": "synced",
        "stream_id": event.stream_id,
        "seq": 1,
        "boot_id": "boot",
        "mono_ms": 0,
    }


def test_the_logs_of_a_house_come_as_one_by_time(tmp_path, capsys):
    write_log(tmp_path / "agents" / "a", [draft(SEVEN), draft(None), draft(SEVEN + timedelta(hours=2))])
    write_log(tmp_path / "agents" / "b", [draft(SEVEN + timedelta(hours=1))])
    devices = [json.loads(line)["device_id"] for line in shown(capsys, tmp_path, as_json=True)]
    assert devices == ["a", "a", "b", "a"]


def test_one_device_of_a_house(tmp_path, capsys):
    write_log(tmp_path / "agents" / "a", minutes(2))
    write_log(tmp_path / "agents" / "b", minutes(3))
    assert len(shown(capsys, tmp_path, device="b")) == 3


def test_a_log_that_stands_alone_is_of_the_device_that_was_asked_for(tmp_path, capsys):
    write_log(tmp_path / "data", minutes(1))
    assert " hall " in shown(capsys, tmp_path / "data", device="hall")[0]


def test_an_agent_that_was_not_told_a_folder_is_found(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_log(tmp_path / "state" / "vigie" / "agents" / "hall", minutes(1))
    assert main(["history"]) == OK
    assert "hall" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("since", "first"),
    [
        ("2026-11-23T20:30", 30),  # local
        ("2026-11-23T19:30:00Z", 30),
        ("2026-11-23", 0),
        ("2026-11-24", None),
    ],
)
def test_since_a_time(tmp_path, capsys, since, first):
    events = write_log(tmp_path, minutes(60))
    expected = [] if first is None else [event.seq for event in events[first:]]
    assert [json.loads(line)["seq"] for line in shown(capsys, tmp_path, since=since, as_json=True)] == expected


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("3d", 259_200), ("1w", 604_800)])
def test_since_how_long_ago(text, seconds):
    assert history.parse_since(text, SEVEN) == SEVEN - timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "yesterday", "2x", "-3d", "999999999w", "2026-13-01"])
def test_since_what_is_no_time_is_usage(tmp_path, capsys, text):
    write_log(tmp_path, minutes(1))
    assert main(["history", "--data", str(tmp_path), f"--since={text}"]) == USAGE
    errors = capsys.readouterr().err
    assert errors.startswith(f"vigie history: --since: {text!r} is no time; expected ")
    assert errors.count("\n") == 1


def test_without_a_time_an_event_is_as_old_as_the_one_after_it(tmp_path, capsys):
    old, new = draft(SEVEN), draft(SEVEN + timedelta(hours=2))
    write_log(tmp_path, [draft(None), old, draft(None), new, draft(None)])
    lines = shown(capsys, tmp_path, since="2026-11-23T19:30:00Z", as_json=True)
    assert [json.loads(line)["seq"] for line in lines] == [3, 4, 5]


def test_of_very_many_without_a_time_the_first_are_given_rather_than_kept(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(history, "MAX_UNDECIDED", 2)
    write_log(tmp_path, [*(draft(None) for _ in range(5)), draft(SEVEN)])
    lines = shown(capsys, tmp_path, since="2026-11-24", as_json=True)
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3]


def test_no_log_is_one_line_that_says_where_it_looked(tmp_path, capsys):
    assert main(["history", "--data", str(tmp_path)]) == FAILED
    assert capsys.readouterr().err == (
        f"vigie history: no event log in {tmp_path}; give the agent's data folder, or that of `vigie up`, with --data DIR\n"
    )


def test_a_device_that_is_not_there_is_answered_with_those_that_are(tmp_path, capsys):
    write_log(tmp_path / "agents" / "hall", minutes(1))
    assert main(["history", "--data", str(tmp_path), "--device", "attic"]) == FAILED
    assert "no event log of 'attic'" in (errors := capsys.readouterr().err)
    assert errors.endswith("there are those of hall\n")


def test_a_folder_that_is_not_there_is_usage(tmp_path, capsys):
    assert main(["history", "--data", str(tmp_path / "absent")]) == USAGE
    assert "there is no folder" in capsys.readouterr().err


def test_what_is_no_log_is_one_line(tmp_path, capsys):
    (tmp_path / "events.sqlite").write_bytes(b"this is no database, though it is long enough to be taken for one" * 20)
    assert main(["history", "--data", str(tmp_path)]) == FAILED
    assert capsys.readouterr().err.count("\n") == 1


def test_reading_a_log_that_nobody_has_open_leaves_nothing_beside_it(tmp_path, capsys):
    write_log(tmp_path, minutes(3))
    before = sorted(path.name for path in tmp_path.iterdir())
    shown(capsys, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_reader_who_stands_still_does_not_hold_the_agent_up(tmp_path):
    write_log(tmp_path, minutes(1500))
    agent = LogFile(tmp_path / "events.sqlite")
    try:
        reading = read_events(agent.path)
        next(reading)
        agent.append(minutes(1))
        (is_busy, _, _) = agent.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not is_busy
        assert sum(1 for _ in reading) == 1500
    finally:
        agent.close()
