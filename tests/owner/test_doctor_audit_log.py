"""The doctor reads the audit log of a real server: sound, changed, shortened in the middle, and of a version without hashes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.running import running_server
from vigie.owner import data_checks, doctor
from vigie.owner.findings import Mark
from vigie.runtime.clock import SystemClock
from vigie.testing import FakeClock


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A server's data, after somebody has made and removed three people."""
    async with running_server(tmp_path, FakeClock()) as server:
        for number in range(3):
            assert (await server.post("/api/people", {"name": f"p{number}", "pin": "7391"}))[0] == 201
            assert (await server.post(f"/api/people/p{number}/remove", {"current_pin": "7391"}))[0] == 200
    return tmp_path


def verdict(folder: Path, change: str | None = None) -> tuple[Mark, str]:
    if change is not None:
        with closing(sqlite3.connect(folder / "vigie.db", isolation_level=None)) as database:
            database.execute(change)
    (finding,) = data_checks.audit_log(doctor.examine(folder, None, {}, SystemClock()))
    return finding.mark, finding.seen


def test_a_log_as_it_was_written(folder: Path):
    mark, seen = verdict(folder)
    assert mark is Mark.OK
    assert seen.startswith("6 entries, each as it was written")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 'somebody else' WHERE id = 3",
        "UPDATE audit SET detail = '{}' WHERE id = 3",
        "UPDATE audit SET at_ms = at_ms + 1 WHERE id = 3",
        "DELETE FROM audit WHERE id = 2",
        "UPDATE audit SET hash = (SELECT hash FROM audit WHERE id = 2) WHERE id = 3",
    ],
)
def test_what_was_done_to_it_is_seen(folder: Path, change: str):
    mark, seen = verdict(folder, change)
    assert mark is Mark.FAILED
    assert seen.startswith("entry 3 ")
