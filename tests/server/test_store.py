"""The database: migrations, one writer with group commit, readers that cannot write, indexes that carry each page."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, text

from tests.server.running import event as an_event
from vigie.protocol.events import Event
from vigie.server.errors import DatabaseInUse, DatabaseTooNew, DatabaseUnusable, DataFolderUnusable, StoreUnavailable
from vigie.server.store.database import join_database, known_revisions, open_database
from vigie.server.store.events import Batch, append
from vigie.server.store.history import EventQuery, read_page
from vigie.server.store.store import Store
from vigie.server.store.tables import metadata

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'vigie.db'}"


def test_migrations_from_an_empty_file_give_exactly_the_tables_of_the_code(tmp_path: Path):
    database = open_database(url_of(tmp_path))
    with database.writing.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        numbered = connection.scalars(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY name")).all()
        assert numbered == ["alerts", "audit", "events", "quarantine", "sessions"]
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == known_revisions()[-1]
    database.dispose()


def test_a_failed_migration_leaves_no_half_made_tables(tmp_path: Path):
    with sqlite3.connect(tmp_path / "vigie.db") as other:
        other.execute("CREATE TABLE site (foreign_thing INTEGER)")
    other.close()
    with pytest.raises(DatabaseUnusable, match="site already exists"):
        open_database(url_of(tmp_path))
    with sqlite3.connect(tmp_path / "vigie.db") as other:
        assert other.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall() == [
            ("site",)
        ]
    other.close()


def test_a_newer_database_is_left_alone_where_its_tables_are_not_ours_any_more(tmp_path: Path):
    of_a_newer_server(tmp_path, works_with="9998")
    with pytest.raises(DatabaseTooNew, match="9999"):
        open_database(url_of(tmp_path))


def test_after_an_upgrade_that_was_rolled_back_the_newer_database_is_worked_on(tmp_path: Path):
    of_a_newer_server(tmp_path, works_with="0006")
    server = open_database(url_of(tmp_path))
    try:
        join_database(url_of(tmp_path)).dispose()  # `vigie user` beside it
    finally:
        server.dispose()
    with sqlite3.connect(tmp_path / "vigie.db") as other:
        assert other.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    other.close()


def of_a_newer_server(folder: Path, *, works_with: str) -> None:
    open_database(url_of(folder)).dispose()
    with sqlite3.connect(folder / "vigie.db") as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.execute("UPDATE compatibility SET oldest_revision = ?", (works_with,))
        other.execute("CREATE TABLE of_tomorrow (id INTEGER PRIMARY KEY)")
    other.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgres//nowhere", DatabaseUnusable),
        ("oracle://nowhere/x", DatabaseUnusable),
        ("sqlite://", DatabaseUnusable),
        ("sqlite:////proc/nothing/vigie.db", DataFolderUnusable),
    ],
)
def test_a_database_that_cannot_be_is_one_line_that_says_how_to_mend_it(url: str, reason: type[Exception]):
    with pytest.raises(reason) as caught:
        open_database(url)
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value)


def test_a_path_through_a_file_is_no_data_folder(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataFolderUnusable, match="VIGIE_DATA"):
        open_database(url_of(tmp_path / "file"))


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path):
    (tmp_path / "vigie.db").write_bytes(b"my holiday photos" * 100)
    with pytest.raises(DatabaseUnusable, match="not a database"):
        open_database(url_of(tmp_path))
    assert (tmp_path / "vigie.db").read_bytes().startswith(b"my holiday")


def test_two_servers_cannot_share_a_database(tmp_path: Path):
    first = open_database(url_of(tmp_path))
    with pytest.raises(DatabaseInUse):
        open_database(url_of(tmp_path))
    first.dispose()
    open_database(url_of(tmp_path)).dispose()


async def test_readers_cannot_write(tmp_path: Path):
    store = Store(open_database(url_of(tmp_path)))
    with pytest.raises(StoreUnavailable, match="readonly"):
        await store.read(lambda connection: connection.execute(text("DELETE FROM events")))
    await store.close()


async def test_what_waits_shares_one_commit(tmp_path: Path):
    store = Store(open_database(url_of(tmp_path)))
    commits: list[None] = []
    event.listen(store._database.writing, "commit", lambda _connection: commits.append(None))

    outcomes = await asyncio.gather(*(store.write(lambda _connection, key=key: key) for key in range(40)))
    assert outcomes == list(range(40))
    assert len(commits) <= 2
    await store.close()


async def test_a_failing_write_does_not_take_its_group_down(tmp_path: Path):
    store = Store(open_database(url_of(tmp_path)))

    def good(connection: Connection) -> str:
        connection.execute(text("INSERT INTO site (key, value) VALUES (hex(randomblob(8)), '1')"))
        return "done"

    def bad(connection: Connection) -> str:
        connection.execute(text("INSERT INTO site (key, value) VALUES (NULL, NULL)"))
        return "never"

    def broken(_connection: Connection) -> str:
        raise ZeroDivisionError

    outcomes = await asyncio.gather(*(store.write(work) for work in (good, bad, good, broken, good)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [str, StoreUnavailable, str, ZeroDivisionError, str]
    assert await store.read(lambda connection: connection.scalar(text("SELECT COUNT(*) FROM site"))) == 3
    assert await store.is_answering()
    await store.close()


async def test_the_file_keeps_what_the_contract_asks(tmp_path: Path):
    store = Store(open_database(url_of(tmp_path)))
    pragmas = await store.write(
        lambda connection: [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    )
    assert pragmas == ["wal", 2]
    await store.close()


WINDOW = {"since": datetime(2026, 11, 23, tzinfo=UTC), "until": NOW}


@pytest.mark.parametrize(
    "filters", [{}, {"device_id": "raspberry-01"}, {"type": "motion_detected"}, {"device_id": "a", "type": "b"}]
)
@pytest.mark.parametrize("place", [{}, {"before": 50}, {"after": 50}, WINDOW, {**WINDOW, "before": 50}])
def test_no_page_sorts_or_scans(tmp_path: Path, filters: dict[str, str], place: dict[str, object]):
    database = open_database(url_of(tmp_path))
    with database.writing.connect() as connection, connection.begin():
        append(connection, Batch([Event.model_validate(an_event(seq)) for seq in range(1, 100)], [], NOW))
    plans: list[str] = []

    def explain(connection: Connection, _cursor: object, statement: str, parameters: tuple[object, ...], *_rest: object) -> None:
        if statement.startswith("SELECT events"):
            plan = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in plan)

    event.listen(database.reading, "before_cursor_execute", explain)
    with database.reading.connect() as connection:
        read_page(connection, EventQuery(**filters, **place))
    database.dispose()
    assert all("TEMP B-TREE" not in step for step in plans), plans
    assert all(step.startswith("SEARCH") or (step == "SCAN events" and not filters and not place) for step in plans), plans
