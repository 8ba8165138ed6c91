"""The audit log: who did what, from where, each with its own commit."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.running import FakeBridge, Server
from tests.server.test_pins import ANN, WRONG, add, audited, set_mode
from tests.waiting import wait_until_async
from vigie.server.mode import SAVE_RETRY_S
from vigie.testing.fake_clock import FakeClock


async def test_the_audit_log_says_who_did_what_from_where(server: Server, bridge: FakeBridge, clock: FakeClock):
    await add(server, "ann", ANN)
    clock.turn(60)
    await set_mode(server, "surveillance")
    record = {"mode": "night", "stamp": [2**41, 0, "pi"], "changed_by": "keyfob", "changed_from": "key_switch raspberry-01"}
    assert await bridge.say("mode", record) == {}
    assert await bridge.say("mode", record) == {}
    await set_mode(server, "active", WRONG)
    await server.post("/api/people/ann/remove", {"current_pin": ANN})
    entries = await audited(server)
    assert [(entry["action"], entry["actor"], entry["origin"]) for entry in entries] == [
        ("person_removed", "ann", "page 127.0.0.1"),
        ("pin_failed", "", "page 127.0.0.1"),
        ("mode", "keyfob", "key_switch raspberry-01"),
        ("mode", "dashboard", "page 127.0.0.1"),
        ("person_added", "dashboard", "page 127.0.0.1"),
    ]
    assert [entry["at"] for entry in entries][2:] == [
        "2026-11-23T19:01:00.000Z",
        "2026-11-23T19:01:00.000Z",
        "2026-11-23T19:00:00.000Z",
    ]
    by_key = entries[2]["detail"]
    assert (by_key["mode"], by_key["previous"], by_key["bypass"], by_key["stamp"]) == (
        *("night", "surveillance", []),
        [2**41, 0, "pi"],
    )
    assert entries[-1]["detail"] == {"name": "ann"}


@pytest.mark.usefixtures("bridge")
async def test_the_audit_log_pages_downwards(server: Server):
    for _ in range(5):
        await set_mode(server, "surveillance")
    first = await audited(server, limit=3)
    second = await audited(server, limit=3, before=first[-1]["id"])
    assert [entry["id"] for entry in first + second] == [5, 4, 3, 2, 1]
    for params in ({"limit": 0}, {"before": -1}, {"limit": 1001}, {"before": 2**63}):
        assert (await server.get("/api/audit", **params))[0] == 422


async def test_a_mode_is_never_stored_without_its_entry_and_what_was_refused_is_written_later_once(
    server: Server, bridge: FakeBridge, clock: FakeClock, tmp_path: Path
):
    def stored() -> list[tuple[str, int]]:
        modes = "SELECT json_extract(value, '$.mode') FROM site WHERE key = 'mode'"
        return database.execute(f"SELECT coalesce(({modes}), 'none'), (SELECT count(*) FROM audit)").fetchall()

    with closing(sqlite3.connect(tmp_path / "data" / "vigie.db", isolation_level=None)) as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END")
        for mode in ("surveillance", "night"):
            assert (await set_mode(server, mode))[0] == 200, "the site's mode is on the broker, and has changed"
        assert len(bridge.modes) == 2
        assert stored() == [("none", 0)]
        database.execute("DROP TRIGGER full")
        await clock.advance(SAVE_RETRY_S)
        await wait_until_async(lambda: stored() == [("night", 2)], "both changes are written down")
    assert (await set_mode(server, "surveillance"))[0] == 200
    assert [entry["detail"]["mode"] for entry in await audited(server)] == ["surveillance", "night", "surveillance"]
