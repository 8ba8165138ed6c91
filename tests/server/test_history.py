"""`GET /api/events` and `/api/stats/hours`: paging that neither skips nor repeats, filters, windows of time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.server.running import Server, event
from vigie.protocol.times import iso_ms
from vigie.testing.fake_clock import FakeClock


async def walk(server: Server, **params: Any) -> list[int]:
    """Every cursor from the first page to the last; `params` holds `before` or `after`, or neither for the newest first."""
    cursors: list[int] = []
    direction = "after" if "after" in params else "before"
    while True:
        status, page = await server.get("/api/events", **params)
        assert status == 200, page
        cursors += [stored["cursor"] for stored in page["events"]]
        if page["next"] is None:
            return cursors
        params = {**params, direction: page["next"]}


async def fill(server: Server, count: int) -> None:
    """`count` events of two devices and two types, one a minute up to now."""
    first = datetime(2026, 11, 23, 19, 0, tzinfo=UTC) - timedelta(minutes=count)
    batch = [
        event(
            seq,
            id=f"{seq}",
            device_id=f"raspberry-0{seq % 2 + 1}",
            type=("motion_detected", "motion_ended", "button_pressed")[seq % 3],
            occurred_at=iso_ms(first + timedelta(minutes=seq)),
        )
        for seq in range(1, count + 1)
    ]
    for start in range(0, count, 1000):
        assert (await server.post("/api/events", batch[start : start + 1000]))[0] == 200


async def test_pages_cover_the_history_once_in_both_directions(server: Server):
    await fill(server, 250)
    assert await walk(server, limit=40) == list(range(250, 0, -1))
    assert await walk(server, limit=40, after=0) == list(range(1, 251))
    assert await walk(server, limit=100, after=200) == list(range(201, 251))
    assert await walk(server, limit=250) == list(range(250, 0, -1))


async def test_every_combination_of_filters_gives_what_a_full_scan_gives(server: Server):
    await fill(server, 300)
    everything = await server.events(limit=1000)
    since, until = "2026-11-23T15:10:30.000Z", "2026-11-23T17:59:59.999Z"
    for device_id in (None, "raspberry-01"):
        for type_ in (None, "motion_detected"):
            for window in ({}, {"since": since}, {"until": until}, {"since": since, "until": until}):
                wanted = [
                    stored["cursor"]
                    for stored in everything
                    if (device_id is None or stored["device_id"] == device_id)
                    and (type_ is None or stored["type"] == type_)
                    and window.get("since", "") <= stored["occurred_at"] <= window.get("until", "9")
                ]
                filters = {"device_id": device_id, "type": type_, **window}
                params = {name: value for name, value in filters.items() if value is not None}
                assert await walk(server, limit=7, **params) == wanted, params
                assert await walk(server, limit=7, after=0, **params) == wanted[::-1], params


async def test_a_late_event_is_found_in_its_own_hour(server: Server):
    await fill(server, 10)
    await server.post("/api/events", event(11, id="late", late=True, occurred_at="2026-11-20T03:00:00Z"))
    window = {"since": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z"}
    assert [stored["id"] for stored in await server.events(**window)] == ["late"]
    assert [stored["id"] for stored in await server.events(limit=1)] == ["late"]
    assert await server.events(since="2026-11-24T00:00:00Z") == []


async def test_paging_under_concurrent_inserts_neither_skips_nor_repeats(server: Server):
    await fill(server, 200)

    async def insert() -> None:
        for seq in range(1001, 1101):
            assert (await server.post("/api/events", event(seq)))[0] == 201

    inserting = asyncio.create_task(insert())
    downwards = await walk(server, limit=10)
    upwards = await walk(server, limit=10, after=0)
    await inserting
    assert downwards == list(range(downwards[0], 0, -1))
    assert upwards == list(range(1, upwards[-1] + 1))
    assert await walk(server, limit=10, after=upwards[-1]) == list(range(upwards[-1] + 1, 301))


async def test_a_bad_parameter_is_a_422_that_names_it(server: Server):
    for params in [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "many"},
        {"before": -1},
        {"after": 2**63},
        {"before": 5, "after": 5},
        {"device_id": "No Such"},
        {"type": "\x00"},
        {"since": "yesterday"},
        {"since": "2026-11-23T19:00:00"},
    ]:
        status, problem = await server.get("/api/events", **params)
        assert status == 422
        assert problem["errors"][0]["loc"][-1] in params
        assert next(reversed(params)) in problem["detail"]


async def test_times_at_the_ends_of_the_calendar_are_no_server_errors(server: Server):
    await fill(server, 3)
    for since in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1969-12-31T23:59:59.500Z"):
        status, _ = await server.get("/api/events", since=since)
        assert status in {200, 422}


async def test_events_are_counted_per_hour_of_their_occurrence(server: Server, clock: FakeClock):
    await fill(server, 120)
    await server.post("/api/events", event(500, occurred_at="2026-11-01T00:00:00Z"))
    _, counts = await server.get("/api/stats/hours", hours=3)
    assert sorted({hour["hour"] for hour in counts["hours"]}) == [f"2026-11-23T{hour}:00:00.000Z" for hour in (17, 18, 19)]
    assert sum(hour["count"] for hour in counts["hours"]) == 120
    _, one = await server.get("/api/stats/hours", hours=3, device_id="raspberry-01")
    assert {hour["device_id"] for hour in one["hours"]} == {"raspberry-01"}
    assert sum(hour["count"] for hour in one["hours"]) == 60
    clock.turn(10 * 3600)
    assert await server.get("/api/stats/hours", hours=3) == (200, {"hours": []})
