"""An upgrade is a crash too: files of every released schema open with today's code, interrupted anywhere, and nothing is lost."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from tests.upgrade.old_files import golden, open_and_close, restore
from tests.upgrade.write_golden import BOOTS, MODE, STREAM, draft, event_item, meta
from vigie.agent.log_file import LogFile
from vigie.bridge.intake import rows_of
from vigie.bridge.spool_file import Received, SpoolError, SpoolFile
from vigie.domain.audit_chain import Entry, verify
from vigie.domain.lockout import Attempts, Moment
from vigie.protocol.states import ModeRecord
from vigie.protocol.times import to_unix_ms
from vigie.server.errors import DatabaseTooNew
from vigie.server.ingest import parse_many
from vigie.server.store import tables
from vigie.server.store.attempts import PIN, load_attempts
from vigie.server.store.database import open_database
from vigie.server.store.events import append
from vigie.server.store.site import load_mode

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NAMES = {"agent": "events.sqlite", "bridge": "spool.db", "server": "vigie.sqlite"}
FILES = [pytest.param(program, dump, id=dump.stem) for program in NAMES for dump in golden(program)]


def old_rows(dump: Path, query: str) -> list[Any]:
    """What the dump holds, asked without any code of ours."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(dump.read_text(encoding="utf-8"))
        return db.execute(query).fetchall()


def check_agent(path: Path, _dump: Path) -> None:
    log = LogFile(path)
    try:
        assert log.stream_id == STREAM
        assert [event.payload() for event in log.page(0, 1000)] == [
            {**draft(number).body, "meta": {**meta(number), "occurred_at": wire_time(number)}} for number in range(1, 31)
        ]
        assert log.value("acked_through") == "21"
        assert ModeRecord.model_validate_json(log.value("mode") or "") == MODE
        assert log.value("servo_deg") == "-30.0"
        assert list(log.command_results()) == ["c0ffee-1", "c0ffee-2"]
        (new,) = log.append([replace(draft(1), id="new-1")])
        assert (new.stream_id, new.seq) == (STREAM, 31), "the numbers go on"
        assert log.last_seq() == 31
    finally:
        log.close()


def wire_time(number: int) -> str | None:
    happened_at = draft(number).occurred_at
    return None if happened_at is None else happened_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def check_bridge(path: Path, dump: Path) -> None:
    spool = SpoolFile(path)
    try:
        assert not spool.set_aside
        waiting = old_rows(dump, "SELECT item, is_event, age_ms, boot_id, received_mono_ms FROM spool ORDER BY id")
        rows = spool.after(0, 1000, 1 << 30)
        assert [(row.item, row.is_event, row.age_ms, row.boot_id, row.received_mono_ms) for row in rows] == waiting
        assert spool.parked_count() == 1
        again = rows_of("sensors/esp32-cellar/humidity", b'{"value_percent": 62.0}', received_at=NOW, new_id=lambda: "other")
        assert spool.insert([Received(again, mid=32, dup=True)], BOOTS[0], 0) == [], "a redelivery over the upgrade is known"
        spool.insert([Received(again, mid=33)], BOOTS[0], 0)
        newest = spool.after(0, 1000, 1 << 30)[-1]
        assert newest.id > old_rows(dump, "SELECT max(id) FROM spool")[0][0]
    finally:
        spool.close()


def check_server(path: Path, dump: Path) -> None:
    database = open_database(f"sqlite:///{path}")
    try:
        with database.writing.connect() as connection:
            for name in ("events", "alerts", "quarantine", "event_hours", "devices", "streams"):
                before = old_rows(dump, f"SELECT count(*) FROM {name}")[0][0]
                assert len(connection.execute(select(tables.metadata.tables[name])).all()) == before, name
            columns = ("cursor", "id", "type", "device_id", "sensor", "occurred_at_ms", "clock", "late", "stream_id", "seq")
            kept = select(*(tables.events.c[name] for name in columns)).order_by(tables.events.c.cursor)
            assert connection.execute(kept).all() == old_rows(dump, f"SELECT {', '.join(columns)} FROM events ORDER BY cursor")
            acknowledged = select(tables.alerts.c.acknowledged_by).where(tables.alerts.c.state == "acknowledged")
            assert connection.scalars(acknowledged).all() == ["agnès"]
            assert load_mode(connection) == MODE
            assert connection.scalars(select(tables.alerts.c.silent).distinct()).all() == [False]
            check_people(connection, dump)
            connection.rollback()
            items = json.dumps([event_item(number) for number in range(1, 31)]).encode()
            with connection.begin():
                appended = append(connection, parse_many(items, NOW))
            assert [event.seq for event in appended.stored] == [23, 24, 26, 28, 29, 30]
            assert min(event.cursor for event in appended.stored) > old_rows(dump, "SELECT max(cursor) FROM events")[0][0]
            (stream,) = appended.streams
            assert (stream.stored, stream.through_seq, stream.late) == (30, 30, 3)
            assert stream.accepted_seq == 30
    finally:
        database.dispose()


def check_people(connection: Connection, dump: Path) -> None:
    """Who has a PIN, what was wrong in a row, and the audit log, which becomes a chain."""
    if not old_rows(dump, "SELECT 1 FROM sqlite_master WHERE name = 'audit'"):
        return
    assert connection.scalars(select(tables.people.c.name)).all() == ["agnes"]
    attempts = load_attempts(connection, PIN)
    assert attempts == Attempts(3, Moment(BOOTS[0], 1234.5))
    rows = connection.execute(select(tables.audit).order_by(tables.audit.c.id)).all()
    said = old_rows(dump, "SELECT at_ms, actor, origin, action FROM audit ORDER BY id")
    assert [(row.at_ms, row.actor, row.origin, row.action) for row in rows] == said
    chain = verify((row.id, row.hash, Entry(row.at_ms, row.actor, row.origin, row.action, row.detail)) for row in rows)
    assert (chain.entries, chain.broken_at) == (3, None)


CHECKS = {"agent": check_agent, "bridge": check_bridge, "server": check_server}


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "killed"])
@pytest.mark.parametrize(("program", "dump"), FILES)
def test_a_file_of_an_older_release_opens_with_everything_in_it(program: str, dump: Path, killed: bool, tmp_path: Path):
    path = restore(dump, tmp_path / NAMES[program], killed=killed)
    CHECKS[program](path, dump)


@pytest.mark.parametrize(("program", "dump"), FILES)
def test_a_migration_killed_at_any_step_is_finished_by_the_next_start(program: str, dump: Path, tmp_path: Path):
    old = restore(dump, tmp_path / NAMES[program], killed=True)
    steps = interrupted(program, old, tmp_path / "steps")
    assert len(steps) > 5
    for folder in steps:
        CHECKS[program](folder / old.name, dump)


def interrupted(program: str, file: Path, folder: Path) -> list[Path]:
    """Folders with copies of `file`, the migration of each killed a step later than that of the one before."""
    command = [sys.executable, "-m", "tests.upgrade.interrupt", program, str(file), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    return sorted(folder.iterdir(), key=lambda step: int(step.name))


def test_the_numbers_of_an_empty_spool_go_on_after_the_upgrade(tmp_path: Path):
    for dump in golden("bridge"):
        path = restore(dump, tmp_path / dump.stem)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            newest = db.execute("SELECT max(id) FROM spool").fetchone()[0]
            db.execute("DELETE FROM spool")
        spool = SpoolFile(path)
        rows = rows_of("sensors/esp32-cellar/humidity", b'{"value_percent": 63}', received_at=NOW, new_id=lambda: "x")
        spool.insert([Received(rows, mid=40)], BOOTS[0], to_unix_ms(NOW))
        assert spool.after(0, 1, 1 << 20)[0].id > newest
        spool.close()


def test_a_log_of_a_newer_release_is_refused_with_a_clear_word(tmp_path: Path):
    path = newer("agent", tmp_path)
    with pytest.raises(sqlite3.Error, match="newer Vigie"):
        LogFile(path)
    assert (tmp_path / "events.sqlite").exists()


def test_a_spool_of_a_newer_release_is_refused_with_a_clear_word(tmp_path: Path):
    with pytest.raises(SpoolError, match="later version"):
        SpoolFile(newer("bridge", tmp_path))
    assert [path.name for path in tmp_path.iterdir() if "damaged" in path.name] == []


def test_a_database_of_a_newer_release_is_refused_with_a_clear_word(tmp_path: Path):
    path = restore(golden("server")[-1], tmp_path / NAMES["server"])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew, match="9999"):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes() == before


def newer(program: str, folder: Path) -> Path:
    """A file as a later release leaves it, so far as we can know."""
    path = restore(golden(program)[-1], folder / NAMES[program])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA user_version=99")
    return path


@pytest.mark.parametrize("program", NAMES)
def test_a_first_start_killed_at_any_step_is_finished_by_the_next_one(program: str, tmp_path: Path):
    absent = tmp_path / NAMES[program]
    steps = interrupted(program, absent, tmp_path / "steps")
    assert len(steps) > 5
    for folder in steps:
        open_and_close(program, folder / absent.name)
        assert sorted(part.name for part in folder.iterdir() if "damaged" in part.name or "corrupt" in part.name) == []
